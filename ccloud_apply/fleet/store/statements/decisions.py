"""What a decision changes: the open plan of a stack, its pause, when it is due. Who may decide, and
what is told, belongs to `fleet/decide.py`."""

from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.model.status import PRIORITIES, Decision
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.conditions import Condition, find_conditions
from ccloud_apply.fleet.store.statements.listing import PLAN_COLUMNS
from ccloud_apply.fleet.store.statements.rows import to_plan
from ccloud_apply.model.results.fleet import FleetPlan


async def take_open_plan(tx: Transaction, account: str, stack: str) -> FleetPlan | None:
    """The plan of the stack that is proposed or approved, kept from others until the end of the
    transaction; None if there is none."""
    row = await tx.fetch_one(
        f"select {', '.join(PLAN_COLUMNS)} from plan where account = :account and stack = :stack"
        " and decision in ('proposed', 'approved') order by id desc limit 1 {for_update}",
        account=account,
        stack=stack,
    )
    return None if row is None else to_plan(row)


async def decide_plan(
    tx: Transaction,
    plan: FleetPlan,
    decision: Decision,
    who: str,
    *,
    why: str | None = None,
    for_s: float | None = None,
    allow_destroy: int | None = None,
) -> None:
    """Note what a person has decided of a plan; an approval holds for `for_s` seconds."""
    await tx.execute(
        "update plan set decision = :decision, decided_by = :who, decided_at = {now},"
        " decided_why = :why, approved_until = {now} + cast(:for_s as double precision),"
        " allow_destroy = :allow_destroy where id = :id",
        id=plan.id,
        decision=decision,
        who=who,
        why=why,
        for_s=for_s,
        allow_destroy=allow_destroy,
    )


async def leave_proposed(tx: Transaction, account: str, stack: str) -> None:
    """Note that no plan of the stack waits any more: what is left is its drift."""
    await tx.execute(
        "update stack set state = 'drift', state_since = {now}"
        " where account = :account and name = :stack and state = 'proposed'",
        account=account,
        stack=stack,
    )


async def ask_for_run(tx: Transaction, account: str, stack: str, who: str) -> None:
    """Have the stack run now, before what the schedule wants."""
    await tx.execute(
        "update stack set due = {now}, cause = 'person', priority = :priority, asked_by = :who,"
        " queued_until = null where account = :account and name = :stack",
        account=account,
        stack=stack,
        who=who,
        priority=PRIORITIES["person"],
    )


async def pause_stacks(
    tx: Transaction, chosen: StackFilter, now: float, who: str, *, why: str, until: float | None
) -> int:
    """Pause the stacks, whoever has paused them before; gives back how many."""
    where, parameters = _chosen(chosen)
    return await tx.execute(
        "update stack set paused_by = :who, paused_why = :why,"
        f" paused_until = cast(:until as double precision) where {where}",
        now=now,
        who=who,
        why=why,
        until=until,
        **parameters,
    )


async def resume_stacks(tx: Transaction, chosen: StackFilter, now: float, who: str) -> int:
    """End the pauses of the stacks and have them run now; gives back how many."""
    where, parameters = _chosen(chosen)
    return await tx.execute(
        "update stack set paused_by = null, paused_why = null, paused_until = null, due = {now},"
        " cause = 'person', priority = :priority, asked_by = :who, queued_until = null"
        f" where {where}",
        now=now,
        who=who,
        priority=PRIORITIES["person"],
        **parameters,
    )


async def audit_stacks(
    tx: Transaction, chosen: StackFilter, now: float, who: str, what: str, detail: str
) -> None:
    """A row of the audit for each of the stacks."""
    where, parameters = _chosen(chosen)
    await tx.execute(
        "insert into audit (time, who, what, account, subject, detail)"
        " select {now}, :who, :what, account, name, :detail from stack"
        f" where {where} order by account, name",
        now=now,
        who=who,
        what=what,
        detail=detail,
        **parameters,
    )


def _chosen(chosen: StackFilter) -> Condition:
    where, parameters = find_conditions(chosen)
    joined = "stack s left join account a on a.name = s.account"
    return f"id in (select s.id from {joined} where {where})", parameters
