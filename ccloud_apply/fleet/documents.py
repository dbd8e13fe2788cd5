"""What is asked of a fleet's tables -> the values of its documents; each is of one state of them.

How they are written belongs to `render/fleet/`. Nothing here changes anything.
"""

from datetime import UTC, datetime

from ccloud_apply.errors import StoreError, UsageError
from ccloud_apply.fleet.model.config import FLEET_FILE
from ccloud_apply.fleet.model.listing import Page, RunFilter, StackFilter
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.conditions import is_glob
from ccloud_apply.fleet.store.statements.history import (
    find_plan_of_run,
    find_run,
    is_newest_run,
    list_reports_of_run,
    list_runs,
)
from ccloud_apply.fleet.store.statements.journal import join_lines, read_journal
from ccloud_apply.fleet.store.statements.listing import count_stacks, list_stacks
from ccloud_apply.fleet.store.statements.overview import (
    list_accounts,
    list_decisions,
    list_problems,
    list_sources,
)
from ccloud_apply.model.documents.document import CodecError
from ccloud_apply.model.journal import JournalReading
from ccloud_apply.model.results.fleet import (
    FleetDecision,
    FleetRun,
    FleetRunDetail,
    FleetStack,
    FleetStatus,
)
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.model.text import MAX_NAMES, join_names


async def read_status(
    database: Database,
    chosen: StackFilter,
    page: Page | None = None,
    *,
    config: str = FLEET_FILE,
) -> FleetStatus:
    """How the stacks stand, all of them or a page. Who asks for the whole fleet is also told what
    is wrong with files, accounts and sources. `config` is the fleet's file. Raises StoreError."""
    is_whole = chosen == StackFilter()
    async with database.read() as tx:
        now = await read_now(tx)
        return FleetStatus(
            now=datetime.fromtimestamp(now, UTC),
            counts=await count_stacks(tx, chosen, now),
            stacks=await list_stacks(tx, chosen, page or Page(limit=None), now),
            problems=await list_problems(tx) if is_whole else (),
            accounts=await list_accounts(tx, now) if is_whole else (),
            sources=await list_sources(tx) if is_whole else (),
            config=None if config == FLEET_FILE else config,
        )


async def find_named(database: Database, text: str) -> FleetStack:
    """The stack that `NAME` or `ACCOUNT/NAME` names. Raises UsageError for none or several, and
    StoreError."""
    account, slash, name = text.partition("/")
    chosen = StackFilter(names=(text,))
    if not text.isprintable() or not text or is_glob(text) or (slash and not (account and name)):
        raise UsageError(f"{text!a} does not name one stack", hint="write NAME or ACCOUNT/NAME")
    async with database.read() as tx:
        page = Page(sort="name", limit=MAX_NAMES + 1)
        found = await list_stacks(tx, chosen, page, await read_now(tx))
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"there is no stack {text} in this fleet",
            hint="`ccloud-apply fleet status` lists the stacks",
        )
    names = join_names(f"{stack.account}/{stack.name}" for stack in found)
    raise UsageError(f"several accounts have a stack {text}: {names}", hint="write ACCOUNT/NAME")


async def read_history(database: Database, chosen: RunFilter) -> tuple[FleetRun, ...]:
    """The runs, newest first. Raises StoreError."""
    async with database.read() as tx:
        return await list_runs(tx, chosen, await read_now(tx))


async def read_audit(
    database: Database, chosen: StackFilter, *, limit: int
) -> tuple[FleetDecision, ...]:
    """The decisions about these stacks, or all of them, newest first. Raises StoreError."""
    async with database.read() as tx:
        return await list_decisions(tx, chosen=chosen, limit=limit)


async def read_run(database: Database, number: int) -> FleetRunDetail:
    """One run with what it has left. Raises UsageError for one that does not exist, StoreError."""
    async with database.read() as tx:
        run = await find_run(tx, number)
        if run is None:
            raise UsageError(
                f"there is no run {number}", hint="`ccloud-apply fleet history` lists the runs"
            )
        saved = await find_plan_of_run(tx, number)
        return FleetRunDetail(
            run=run,
            plan=None if saved is None else saved[0],
            planned=None if saved is None else _decode(saved[1], number),
            reports=await list_reports_of_run(tx, number),
            journal=await _read_journal(tx, run),
        )


def _decode(document: str, number: int) -> Plan:
    from ccloud_apply.fleet.work.saved import decode_plan_document  # needs much, and few ask

    try:
        return decode_plan_document(document)
    except (CodecError, ValueError) as error:
        raise StoreError(f"the plan of run {number} cannot be read: {error}") from error


async def _read_journal(tx: Transaction, run: FleetRun) -> JournalReading | None:
    if run.stack is None or not await is_newest_run(tx, run):
        return None
    return await read_stack_journal(tx, run.account, run.stack)


async def read_stack_journal(tx: Transaction, account: str, stack: str) -> JournalReading | None:
    """What the journal of a stack says; None if it has none. Raises StoreError."""
    lines = await read_journal(tx, account, stack)
    if not lines:
        return None
    from ccloud_apply.apply.journal.record import read_contents  # few ask for a journal

    contents = read_contents(join_lines(lines))
    return JournalReading(
        path=f"{account}/{stack}",
        stack=stack,
        account=account,
        entries=tuple(contents.entries.values()),
        is_torn=contents.is_torn,
        damage=None if contents.damage is None else str(contents.damage),
    )
