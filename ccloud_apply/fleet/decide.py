"""What people decide: approve, reject, pause, resume, run; for the command line and the page.

Each is done within one transaction, together with its row of the audit. What follows belongs to the
worker that runs the stack next. Who may decide is asked before.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ccloud_apply.errors import HeldError, StalePlanError, UsageError
from ccloud_apply.fleet.model.listing import Page, StackFilter
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.audit import write_audit
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.decisions import (
    ask_for_run,
    audit_stacks,
    decide_plan,
    leave_proposed,
    pause_stacks,
    resume_stacks,
    take_open_plan,
)
from ccloud_apply.fleet.store.statements.history import read_plan_document
from ccloud_apply.fleet.store.statements.listing import find_stack, list_stacks
from ccloud_apply.fleet.store.statements.workers import take_turn
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.results.fleet import FleetPlan, FleetStack

APPROVAL_S = 7 * 86400.0
"""An approval that no run could use for so long, because of a window or a pause, ends."""

PAUSE_S = 7 * 86400.0
"""A pause ends after so long where nobody says another time."""

MAX_REASON = 500
"""Characters of a reason."""

MAX_DESTROY = 100_000
"""The highest cap of servers that an approval can ask for."""

_LONGEST_S = 10 * 366 * 86400.0
_SHORTEST_DIGEST = 6
_ALGORITHM = "sha256:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided: the stack as it was right before, and its plan."""

    stack: FleetStack
    plan: FleetPlan


async def approve(
    tx: Transaction,
    account: str,
    name: str,
    who: str,
    *,
    digest: str | None = None,
    allow_destroy: int | None = None,
) -> Decided:
    """Have the proposed plan of a stack applied by its next run, which is due now.

    `digest` is that of the plan that was looked at, or its beginning: another one is not approved.
    `allow_destroy` raises the cap of servers that may be destroyed, for this plan alone; an
    approval can be made again with another one.
    Raises UsageError where nothing is proposed or its file cannot be loaded, and for a cap that is
    too high, StalePlanError for another digest, HeldError for a plan that a guard would hold all
    the same.
    """
    if allow_destroy is not None and allow_destroy > MAX_DESTROY:
        raise UsageError(
            f"the number of servers that may be destroyed must be at most {MAX_DESTROY:,}",
            hint="say how many servers the plan destroys",
        )
    stack = await require_stack(tx, account, name)
    plan = await _take_plan(tx, stack, digest)
    _require_file(stack)
    _require_free(stack, await read_plan_document(tx, plan.id), allow_destroy)
    if _is_approved(plan, await read_now(tx), allow_destroy):
        raise UsageError(
            f"the plan of {account}/{name} is approved already, by {plan.decided_by}",
            hint="its run is due; to see the result: ccloud-apply fleet history",
        )
    await decide_plan(tx, plan, "approved", who, for_s=APPROVAL_S, allow_destroy=allow_destroy)
    await ask_for_run(tx, account, name, who)
    raised = {} if allow_destroy is None else {"allow_destroy": allow_destroy}
    detail = {"plan": plan.digest, **raised}
    await write_audit(tx, who, "approve", account=account, subject=name, detail=detail)
    return Decided(stack=stack, plan=plan)


async def reject(
    tx: Transaction, account: str, name: str, who: str, *, why: str, digest: str | None = None
) -> Decided:
    """Turn the proposed plan of a stack down; an approval that no run has used yet too.

    The stack keeps its drift. Raises as `approve` does, and UsageError without a reason.
    """
    reason = _check_reason(why)
    stack = await require_stack(tx, account, name)
    plan = await _take_plan(tx, stack, digest)
    if plan.decision == "approved" and stack.holder is not None:
        raise UsageError(
            f"the plan of {account}/{name} cannot be withdrawn while {stack.holder} works on"
            " the stack",
            hint="wait for the end of that run; `ccloud-apply fleet history` shows it",
        )
    await decide_plan(tx, plan, "rejected", who, why=reason)
    await leave_proposed(tx, account, name)
    detail = {"plan": plan.digest, "reason": reason}
    await write_audit(tx, who, "reject", account=account, subject=name, detail=detail)
    return Decided(stack=stack, plan=plan)


async def pause(
    tx: Transaction, chosen: StackFilter, who: str, *, why: str, for_s: float | None = PAUSE_S
) -> tuple[FleetStack, ...]:
    """Have the stacks left alone for so many seconds, None for as long as nobody resumes them.

    They are still looked at. One that is being worked on ends its run. Gives back the stacks as
    they were; none if none matches. Raises UsageError without a reason.
    """
    reason = _check_reason(why)
    if for_s is not None and for_s >= _LONGEST_S:
        raise UsageError("a pause must end within ten years", hint="give an earlier time")
    if for_s is not None and not for_s > 0:
        raise UsageError("a pause must end in the future", hint="give a later time")
    await take_turn(tx)
    now = await read_now(tx)
    until = None if for_s is None else now + for_s
    stacks = await list_stacks(tx, chosen, Page(sort="name", limit=None), now)
    if stacks:
        ends = None if until is None else datetime.fromtimestamp(until, UTC).isoformat()
        detail = json.dumps({"reason": reason, "until": ends}, sort_keys=True)
        await audit_stacks(tx, chosen, now, who, "pause", detail)
        await pause_stacks(tx, chosen, now, who, why=reason, until=until)
    return stacks


