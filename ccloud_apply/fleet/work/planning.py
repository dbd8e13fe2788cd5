"""A plan of one stack -> how the stack stands by it: clean, proposed, held, or not to be told."""

from dataclasses import replace
from datetime import datetime

from ccloud_apply.errors import CcloudApplyError
from ccloud_apply.fleet.store.statements.plans import PlanRow
from ccloud_apply.fleet.work.result import (
    Result,
    count_actions,
    describe_diagnostics,
)
from ccloud_apply.fleet.work.saved import decode_plan_document, is_same_plan
from ccloud_apply.model.classes import CLASSES
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.documents.document import CodecError
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.classes import classes_of
from ccloud_apply.plan.windows.again import CODES
from ccloud_apply.plan.windows.hold import find_obstacles


def find_disallowed(plan: Plan, allowed: frozenset[str] | None) -> tuple[str, ...]:
    """The classes of a plan's changes that a rule does not allow without an approval."""
    if allowed is None:
        return ()
    found = {
        name
        for stack in plan.stacks
        for server in stack.entries
        for name in classes_of(server)
        if name not in allowed and not (name == "retire" and "destroy" in allowed)
    }
    return tuple(name for name in CLASSES if name in found)


def find_opening(stack: Stack, plan: Plan, moment: datetime) -> float | None:
    """When the first of what windows and freezes hold may be done (seconds); None if nothing is
    held by one, or never may be."""
    opens = [
        obstacle.opens_at.timestamp()
        for one in plan.stacks
        for obstacle in find_obstacles(stack, one, moment).values()
        if obstacle.opens_at is not None
    ]
    return min(opens, default=None)


def judge_plan(
    stack: Stack,
    plan: Plan,
    *,
    needs_approval: bool,
    disallowed: tuple[str, ...] = (),
    earlier: PlanRow | None,
    moment: datetime,
) -> Result:
    """What comes of a plan that was not applied. `earlier` is the newest one that was saved: the
    same plan is not proposed again, and not at all once somebody has rejected it."""
    counts = count_actions(plan)
    if plan.matches:
        return Result(outcome="clean", state="clean", decision="superseded", counts=counts)
    if not plan.has_changes:
        why = "; ".join(
            f"{server.key} is not compared: {server.why}"
            for one in plan.stacks
            for server in one.uncompared_servers()
        )
        return Result(outcome="drift", state="unknown", why=why, is_seen=False, counts=counts)
    result = _judge_changes(stack, plan, needs_approval, disallowed, moment)
    result = replace(result, counts=counts)
    if earlier is None or not is_known(earlier, plan):
        return replace(result, proposal=plan)
    if earlier.decision == "rejected" and result.state == "proposed":
        why = f"{earlier.decided_by} has rejected the plan"
        told = f"{why}: {earlier.decided_why}" if earlier.decided_why else why
        return replace(result, outcome="drift", state="drift", why=told)
    return result


def is_known(earlier: PlanRow, plan: Plan) -> bool:
    """True if the saved plan, open or rejected, says the same as this one."""
    if earlier.decision not in ("proposed", "approved", "rejected"):
        return False
    try:
        return is_same_plan(decode_plan_document(earlier.document), plan)
    except (CodecError, CcloudApplyError, ValueError):
        return False


def _judge_changes(
    stack: Stack,
    plan: Plan,
    needs_approval: bool,
    disallowed: tuple[str, ...],
    moment: datetime,
) -> Result:
    guards = [one for one in plan.held if one.code not in CODES]
    closed = [one for one in plan.held if one.code in CODES]
    opens_at = find_opening(stack, plan, moment) if closed else None
    if guards:
        return Result(outcome="held", state="held", why=describe_diagnostics(guards))
    if needs_approval or disallowed:
        why = describe_diagnostics(closed) if closed else None
        if disallowed:
            classes = f"needs an approval: {', '.join(disallowed)}"
            why = classes if why is None else f"{classes}; {why}"
        return Result(outcome="proposed", state="proposed", why=why)
    return Result(outcome="held", state="held", why=describe_diagnostics(closed), opens_at=opens_at)
