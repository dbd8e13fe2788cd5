"""Totals of runs, that only grow: a run is counted in the transaction that ends it."""

from ccloud_apply.fleet.model.figures import BUCKETS_S, RunTotal
from ccloud_apply.fleet.store.database import Transaction

_BUCKETS = tuple(f"le_{bucket}" for bucket in BUCKETS_S)
_COUNTED = ("runs", "requests", "seconds", *_BUCKETS)
_WITHIN = ", ".join(
    f"case when ended - started <= {bucket} then 1 else 0 end" for bucket in BUCKETS_S
)
_ADDED = ", ".join(f"{name} = run_total.{name} + excluded.{name}" for name in _COUNTED)


async def count_run(tx: Transaction, run: int) -> None:
    """Count a run that has just ended; last in its transaction, for the row is many runs'."""
    await tx.execute(
        f"""insert into run_total (account, kind, outcome, {", ".join(_COUNTED)})
        select account, kind, outcome, 1, coalesce(requests, 0), ended - started, {_WITHIN}
        from run where id = :id and ended is not null and outcome is not null
        on conflict (account, kind, outcome) do update set {_ADDED}""",
        id=run,
    )


async def list_run_totals(tx: Transaction) -> tuple[RunTotal, ...]:
    """All of them, by account, kind and outcome."""
    rows = await tx.fetch(
        f"""select account, kind, outcome, {", ".join(_COUNTED)} from run_total
        order by account, kind, outcome"""
    )
    return tuple(
        RunTotal(
            account=row["account"],
            kind=row["kind"],
            outcome=row["outcome"],
            runs=row["runs"],
            requests=row["requests"],
            seconds=row["seconds"],
            within=tuple(row[name] for name in _BUCKETS),
        )
        for row in rows
    )
