"""The run of one stack: take the lease, load, plan and apply as its mode says, note what comes.

How the plan is made and applied is `applying.py`; how the stack stands after that `judge.py`.
"""

import asyncio
import json
import logging
from dataclasses import replace

from ccloud_apply.api.http.counted import count_requests
from ccloud_apply.errors import AuthError, CcloudApplyError
from ccloud_apply.fleet.customer import require_noted_customer
from ccloud_apply.fleet.lease.lease import Lease
from ccloud_apply.fleet.model.status import Kind
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.due import has_room, leave_due
from ccloud_apply.fleet.store.statements.plans import (
    PlanRow,
    add_plan,
    close_plans,
    find_plan,
)
from ccloud_apply.fleet.store.statements.reports import add_report, read_newest_report
from ccloud_apply.fleet.store.statements.runs import (
    StackRow,
    begin_run,
    claim_stack,
    end_run,
    find_stack,
)
from ccloud_apply.fleet.store.statements.states import make_due, set_standing
from ccloud_apply.fleet.store.statements.workers import take_turn
from ccloud_apply.fleet.work.applying import StackRun, apply, apply_approved, propose
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.drifting import compare_each
from ccloud_apply.fleet.work.judge import is_same_drift, judge_drift, judge_result
from ccloud_apply.fleet.work.options import with_commit
from ccloud_apply.fleet.work.ready import open_stack
from ccloud_apply.fleet.work.result import Result, RunEnd, fail
from ccloud_apply.fleet.work.saved import encode_cost, encode_plan_document
from ccloud_apply.fleet.work.stopping import RunStopped, Stopping
from ccloud_apply.fleet.work.sweep import render_report
from ccloud_apply.fleet.work.telling import tell_change
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.internal_error import describe_places, name_internal
from ccloud_apply.render.drift.json_document import encode_drift

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What a worker has taken on. `approved` is the plan to apply, `earlier` the newest saved."""

    run: int
    row: StackRow
    kind: Kind
    earlier: PlanRow | None

    @property
    def approved(self) -> PlanRow | None:
        """The plan that somebody has approved, if that is the newest one."""
        one = self.earlier
        return one if one is not None and one.decision == "approved" else None


async def run_stack(context: Context, account: str, name: str) -> bool:
    """Run the stack once, if it is due, nobody else has it and its account has room for one more
    run; False if it was not run.

    Raises StoreError, and ApplyError where the lease is lost: whoever has it then goes on.
    """
    async with context.hold_lease("stack", account, name) as lease:
        if lease is None:
            return False
        task = await _begin(context, lease, account, name)
        if task is None:
            return False
        stopping = Stopping(context.stop, lease.is_lost)
        with count_requests() as requests:
            try:
                result = await stopping.run(_work(context, lease, task, stopping))
            except RunStopped:
                result = _stopped(task)
            except asyncio.CancelledError:
                await asyncio.shield(_end(context, lease, task, _stopped(task), requests.total()))
                raise
        await _end(context, lease, task, result, requests.total())
        return True


async def _begin(context: Context, lease: Lease, account: str, name: str) -> _Task | None:
    async with lease.write(context.database) as tx:
        await take_turn(tx)  # of two that begin in the last place one would not see the other
        row = await find_stack(tx, account, name)
        if row is None or row.problem is not None or row.is_paused or not row.is_due:
            return None
        if not await has_room(tx, account):
            await leave_due(tx, account, name)
            return None
        earlier = await find_plan(tx, account, name)
        is_approved = earlier is not None and earlier.decision == "approved"
        kind: Kind = "apply" if row.mode == "apply" or is_approved else "plan"
        await claim_stack(tx, row)
        run = await begin_run(
            tx,
            account=account,
            stack=name,
            kind=kind,
            cause=row.cause,
            person=row.asked_by,
            commit=row.commit_id,
            fence=lease.fence,
            worker=context.worker,
        )
    return _Task(run=run, row=row, kind=kind, earlier=earlier)


async def _work(context: Context, lease: Lease, task: _Task, stopping: Stopping) -> Result:
    try:
        return await _reconcile(context, lease, task, stopping)
    except AuthError as error:
        context.renew_account(task.row.account)
        return fail(error)
    except CcloudApplyError as error:
        return fail(error)
    except Exception as error:  # a bug must not leave a run that nobody ends
        place = f"{task.row.account}/{task.row.name}"
        _log.error("the run of %s has failed:\n%s", place, describe_places(error))
        return fail(CcloudApplyError(name_internal(error)))


async def _reconcile(context: Context, lease: Lease, task: _Task, stopping: Stopping) -> Result:
    async with open_stack(context, task.row) as ready:
        one = StackRun(
            context=context,
            lease=lease,
            stack=ready.stack,
            rule=ready.rule,
            run=ready.run,
            earlier=task.earlier,
            stopping=stopping,
        )
        return await _do(one, task)


async def _do(one: StackRun, task: _Task) -> Result:
    if task.kind == "plan":
        return await (_report(one, task.row) if task.row.mode == "report" else propose(one))
    if task.approved is not None:
        return await apply_approved(one, task.approved)
    return await apply(one)


async def _report(one: StackRun, row: StackRow) -> Result:
    """Compare, and keep what has drifted. Raises PlanError, ApiError."""
    compared = await compare_each(one.run, (one.stack,))
    await require_noted_customer(
        one.context.database, one.run.connection, row.account, compared.customer_id
    )
    for error in compared.errors.values():
        raise error
    report = compared.reports[one.stack.name]
    async with one.context.database.read() as tx:
        before = await read_newest_report(tx, row.account, row.name)
    is_change = not is_same_drift(before, encode_drift(report))
    seen = judge_drift(row, report.stacks[0], is_change=is_change)
    is_kept = is_change and not (before is None and report.matches)
    return Result(
        outcome="clean" if seen.state == "clean" else "drift",
        state=seen.state,
        why=seen.why,
        is_seen=seen.is_seen,
        report=await render_report(one.run, report) if is_kept else None,
    )


def _stopped(task: _Task) -> Result:
    return Result(
        outcome="stopped",
        state=task.row.state,
        why=task.row.why,
        is_seen=False,
        is_due=True,
    )


async def _end(context: Context, lease: Lease, task: _Task, result: Result, requests: int) -> None:
    """Note what came of the run and give the lease back, all at once; nothing if it is lost."""
    row = task.row
    async with context.database.write() as tx:
        if not await lease.give_back(tx):
            name = f"{row.account}/{row.name}"
            context.warn(f"{name}: the lease is lost; whoever has it now continues the run")
            return
        now = await read_now(tx)
        standing = judge_result(row, result, now=now, chance=context.chance())
        await end_run(
            tx,
            task.run,
            outcome=result.outcome,
            counts=None if result.counts is None else json.dumps(dict(result.counts)),
            requests=requests,
            error=result.error,
        )
        digest = await _note_plans(tx, context, task, result)
        if result.report is not None:
            await add_report(
                tx, run=task.run, account=row.account, stack=row.name, document=result.report
            )
        await set_standing(tx, row.account, row.name, standing)
        if result.is_due:
            await make_due(tx, row.account, row.name, row.cause)
        if standing.state != row.state or standing.is_news:
            await tell_change(
                tx,
                context.config.sinks,
                replace(row, state=standing.state),
                standing.state,
                why=standing.why,
                digest=digest,
            )
    context.on_end(
        RunEnd(
            account=row.account,
            stack=row.name,
            run=task.run,
            kind=task.kind,
            outcome=result.outcome,
            state=standing.state,
            why=result.error or result.why,
            counts=result.counts or {},
            requests=requests,
        )
    )


async def _note_plans(tx: Transaction, context: Context, task: _Task, result: Result) -> str | None:
    """Close what has been decided and save what is proposed; the digest of what waits then."""
    row = task.row
    if result.decision is not None:
        await close_plans(tx, row.account, row.name, result.decision)
    if result.proposal is None:
        earlier = task.earlier
        return earlier.digest if earlier is not None and result.state == "proposed" else None
    proposal = with_commit(result.proposal, row)
    digest, document = encode_plan_document(proposal, key=context.plan_key)
    await add_plan(
        tx,
        run=task.run,
        account=row.account,
        stack=row.name,
        digest=digest,
        document=document,
        summary=json.dumps(dict(result.proposal.summary)),
        cost=encode_cost(result.proposal),
        commit=row.commit_id,
    )
    return digest