async def resume(tx: Transaction, chosen: StackFilter, who: str) -> tuple[FleetStack, ...]:
    """End the pauses of those of the stacks that are paused, and have them run now.

    Gives back these stacks as they were.
    """
    await take_turn(tx)
    now = await read_now(tx)
    paused = replace(chosen, is_paused=True)
    stacks = await list_stacks(tx, paused, Page(sort="name", limit=None), now)
    if stacks:
        await audit_stacks(tx, paused, now, who, "resume", "{}")
        await resume_stacks(tx, paused, now, who)
    return stacks


async def ask_run(tx: Transaction, account: str, name: str, who: str) -> FleetStack:
    """Have a stack run now. Raises UsageError for one that is paused, or whose file is missing."""
    stack = await require_stack(tx, account, name)
    if stack.pause is not None:
        raise UsageError(
            f"{account}/{name} is paused by {stack.pause.by}: {stack.pause.why}",
            hint=f"to resume it: ccloud-apply fleet resume {account}/{name}",
        )
    _require_file(stack)
    await ask_for_run(tx, account, name, who)
    await write_audit(tx, who, "run", account=account, subject=name)
    return stack


async def require_stack(tx: Transaction, account: str, name: str) -> FleetStack:
    """The stack as it is now. Raises UsageError for one that does not exist."""
    stack = await find_stack(tx, account, name, await read_now(tx))
    if stack is None:
        raise UsageError(
            f"there is no stack {name} in the account {account}",
            hint="`ccloud-apply fleet status` lists the stacks",
        )
    return stack


async def _take_plan(tx: Transaction, stack: FleetStack, digest: str | None) -> FleetPlan:
    plan = await take_open_plan(tx, stack.account, stack.name)
    if plan is None:
        raise UsageError(
            f"{stack.account}/{stack.name} has no plan that waits for a decision",
            hint=f"`ccloud-apply fleet run {stack.account}/{stack.name}` plans it now",
        )
    wanted = None if digest is None else digest.removeprefix(_ALGORITHM).lower()
    if wanted is not None and len(wanted) < _SHORTEST_DIGEST:
        raise UsageError(
            f"a plan is named by {_SHORTEST_DIGEST} or more characters of its digest",
            hint="`ccloud-apply fleet status` shows it",
        )
    if wanted is not None and not plan.digest.removeprefix(_ALGORITHM).startswith(wanted):
        raise StalePlanError(
            f"the plan of {stack.account}/{stack.name} that waits is"
            f" {short_digest(plan.digest)}, not {digest}",
            hint=f"to see it: ccloud-apply fleet show {plan.run_id}",
        )
    return plan


def short_digest(digest: str) -> str:
    """What people call a plan by: the first twelve digits."""
    return digest.removeprefix(_ALGORITHM)[:12]


def _require_file(stack: FleetStack) -> None:
    if stack.problem is None and stack.is_declared:
        return
    raise UsageError(
        f"{stack.account}/{stack.name} cannot run:"
        f" {stack.problem or 'its source has no file of it any more'}",
        hint=f"fix {stack.path} in the source {stack.source}",
    )


def _is_approved(plan: FleetPlan, now: float, allow_destroy: int | None) -> bool:
    """True if it is approved already, with this cap if one is named."""
    if plan.decision != "approved" or allow_destroy not in (None, plan.allow_destroy):
        return False
    return plan.approved_until is None or plan.approved_until.timestamp() > now


def _require_free(stack: FleetStack, document: str | None, allow_destroy: int | None) -> None:
    """Raises HeldError for a plan that its run would hold; what windows and freezes hold waits."""
    from ccloud_apply.plan.windows.again import CODES

    held = tuple(
        Diagnostic(
            code=one["code"],
            what=f"{stack.account}/{stack.name} is not approved: {one['what']}",
            hint=one["hint"],
        )
        for part in json.loads(document or "{}").get("stacks", ())
        for one in part["held"]
        if one["code"] not in CODES and not _is_lifted(one["code"], part, allow_destroy)
    )
    if held:
        raise HeldError(held)


def _is_lifted(code: str, stack: Mapping[str, Any], allow_destroy: int | None) -> bool:
    """True for a cap that this number of servers is enough for."""
    from ccloud_apply.fleet.work.saved import CAPS, count_ending  # needs much, and few approve

    return allow_destroy is not None and code in CAPS and count_ending(stack) <= allow_destroy


def _check_reason(why: str) -> str:
    reason = why.strip()
    if not reason:
        raise UsageError("a reason is needed", hint="say why, for those who find it later")
    if len(reason) > MAX_REASON:
        raise UsageError(f"the reason must be at most {MAX_REASON} characters, not {len(reason)}")
    if not reason.isprintable():
        raise UsageError("the reason must be one line of visible characters")
    return reason
