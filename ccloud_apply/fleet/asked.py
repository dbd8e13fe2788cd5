"""What a person wants of one stack right now: its plan, or its run. It works without a `serve`.

What a run does belongs to `work/`, who may ask to `decide.py`.
"""

from collections.abc import Callable

from ccloud_apply.errors import ApplyError, LockedError
from ccloud_apply.fleet.configure import configure
from ccloud_apply.fleet.decide import ask_run
from ccloud_apply.fleet.documents import find_named
from ccloud_apply.fleet.model.lease import LeaseKey
from ccloud_apply.fleet.store.statements.lease import find_holder
from ccloud_apply.fleet.store.statements.runs import (
    StackRow,
    find_ended_run,
    find_run_since,
    find_stack,
    read_last_run,
)
from ccloud_apply.fleet.store.statements.workers import list_alive
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.options import plan_options, with_commit
from ccloud_apply.fleet.work.ready import open_stack
from ccloud_apply.fleet.work.reconcile import run_stack
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.workflows.planning.plan import plan_run

POLL_S = 0.5
"""Seconds between two looks at a run that somebody else makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking for a run of a stack. `run` is its number; None, with `outcome`, while
    nobody has begun it."""

    account: str
    stack: str
    run: int | None = None
    outcome: str | None = None
    error: str | None = None


async def prepare(context: Context, who: str) -> None:
    """Have the tables say what fleet.yaml and its sources say now.

    Raises StoreError.
    """
    await configure(context.database, context.config, who=who)
    for source in context.config.sources:
        await context.poll(source.name)


async def plan_now(context: Context, text: str, who: str) -> Plan:
    """The plan of the stack that `text` names, as a run of it would make it. Changes nothing.

    Raises UsageError for a name of no stack, LockedError while the stack is being run, PlanError,
    ApiError, StoreError.
    """
    if not await _list_alive(context):
        await prepare(context, who)
    found = await find_named(context.database, text)
    async with context.hold_lease("stack", found.account, found.name) as lease:
        if lease is None:
            raise await _tell_holder(context, found.account, found.name)
        row = await _require_row(context, found.account, found.name)
        async with open_stack(context, row) as ready:
            run, stack = ready.run, ready.stack
            options = plan_options(run, stack, is_saved=False, allow_destroy=None)
            return with_commit(await plan_run(run, (stack,), options, has_cost=True), row)


async def run_now(
    context: Context, text: str, who: str, *, is_waiting: bool, tell: Callable[[str], None]
) -> Asked:
    """Have the stack that `text` names run: by the workers that live, else here.

    With `is_waiting` it returns once the run has ended. `tell` is told what is waited for. Raises
    UsageError for a name of no stack, and for a paused one; LockedError, StoreError.
    """
    if await _list_alive(context):
        return await _have_run(context, text, who, is_waiting=is_waiting, tell=tell)
    await prepare(context, who)
    found = await find_named(context.database, text)
    async with context.database.write() as tx:
        await ask_run(tx, found.account, found.name, who)
        before = await read_last_run(tx)
    if not await run_stack(context, found.account, found.name):
        raise await _tell_holder(context, found.account, found.name)
    return await _find_end(context, found.account, found.name, before)


async def _list_alive(context: Context) -> frozenset[str]:
    async with context.database.read() as tx:
        return await list_alive(tx)


async def _have_run(
    context: Context, text: str, who: str, *, is_waiting: bool, tell: Callable[[str], None]
) -> Asked:
    found = await find_named(context.database, text)
    async with context.database.write() as tx:
        before = await read_last_run(tx)
        await ask_run(tx, found.account, found.name, who)
    if not is_waiting:
        return Asked(account=found.account, stack=found.name)
    tell("waiting for a worker of the fleet to run it")
    while (ended := await _find_end(context, found.account, found.name, before)).outcome is None:
        if not await _list_alive(context):
            raise ApplyError(
                "no worker of the fleet is running any more",
                hint="start one, or run the command again: without workers, it runs the stack"
                " itself",
            )
        await context.clock.sleep(POLL_S)
    return ended


async def _find_end(context: Context, account: str, name: str, before: int) -> Asked:
    """How the first run of the stack has ended that began after the one of this number."""
    async with context.database.read() as tx:
        run = await find_run_since(tx, account, name, before)
        ended = None if run is None else await find_ended_run(tx, run)
    if ended is None:
        return Asked(account=account, stack=name, run=run)
    return Asked(account=account, stack=name, run=run, **ended)


async def _require_row(context: Context, account: str, name: str) -> StackRow:
    async with context.database.read() as tx:
        row = await find_stack(tx, account, name)
    if row is None or row.problem is not None:
        problem = "its file is gone" if row is None else row.problem
        raise ApplyError(
            f"{account}/{name} cannot be loaded: {problem}", hint="fix its file, and commit that"
        )
    return row


async def _tell_holder(context: Context, account: str, name: str) -> LockedError:
    key = LeaseKey(kind="stack", account=account, name=name)
    async with context.database.read() as tx:
        found = await find_holder(tx, key)
    if found is None:
        return LockedError(
            f"{key} was not run: another run of it has just ended, or its account has as many runs"
            " as `limits` of fleet.yaml allows",
            hint="run the command again later; `ccloud-apply fleet status` shows what is running",
        )
    return LockedError(
        f"{key} is being run by {found.holder}", hint="try again when that run has ended"
    )
