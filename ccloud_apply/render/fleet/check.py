"""What `fleet check` has found, as text and as JSON. Diagnostics are written beside the text."""

from collections.abc import Iterator
from typing import Any

from ccloud_apply.model.diagnostic import Severity, has_errors
from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.results.fleet_check import CheckedAccount, CheckedSource, FleetCheck
from ccloud_apply.model.text import count_of
from ccloud_apply.render.fleet.words import short_commit
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.json_text import dump_json
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import render_table
from ccloud_apply.render.other.diagnostics_json import encode_error

_MAX_CELL = 120


def render_fleet_check(check: FleetCheck, style: Style = PLAIN) -> str:
    """A line for each account and source, and a last one that says how it stands."""
    rows = [("database", "", check.database)]
    rows += (("account", one.name, _tell_account(one, check)) for one in check.accounts)
    rows += (("source", one.name, _tell_source(one, check)) for one in check.sources)
    table = render_table(("WHAT", "NAME", "IS"), rows, style, max_cell=_MAX_CELL)
    return f"{table}\n{''.join(_conclude(check))}"


def _tell_account(account: CheckedAccount, check: FleetCheck) -> str:
    if account.endpoint == "sandbox":
        return "the sandbox"
    if check.is_offline or account.is_reached is None:
        return f"{account.endpoint}, not asked"
    if not account.is_reached:
        return f"{account.endpoint}, not reached"
    if account.customer_id is None:
        return f"{account.endpoint}, which tells no customer"
    return f"{account.endpoint}, customer {account.customer_id}"


def _tell_source(source: CheckedSource, check: FleetCheck) -> str:
    place = source.place if source.ref is None else f"{source.place} {source.ref}"
    if source.stacks is None:
        return f"{place}, not {'fetched' if check.is_offline else 'read'}"
    at = "" if source.commit is None else f" at {short_commit(source.commit)}"
    return f"{place}{at}: {count_of(source.stacks, 'stack')}"


def _conclude(check: FleetCheck) -> Iterator[str]:
    path = escape_short(check.path, 200)
    if has_errors(check.diagnostics):
        errors = sum(one.is_error for one in check.diagnostics)
        yield f"{path} is not ready: {count_of(errors, 'error')}.\n"
    elif check.is_offline:
        yield f"{path} is valid. Accounts, repositories and references were not looked at.\n"
    else:
        looked = count_of(check.references, "reference")
        yield f"{path} is ready: {count_of(check.rules, 'rule')}, {looked} can be read.\n"


def render_fleet_check_json(check: FleetCheck) -> str:
    """Whether it is valid, how accounts and sources stand, and the diagnostics."""
    return (
        dump_json(
            {
                "format_version": FORMAT_VERSION,
                "valid": not has_errors(check.diagnostics),
                "offline": check.is_offline,
                "database": check.database,
                "accounts": [_account(one) for one in check.accounts],
                "sources": [_source(one) for one in check.sources],
                "errors": [encode_error(one) for one in check.diagnostics if one.is_error],
                "warnings": [
                    encode_error(one)
                    for one in check.diagnostics
                    if one.severity is Severity.WARNING
                ],
            }
        )
        + "\n"
    )


def _account(account: CheckedAccount) -> dict[str, Any]:
    return {
        "name": account.name,
        "endpoint": account.endpoint,
        "reached": account.is_reached,
        "customer_id": account.customer_id,
    }


def _source(source: CheckedSource) -> dict[str, Any]:
    return {
        "name": source.name,
        "place": source.place,
        "ref": source.ref,
        "commit": source.commit,
        "stacks": source.stacks,
    }
