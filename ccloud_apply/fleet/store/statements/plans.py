"""Saved plans of stacks: proposed, approved, applied. A stack has at most one that is open."""

from ccloud_apply.fleet.model.status import Decision
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan that waits for a decision or for its run. `document` is the plan file's text.

    `has_begun`: a run of it was cut off or has failed, so a part of it may be done.
    """

    id: int
    digest: str
    document: str
    decision: Decision
    decided_by: str | None
    decided_why: str | None
    commit_id: str | None
    allow_destroy: int | None
    has_begun: bool


async def find_plan(tx: Transaction, account: str, stack: str) -> PlanRow | None:
    """The newest plan of the stack; an approval that has ended is a proposal again."""
    row = await tx.fetch_one(
        """select id, digest, document, commit_id, decided_by, decided_why, allow_destroy,
        case when decision = 'approved' and approved_until <= {now} then 'proposed'
          else decision end as decision,
        case when exists (select 1 from run r where r.account = plan.account
            and r.stack = plan.stack and r.kind = 'apply' and r.started >= plan.decided_at
            and r.outcome in ('lost', 'failed', 'stopped')) then 1 else 0 end as begun
        from plan where account = :account and stack = :stack order by id desc limit 1""",
        account=account,
        stack=stack,
    )
    if row is None:
        return None
    values = {name: value for name, value in row.items() if name != "begun"}
    return PlanRow(**values, has_begun=bool(row["begun"]))


async def add_plan(
    tx: Transaction,
    *,
    run: int,
    account: str,
    stack: str,
    digest: str,
    document: str,
    summary: str,
    cost: str | None,
    commit: str | None,
) -> int:
    """Propose a plan; what was open before is superseded. Gives back its number."""
    await close_plans(tx, account, stack, "superseded")
    row = await tx.fetch_one(
        """insert into plan
        (run_id, account, stack, digest, document, summary, cost, commit_id, made_at, decision)
        values (:run_id, :account, :stack, :digest, :document, :summary, :cost, :commit_id, {now},
          'proposed')
        returning id""",
        run_id=run,
        account=account,
        stack=stack,
        digest=digest,
        document=document,
        summary=summary,
        cost=cost,
        commit_id=commit,
    )
    assert row is not None
    return int(row["id"])


async def close_plans(tx: Transaction, account: str, stack: str, decision: Decision) -> None:
    """End what is open of the stack's plans: it was applied, or something else took its place."""
    await tx.execute(
        """update plan set decision = :decision where account = :account and stack = :stack
        and decision in ('proposed', 'approved')""",
        account=account,
        stack=stack,
        decision=decision,
    )
