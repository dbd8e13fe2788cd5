"""Live servers to the mapping of a stack file whose plan is adoption and nothing else.

A field is written if the file may hold its value and the field, so declared, compares equal to the
live server: the plan's own comparison decides. Which servers are taken belongs to
`export_selection.py`, how YAML is spelled to the loader's side.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from ccloud_apply.aspects.base import Catalogues, Comparison
from ccloud_apply.aspects.registry import ASPECTS, place_in_file
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Declared, ServerSpec
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.limits import MAX_RETIRE_DAYS, Limits, apply_limits
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.live.addresses import addresses_of
from ccloud_apply.model.live.read import ALWAYS, Read
from ccloud_apply.model.ownership import (
    is_foreign_mark,
    is_mark,
    is_ownership_tag,
    is_reserved_tag,
    is_retired,
    read_ownership,
    read_retire_after,
)
from ccloud_apply.model.results.plan import Action, FieldChange, StackPlan
from ccloud_apply.plan.checks.run import find_refused
from ccloud_apply.plan.views.export_selection import Choice

ACCOUNT_READS = ALWAYS.union(
    Read(operation_id)
    for aspect in ASPECTS.values()
    if aspect.is_compared
    for operation_id in aspect.account_reads
)
"""What is read once for an export."""

MAX_TEXT = 256 * 1024
"""Characters of one text that the loader takes, each `${` counted as the four that it becomes."""

_HERE = SourceRange("", 1, 1)


def export_reads(choice: Choice) -> frozenset[Read]:
    """What to read of the chosen servers; one that is being built is left alone."""
    return frozenset(
        Read(operation_id, live.hostname)
        for live in choice.servers.values()
        if live.hostname and not live.is_building
        for operation_id in _server_reads(live)
    )


def _server_reads(live: LiveServer) -> frozenset[str]:
    return frozenset[str]().union(*(aspect.live_reads(live) for aspect in ASPECTS.values()))


def build_export(
    choice: Choice, account: Account
) -> tuple[Mapping[str, Any], tuple[Diagnostic, ...]]:
    """The stack file as plain values, and a warning for every field that it cannot hold.

    Raises NotRead if the account lacks a part that `export_reads` names.
    """
    catalogues = Catalogues(images=account.images or ())
    by_id = {server.id: server for server in account.every_server}
    servers: dict[str, Any] = {}
    warnings: list[Diagnostic] = []
    for key, chosen in choice.servers.items():
        live = by_id[chosen.id]
        is_own = key in choice.owned
        servers[key], found = _export_server(key, live, catalogues, is_own=is_own)
        warnings += found
    return {"stack": choice.stack, "servers": servers}, tuple(warnings)


def describe_addresses(choice: Choice) -> Mapping[str, str]:
    """A line on the addresses of each server, by its key, as the server list tells them."""
    return {key: f"{live.name}: {_list_addresses(live)}" for key, live in choice.servers.items()}


def _list_addresses(live: LiveServer) -> str:
    addresses = None if live.is_building else addresses_of(live)
    if addresses is None:
        return "addresses unknown"
    return ", ".join((*addresses.ipv4, *addresses.ipv6)) or "no addresses"


def find_surprises(plan: StackPlan) -> tuple[str, ...]:
    """What a plan of an export does beside adopting: the export's promise, checked.

    Of a server that is being built nothing can be promised; a retired one that was asked for is
    restored, and tags of ours that say what no file can are put right: the export has said so.
    """
    surprises = [
        f"{server.hostname or server.key}: {change.field}"
        for server in plan.servers
        for change in server.changes
        if not _is_expected(server.action, change)
    ]
    surprises += [
        f"{server.hostname or server.key}: {server.action}"
        for server in plan.servers
        if server.action not in (Action.ADOPT, Action.UNCHANGED)
        if not (server.changes and all(_is_expected(server.action, c) for c in server.changes))
        if not (server.action is Action.NOT_COMPARED and server.is_busy)
    ]
    return tuple(dict.fromkeys(surprises))


def _is_expected(action: Action, change: FieldChange) -> bool:
    if change.field != "tags":
        return False
    if action in (Action.RESTORE, Action.UPDATE):
        before, after = change.before or (), change.after or ()
        return all(map(is_reserved_tag, set(before) ^ set(after)))
    return action is Action.ADOPT


def _export_server(
    key: str, live: LiveServer, catalogues: Catalogues, *, is_own: bool
) -> tuple[Mapping[str, Any], list[Diagnostic]]:
    entry: dict[str, Any] = {} if is_own else {"hostname": live.hostname}
    if live.is_building or live.hostname is None:
        what = "it is still being built: export again once that is done"
        return entry, [_warn("field-skipped", live.name, what)]
    wished = {name: value for name, value in _read_fields(live, catalogues).items() if value}
    fitting = {n: v for n, v in wished.items() if _fits(n, v, live.limits)}
    spec = _build_spec(key, fitting, live.limits)
    warnings = []
    for name, value in wished.items():
        reason = _reason_to_skip(name, spec, live, catalogues)
        if reason:
            what = f"{name} is left out, so it is not managed: {reason}"
            warnings.append(_warn("field-skipped", live.name, what))
        else:
            entry[name] = value
    warnings += (_warn(code, live.name, what) for code, what in _tell_marks(live, is_own=is_own))
    lifecycle = _read_lifecycle(live)
    return {**entry, **({"lifecycle": lifecycle} if lifecycle else {})}, warnings


def _tell_marks(live: LiveServer, *, is_own: bool) -> Iterator[tuple[str, str]]:
    """What tags of ours say that no file can: codes and texts of warnings."""
    days = read_retire_after(live.tags)
    if days is not None and days > MAX_RETIRE_DAYS:
        what = f"it waits {days} days for its end, and a file can say {MAX_RETIRE_DAYS} at most"
        yield "field-skipped", what
    if is_own and is_retired(live.tags):
        what = "it is retired: a plan of this file restores it, which takes its mark away"
        yield "server-included", what
    marks = sorted(tag for tag in live.tags if is_foreign_mark(tag) or is_mark(tag))
    if marks:
        what = f"tags that only ccloud-apply may set are left out, and stay: {', '.join(marks)}"
        yield "field-skipped", what


def _read_lifecycle(live: LiveServer) -> Mapping[str, Any]:
    """What a file said of the server's end, as its tags keep it."""
    protected = {"prevent_destroy": True} if read_ownership(live.tags).is_protected else {}
    days = read_retire_after(live.tags)
    retire = {} if days is None else {"retire": f"{min(days, MAX_RETIRE_DAYS)}d"}
    return {**protected, **retire}


