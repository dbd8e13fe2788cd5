"""What monitoring wants to know, read from the tables in one transaction."""

from ccloud_apply.fleet.model.figures import FleetFigures
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.conditions import IS_STALE
from ccloud_apply.fleet.store.statements.due import WAITS
from ccloud_apply.fleet.store.statements.run_totals import list_run_totals
from ccloud_apply.fleet.store.statements.workers import list_alive, read_tick_age


async def read_figures(tx: Transaction) -> FleetFigures:
    """All figures of the fleet now."""
    states = await tx.fetch(
        "select account, state, count(*) as n from stack group by account, state"
    )
    stale = await tx.fetch(
        f"""select a.name, coalesce(sum(case when s.id is null then 0
          when {IS_STALE} then 1 else 0 end), 0) as n
        from account a left join stack s on s.account = a.name group by a.name""",
        now=await read_now(tx),
    )
    return FleetFigures(
        stacks={(row["account"], row["state"]): row["n"] for row in states},
        stale={row["name"]: int(row["n"]) for row in stale},
        totals=await list_run_totals(tx),
        queue_age_s=await _read_age(tx, _WAITING),
        outbox_age_s=await _read_age(tx, _UNDELIVERED),
        tick_age_s=await read_tick_age(tx),
        workers=len(await list_alive(tx)),
    )


_WAITING = f"""select {{now}} - min(s.due) as age from stack s
join account a on a.name = s.account and a.is_configured = 1 where {WAITS}"""

_UNDELIVERED = "select {now} - min(made_at) as age from outbox where delivered_at is null"


async def _read_age(tx: Transaction, statement: str) -> float:
    row = await tx.fetch_one(statement)
    return 0.0 if row is None or row["age"] is None else max(0.0, row["age"])
