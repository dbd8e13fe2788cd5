"""Plans and applies one stack, as its rule or an approval says. What comes of it is a value, and
nothing here knows the tables."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from ccloud_apply.errors import CcloudApplyError, StalePlanError
from ccloud_apply.fleet.customer import require_noted_customer
from ccloud_apply.fleet.lease.lease import Lease
from ccloud_apply.fleet.model.config import Rule
from ccloud_apply.fleet.store.statements.plans import PlanRow
from ccloud_apply.fleet.tracing import StepSpans
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.options import plan_options
from ccloud_apply.fleet.work.planning import find_disallowed, find_opening, judge_plan
from ccloud_apply.fleet.work.result import (
    MAX_TEXT,
    Result,
    count_actions,
    describe_diagnostics,
    describe_error,
    digest_steps,
    fail,
)
from ccloud_apply.fleet.work.saved import decode_plan_document, is_rest, lift
from ccloud_apply.fleet.work.stopping import Stopping
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.documents.document import CodecError
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.windows.again import CODES
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.apply import apply_stacks
from ccloud_apply.workflows.apply_request import Applied, ApplyRequest, Callbacks
from ccloud_apply.workflows.planning.plan import plan_run


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRun:
    """One run of one stack, loaded and with its account. `earlier` is the newest saved plan."""

    context: Context
    lease: Lease
    stack: Stack
    rule: Rule
    run: Run
    earlier: PlanRow | None
    stopping: Stopping


async def propose(one: StackRun) -> Result:
    """Plan, and save the plan for somebody's decision. Raises PlanError, ApiError."""
    options = plan_options(one.run, one.stack, is_saved=True, allow_destroy=None)
    plan = await plan_run(one.run, (one.stack,), options, has_cost=True)
    told = None if plan.account is None else plan.account.customer_id
    account = one.lease.key.account
    await require_noted_customer(one.context.database, one.run.connection, account, told)
    failed = await _rehearse(one, plan)
    if failed is not None:
        return failed
    return judge_plan(
        one.stack,
        plan,
        needs_approval=True,
        earlier=one.earlier,
        moment=one.context.clock.now(),
    )


async def apply(one: StackRun) -> Result:
    """Apply what the rule allows without an approval; anything else becomes a proposal.

    Raises PlanError, ApiError, LockedError, JournalError before anything was changed.
    """
    options = plan_options(one.run, one.stack, is_saved=True, allow_destroy=None)
    if one.rule.is_rehearsed:
        plan = await plan_run(one.run, (one.stack,), options, has_cost=False)
        if not find_disallowed(plan, one.rule.allow):
            failed = await _rehearse(one, plan)
            if failed is not None:
                return failed
    request = ApplyRequest(
        stacks=(one.stack,),
        options=options,
        execution=one.context.execution,
        allowed=one.rule.allow,
        has_cost=_needs_cost(one),
    )
    return await _apply(one, request, saved=None)


async def apply_approved(one: StackRun, saved: PlanRow) -> Result:
    """Apply exactly the plan that was approved, or what is left of it once a run of it was cut off.
    One that no longer fits is superseded, and what fits now is proposed. Raises as `apply` does."""
    try:
        plan = lift(decode_plan_document(saved.document, key=one.context.plan_key), saved)
    except (CodecError, ValueError) as error:
        return await _propose_again(one, f"it cannot be trusted: {error}")
    options = plan_options(one.run, one.stack, is_saved=True, allow_destroy=saved.allow_destroy)
    today = None if plan.read_at is None else plan.read_at.date()
    request = ApplyRequest(
        stacks=(one.stack,),
        options=replace(options, today=today),
        execution=one.context.execution,
        saved=plan,
        has_cost=True,
    )
    try:
        return await _apply(one, request, saved=saved)
    except StalePlanError as error:
        rest = await _find_rest(one, request, plan) if saved.has_begun else None
        if rest is not None:
            return await _apply(one, replace(request, saved=rest), saved=saved)
        return await _propose_again(one, describe_error(error))


async def _propose_again(one: StackRun, why: str) -> Result:
    """What fits now is proposed in the place of what was approved."""
    again = await propose(replace(one, earlier=None))
    if again.state == "clean":
        return again
    told = f"what was approved is superseded: {why}"[:MAX_TEXT]
    return replace(again, why=told, error=told, decision="superseded")


