"""What runs have done: runs, the plans and reports that they have saved, their journals."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.fleet.model.listing import RunFilter
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.conditions import (
    Condition,
    find_conditions,
    in_list,
    join_conditions,
)
from ccloud_apply.fleet.store.statements.listing import PLAN_COLUMNS, RUN_COLUMNS
from ccloud_apply.fleet.store.statements.rows import mapping, to_plan, to_run
from ccloud_apply.model.results.fleet import FleetPlan, FleetRun

_RUN = ", ".join(f"r.{name}" for name in RUN_COLUMNS)
_PLAN = ", ".join(PLAN_COLUMNS)


async def list_runs(tx: Transaction, chosen: RunFilter, now: float) -> tuple[FleetRun, ...]:
    """The runs, newest first; also of stacks that exist no more."""
    conditions: list[Condition] = [
        find_conditions(chosen.stacks, name="r.stack", account="r.account")
    ]
    if not chosen.has_sweeps:
        conditions.append(("r.stack is not null", {}))
    if chosen.outcomes:
        conditions.append(in_list("r.outcome", "outcome", sorted(chosen.outcomes)))
    if chosen.before is not None:
        conditions.append(("r.id < :before", {"before": chosen.before}))
    where, parameters = join_conditions(conditions)
    rows = await tx.fetch(
        f"select {_RUN} from run r left join stack s on s.account = r.account"
        " and s.name = r.stack left join account a on a.name = r.account"
        f" where {where} order by r.id desc limit :limit",
        now=now,
        limit=chosen.limit,
        **parameters,
    )
    return tuple(map(to_run, rows))


async def find_run(tx: Transaction, number: int) -> FleetRun | None:
    """One run, or None."""
    row = await tx.fetch_one(f"select {_RUN} from run r where r.id = :number", number=number)
    return None if row is None else to_run(row)


async def find_plan_of_run(tx: Transaction, run_id: int) -> tuple[FleetPlan, str] | None:
    """The plan that a run has saved, and its document; None if it has saved none."""
    row = await tx.fetch_one(
        f"select {_PLAN}, document from plan where run_id = :run_id order by id desc limit 1",
        run_id=run_id,
    )
    return None if row is None else (to_plan(row), row["document"])


async def read_plan_document(tx: Transaction, plan_id: int) -> str | None:
    """The plan file as the product has written it; None if there is no such plan."""
    row = await tx.fetch_one("select document from plan where id = :plan_id", plan_id=plan_id)
    return None if row is None else str(row["document"])


async def find_report(
    tx: Transaction, account: str, stack: str, *, run_id: int | None = None
) -> int | None:
    """The number of the newest drift report of a stack, or of the one of a run; None for none."""
    of_run = "" if run_id is None else "and run_id = :run_id"
    parameters = {} if run_id is None else {"run_id": run_id}
    row = await tx.fetch_one(
        f"select id from report where account = :account and stack = :stack {of_run}"
        " order by made_at desc, id desc limit 1",
        account=account,
        stack=stack,
        **parameters,
    )
    return None if row is None else int(row["id"])


async def read_report_document(tx: Transaction, report_id: int) -> str | None:
    """A drift report as JSON; None if there is no such report."""
    row = await tx.fetch_one("select document from report where id = :id", id=report_id)
    return None if row is None else str(row["document"])


async def list_reports_of_run(tx: Transaction, run_id: int) -> tuple[Mapping[str, Any], ...]:
    """The drift reports that a run has kept, as JSON, in the order of their stacks."""
    rows = await tx.fetch(
        "select document from report where run_id = :run_id order by stack, id", run_id=run_id
    )
    return tuple(mapping(row["document"]) for row in rows)


async def is_newest_run(tx: Transaction, run: FleetRun) -> bool:
    """True if no later run has gone on with the stack's journal."""
    row = await tx.fetch_one(
        "select 1 as one from run where account = :account and stack = :stack and id > :id",
        account=run.account,
        stack=run.stack,
        id=run.id,
    )
    return row is None
