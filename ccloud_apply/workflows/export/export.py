"""Live servers as a stack file whose plan is adoption and nothing else: read, written, proved."""

from dataclasses import replace

from ccloud_apply.api.account_reader import read
from ccloud_apply.errors import CcloudApplyError, PlanError, StackError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.build import VariableSources, load_stack
from ccloud_apply.load.write.dump import dump_stack
from ccloud_apply.model.diagnostic import Diagnostic, has_errors
from ccloud_apply.model.limits import Limits
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.read import SERVERS, Read
from ccloud_apply.model.ownership import is_retired
from ccloud_apply.model.text import count_of
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.views.export import (
    ACCOUNT_READS,
    build_export,
    describe_addresses,
    export_reads,
    find_surprises,
)
from ccloud_apply.plan.views.export_selection import Choice, ExportRequest, choose_servers
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.export.into import Target, build_text
from ccloud_apply.workflows.planning.plan import plan_account, set_limits

_READINGS = 3
"""How often a server list of several pages is held against another reading of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The text of a stack file, proved, with how many servers were exported, and the warnings."""

    text: str
    servers: int
    warnings: tuple[Diagnostic, ...] = ()


async def export_servers(
    run: Run, request: ExportRequest, target: Target | None = None
) -> Exported:
    """Read the servers and write them as a file of their own, or into the target's text.

    Raises ApiError; PlanError for servers that cannot be exported; UsageError, StackError and
    CcloudApplyError where the plan would not be adoption alone.
    """
    choice, account = await read_choice(run, request)
    if target is None:
        return write_stack(choice, account, request.limits)
    text, warnings = build_text(target, choice, account)
    return Exported(text=text, servers=len(choice.servers), warnings=tuple(warnings))


async def read_choice(run: Run, request: ExportRequest) -> tuple[Choice, Account]:
    """The servers that are asked for, and the account with all that an export tells of them.

    Raises ApiError, UsageError and PlanError as `export_servers` does.
    """
    account = set_limits(await _read_account(run, request), request.limits)
    choice, diagnostics = choose_servers(account, request)
    if choice is None:
        raise PlanError(diagnostics)
    return choice, await read(run.client, account, export_reads(choice))


async def _read_account(run: Run, request: ExportRequest) -> Account:
    """The account as one server list shows it; one that came in several pages is read until two
    lists agree, and by the tag that is asked for. Raises ApiError.
    """
    account = await read(run.client, Account(), ACCOUNT_READS)
    if not account.is_paged:
        return account
    for _ in range(_READINGS):
        again = await read(run.client, account, {Read(SERVERS)})
        is_same = [one.id for one in again.servers] == [one.id for one in account.every_server]
        if is_same:
            break
        account = await read(run.client, Account(), ACCOUNT_READS)
    else:
        raise CcloudApplyError(
            "the server list changed each time it was read; nothing was exported",
            hint="servers are being created or deleted: wait a moment and export again",
        )
    if request.tag is None:
        return account
    account = await read(run.client, account, {Read(SERVERS, tag=request.tag)})
    return await read(run.client, account, ACCOUNT_READS - account.known)


def write_stack(choice: Choice, account: Account, limits: Limits) -> Exported:
    """The text of the stack file, planned against the account as a proof; and its warnings.

    Raises StackError, PlanError or CcloudApplyError where the plan would not be adoption alone.
    """
    stack, found = build_export(choice, account)
    text = dump_stack(
        stack,
        [f"Exported by ccloud-apply: {count_servers(len(choice.servers))}."],
        describe_addresses(choice),
    )
    loaded = load_stack(
        text.encode(),
        path="export",
        variables=VariableSources(),
        look=lambda reference: None,
        limits=limits,
    )
    if loaded.stack is None or has_errors(loaded.diagnostics):
        raise StackError(loaded.diagnostics)
    plan = plan_account([loaded.stack], _settle(account, choice), PlanOptions(has_checks=False))
    surprises = find_surprises(plan.stacks[0])
    if surprises:
        raise CcloudApplyError(
            f"the export would change more than tags: {', '.join(surprises[:5])}",
            hint="this is a bug of ccloud-apply; please report it",
        )
    return Exported(text=text, servers=len(choice.servers), warnings=(*choice.warnings, *found))


def _settle(account: Account, choice: Choice) -> Account:
    """The account that the proof looks at: whoever works on a server changes nothing about it, and
    nor does a retired server that was left out, of which nothing more was read."""
    chosen = {server.id for server in choice.servers.values()}
    servers = (one for one in account.every_server if one.id in chosen or not is_retired(one.tags))
    return replace(account, tasks=(), servers=tuple(servers))


def count_servers(number: int) -> str:
    """Such as `1 server`, `2 servers`."""
    return count_of(number, "server")