async def _find_rest(one: StackRun, request: ApplyRequest, saved: Plan) -> Plan | None:
    """The plan of what is left of an approved one that was begun; None if it is anything else."""
    fresh = await plan_run(one.run, (one.stack,), request.options, has_cost=False)
    return fresh if is_rest(saved, fresh) else None


def _needs_cost(one: StackRun) -> bool:
    """Prices are asked for where somebody looks at them: a policy, or whoever is to approve."""
    policy = one.stack.policy
    return (
        policy.max_monthly_cost is not None
        or policy.max_monthly_increase is not None
        or one.rule.allow is not None
    )


async def _rehearse(one: StackRun, plan: Plan) -> Result | None:
    """What is wrong with the plan when it is tried on a copy; None if nothing is, or if the rule
    does not ask for it."""
    if not one.rule.is_rehearsed or not plan.has_changes or plan.held:
        return None
    from ccloud_apply.workflows.rehearsal.rehearse import RehearsalRequest, read_run, try_on_copy

    options = plan_options(one.run, one.stack, is_saved=False, allow_destroy=None)
    request = RehearsalRequest(
        stacks=(one.stack,), options=options, execution=one.context.execution
    )
    basis = await read_run(one.run, request)
    rehearsal = await asyncio.to_thread(try_on_copy, request, basis)
    if rehearsal.has_passed or rehearsal.plan.held:
        return None
    broken = "; ".join(f"{rule.name}: {rule.what}" for rule in rehearsal.rules if not rule.holds)
    return Result(
        outcome="held",
        state="held",
        why=f"the rehearsal failed: {' '.join(broken.split())}"[:MAX_TEXT],
        proposal=plan,
        counts=count_actions(plan),
    )


async def _apply(one: StackRun, request: ApplyRequest, *, saved: PlanRow | None) -> Result:
    plans: list[Plan] = []
    errors: list[str] = []
    spans = StepSpans()

    def listen(event: Event) -> None:
        spans.listen(event)
        if event.type == "error" and event.diagnostic is not None:
            errors.append(describe_diagnostics([event.diagnostic]))

    callbacks = Callbacks(on_event=listen, on_plan=plans.append, executing=one.stopping.executing)
    try:
        applied = await apply_stacks(
            request, one.run, callbacks, hold=one.context.hold_for(one.lease)
        )
    except StalePlanError:
        raise
    except CcloudApplyError as error:
        if not plans:
            raise
        counts = count_actions(plans[-1])
        return replace(fail(error, digest=digest_steps(plans[-1])), counts=counts)
    finally:
        spans.close()
    if applied.ending == "held":
        return _judge_held(one, applied, saved)
    counts = count_actions(applied.plan)
    if applied.is_converged:
        is_unchanged = applied.ending == "unchanged"
        return Result(
            outcome="clean" if is_unchanged else "applied",
            state="clean",
            decision="superseded" if saved is None else "applied",
            counts=counts,
        )
    if applied.ending == "stopped":
        return Result(
            outcome="stopped",
            state="drift",
            why="the run was stopped; the next one continues it",
            is_due=True,
            counts=counts,
        )
    why = _describe_failed(applied, errors)
    return Result(
        outcome="failed",
        state="failing",
        why=why,
        error=why,
        is_failure=True,
        digest=digest_steps(applied.plan),
        counts=counts,
    )


def _judge_held(one: StackRun, applied: Applied, saved: PlanRow | None) -> Result:
    moment = one.context.clock.now()
    if saved is not None:
        held = [*applied.plan.held, *applied.disallowed]
        is_waiting = all(diagnostic.code in CODES for diagnostic in held)
        return Result(
            outcome="held",
            state="proposed" if is_waiting else "held",
            why=f"approved by {saved.decided_by}: {describe_diagnostics(held)}"[:MAX_TEXT],
            opens_at=find_opening(one.stack, applied.plan, moment) if is_waiting else None,
            counts=count_actions(applied.plan),
        )
    return judge_plan(
        one.stack,
        applied.plan,
        needs_approval=False,
        disallowed=find_disallowed(applied.plan, one.rule.allow),
        earlier=one.earlier,
        moment=moment,
    )


def _describe_failed(applied: Applied, errors: Sequence[str]) -> str:
    """Which steps have failed and why, in a line."""
    parts = [
        f"{outcome.step}: {outcome.error or 'failed'}"
        for outcome in applied.result.outcomes
        if outcome.status == "failed"
    ]
    text = "; ".join(" ".join(part.split()) for part in (*parts, *errors))
    return (text or "not everything was done")[:MAX_TEXT]