def _read_fields(live: LiveServer, catalogues: Catalogues) -> dict[str, Any]:
    """Every field as the live server has it, in the order in which a stack file names them."""
    told = [aspect for aspect in ASPECTS.values() if aspect.is_compared]
    return {
        aspect.field: aspect.export(live, catalogues) for aspect in sorted(told, key=place_in_file)
    }


def _build_spec(key: str, fields: Mapping[str, Any], limits: Limits) -> ServerSpec:
    return ServerSpec(
        key=key,
        base_key=key,
        source=_HERE,
        fields={n: Declared(ASPECTS[n].normalise(v, ""), _HERE) for n, v in fields.items()},
        limits=limits,
    )


def _reason_to_skip(name: str, spec: ServerSpec, live: LiveServer, catalogues: Catalogues) -> str:
    """Why a field cannot be declared as it is, or nothing."""
    if not spec.declares(name):
        return "a stack file cannot hold the value that it has"
    aspect = ASPECTS[name]
    problems = [p for p in aspect.check(spec.value(name), spec) if p.severity is Severity.ERROR]
    if problems:
        return problems[0].what
    refused = find_refused(spec, name)
    if refused:
        return refused
    ownership = tuple(tag for tag in live.tags if is_ownership_tag(tag))
    found = aspect.compare(
        Comparison(spec=spec, live=live, catalogues=catalogues, ownership=ownership)
    )
    if found.problems:
        return found.problems[0].what
    if found.unknown and not aspect.is_create_only:
        return found.unknown
    return "it would not stay as it is" if found.changes else ""


def _fits(name: str, value: Any, limits: Limits) -> bool:
    """True if the field's schema takes the value, and its texts can stand in a file."""
    if not all(map(_is_writable, _texts_of(value))):
        return False
    return bool(_validator(name, limits).is_valid(value))


@cache
def _validator(name: str, limits: Limits) -> Any:
    return jsonschema_rs.validator_for(dict(apply_limits(ASPECTS[name].schema, limits)))


def _texts_of(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for pair in value.items() for part in pair for text in _texts_of(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts_of(part)]
    return [value] if isinstance(value, str) else []


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character: no file can hold it
        return False
    return len(text) + text.count("${") <= MAX_TEXT


def _warn(code: str, where: str, what: str) -> Diagnostic:
    return Diagnostic(code=code, where=where, what=what, severity=Severity.WARNING)
