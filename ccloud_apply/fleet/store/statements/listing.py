"""Which stacks there are and how they stand: counted, filtered, sorted and paged by the database.

`now` is the moment of the answer (`clock.py`), so that all of it is judged by one.
"""

from ccloud_apply.fleet.model.listing import Page, StackFilter
from ccloud_apply.fleet.model.status import STATES
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.conditions import IS_PAUSED, IS_STALE, find_conditions
from ccloud_apply.fleet.store.statements.rows import to_stack
from ccloud_apply.model.results.fleet import FleetCounts, FleetStack

RUN_COLUMNS = (
    *("id", "account", "stack", "kind", "cause", "person", "commit_id", "worker", "started"),
    *("ended", "outcome", "counts", "requests", "error"),
)
PLAN_COLUMNS = (
    *("id", "run_id", "account", "stack", "digest", "summary", "cost", "commit_id", "made_at"),
    *("decision", "decided_by", "decided_at", "decided_why", "approved_until"),
    "allow_destroy",
)

_URGENCY = (
    "case when s.state = 'failing' then 0 when s.state = 'held' then 1"
    f" when {IS_STALE} then 2 when s.state = 'proposed' then 3 when s.state = 'drift' then 4"
    " when s.state = 'unknown' then 5 else 6 end"
)
_LAST_RUN = (
    "(select t.started from run t where t.account = s.account and t.stack = s.name"
    " order by t.started desc, t.id desc limit 1)"
)
_ORDER = {
    "urgency": _URGENCY,
    "name": "s.name",
    "state": "s.state",
    "since": "s.state_since",
    "seen": "coalesce(s.seen_at, 0)",
    "due": "s.due",
    "run": f"coalesce({_LAST_RUN}, 0)",
}
_FROM = "from stack s left join account a on a.name = s.account"


async def count_stacks(tx: Transaction, chosen: StackFilter, now: float) -> FleetCounts:
    """How many of the stacks are in each state, stale, paused, and being worked on."""
    where, parameters = find_conditions(chosen)
    rows = await tx.fetch(
        "select s.state, count(*) as stacks,"
        f" sum(case when {IS_STALE} then 1 else 0 end) as stale,"
        f" sum(case when {IS_PAUSED} then 1 else 0 end) as paused,"
        " sum(case when l.holder is not null then 1 else 0 end) as running"
        f" {_FROM} left join lease l on l.kind = 'stack' and l.account = s.account"
        " and l.name = s.name and l.until > cast(:now as double precision)"
        f" where {where} group by s.state",
        now=now,
        **parameters,
    )
    found = {row["state"]: row for row in rows}
    return FleetCounts(
        states={state: int(found[state]["stacks"]) if state in found else 0 for state in STATES},
        stale=sum(int(row["stale"]) for row in rows),
        paused=sum(int(row["paused"]) for row in rows),
        running=sum(int(row["running"]) for row in rows),
    )


async def list_stacks(
    tx: Transaction, chosen: StackFilter, page: Page, now: float
) -> tuple[FleetStack, ...]:
    """The stacks of a page in its order, each with its lease, last run and undecided plan."""
    where, parameters = find_conditions(chosen)
    direction = "desc" if page.is_descending else "asc"
    limit = "" if page.limit is None else "limit :limit offset :offset"
    if page.limit is not None:
        parameters.update(limit=page.limit, offset=page.offset)
    order = f"order by {_ORDER[page.sort]} {direction}, s.account, s.name"
    # Only the ids are sorted, not the whole rows of all stacks.
    rows = await tx.fetch(
        f"with page as (select s.id {_FROM} where {where} {order} {limit})"
        f" select s.*, case when {IS_STALE} then 1 else 0 end as is_stale,"
        f" case when {IS_PAUSED} then 1 else 0 end as is_paused, l.holder,"
        f" {_prefixed('r', 'run_', RUN_COLUMNS)}, {_prefixed('n', 'plan_', PLAN_COLUMNS)}"
        " from page p join stack s on s.id = p.id left join account a on a.name = s.account"
        " left join lease l on l.kind = 'stack' and l.account = s.account"
        " and l.name = s.name and l.holder is not null"
        " and l.until > cast(:now as double precision)"
        " left join run r on r.id = (select x.id from run x where x.account = s.account"
        " and x.stack = s.name order by x.started desc, x.id desc limit 1)"
        " left join plan n on n.id = (select y.id from plan y where y.account = s.account"
        " and y.stack = s.name and y.decision in ('proposed', 'approved')"
        f" order by y.made_at desc, y.id desc limit 1) {order}",
        now=now,
        **parameters,
    )
    return tuple(map(to_stack, rows))


async def find_stack(tx: Transaction, account: str, name: str, now: float) -> FleetStack | None:
    """One stack by its account and name, exactly as they are spelled; None if there is none."""
    row = await tx.fetch_one(
        "select id from stack where account = :account and name = :name",
        account=account,
        name=name,
    )
    if row is None:
        return None
    chosen = StackFilter(ids=(row["id"],))
    (stack,) = await list_stacks(tx, chosen, Page(), now)
    return stack


def _prefixed(table: str, prefix: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{table}.{name} as {prefix}{name}" for name in columns)
