"""What is due, what has been queued, and whose worker has died: all that a tick asks and notes."""

from collections.abc import Iterable, Mapping

from ccloud_apply.fleet.engine.port import Job
from ccloud_apply.fleet.model.status import PRIORITIES
from ccloud_apply.fleet.schedule import QUEUED_S, DueStack, Situation
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.run_totals import count_run
from ccloud_apply.lazy_dataclass import dataclass

_LIVING = "l.holder is not null and l.until > {now}"
_FREE = "(queued_until is null or queued_until <= {now})"

WAITS = f"""(s.due <= {{now}} and s.is_declared = 1 and s.problem is null
and (s.paused_by is null or s.paused_until <= {{now}})
and not exists (select 1 from lease l
  where l.kind = 'stack' and l.account = s.account and l.name = s.name and {_LIVING}))"""
"""The stack `s` is due, nothing keeps it from being run, and nobody works on it."""


async def read_situation(tx: Transaction) -> Situation:
    """All that is due and that nobody works on, and the room that each account has."""
    sources = await tx.fetch(
        f"""select s.name, s.due from source s
        where s.is_configured = 1 and s.due <= {{now}} and {_FREE}
        and not exists (select 1 from lease l
          where l.kind = 'source' and l.account = '' and l.name = s.name and {_LIVING})"""
    )
    accounts = await tx.fetch(
        f"""select a.name, a.sweep_due as due from account a
        where a.is_configured = 1 and a.sweep_due <= {{now}} and {_FREE}
        and not exists (select 1 from lease l
          where l.kind = 'account' and l.account = a.name and l.name = '' and {_LIVING})
        and exists (select 1 from stack s
          where s.account = a.name and s.is_declared = 1 and s.problem is null)"""
    )
    stacks = await tx.fetch(
        f"""select account, name, due, priority from (
          select s.account, s.name, s.due, s.priority, a.runs, row_number() over (
            partition by s.account order by s.priority desc, s.due, s.name) as place
          from stack s join account a on a.name = s.account and a.is_configured = 1
          where {WAITS} and (s.queued_until is null or s.queued_until <= {{now}})
        ) ranked where place <= runs"""
    )
    return Situation(
        sources={row["name"]: row["due"] for row in sources},
        accounts={row["name"]: row["due"] for row in accounts},
        stacks=[
            DueStack(
                account=row["account"], name=row["name"], due=row["due"], priority=row["priority"]
            )
            for row in stacks
        ],
        free=await _read_room(tx) if stacks else {},
    )


async def _read_room(tx: Transaction) -> Mapping[str, int]:
    """By account how many more stacks may be worked on. Leases that live count, and what has been
    queued; no column says that a stack is worked on, for nobody would reset it after a crash."""
    rows = await tx.fetch(
        f"""select a.name, a.runs, coalesce(busy.number, 0) as busy from account a left join (
          select account, count(*) as number from (
            select l.account, l.name from lease l join stack s
              on s.account = l.account and s.name = l.name
              where l.kind = 'stack' and {_LIVING}
            union
            select q.account, q.name from stack q where q.queued_until > {{now}}
          ) held group by account
        ) busy on busy.account = a.name where a.is_configured = 1"""
    )
    return {row["name"]: max(0, row["runs"] - row["busy"]) for row in rows}


async def has_room(tx: Transaction, account: str) -> bool:
    """True if one more stack of the account may be run: what has waited in a queue for long may
    come when others have taken its place. For transactions that have taken a turn."""
    row = await tx.fetch_one(
        f"""select a.runs - (select count(*) from lease l join run r
            on r.account = l.account and r.stack = l.name and r.fence = l.fence
            where l.kind = 'stack' and l.account = a.name and {_LIVING} and r.ended is null) as free
        from account a where a.name = :account""",
        account=account,
    )
    return row is None or row["free"] > 0


async def leave_due(tx: Transaction, account: str, name: str) -> None:
    """Have the stack chosen anew as soon as there is room for it."""
    await tx.execute(
        "update stack set queued_until = null where account = :account and name = :name",
        account=account,
        name=name,
    )


async def note_queued(tx: Transaction, jobs: Iterable[Job]) -> None:
    """Have no second job made of these for a while."""
    until = "{now} + " + str(QUEUED_S)
    statements = {
        "poll": f"update source set queued_until = {until} where name = :name",
        "sweep": f"update account set queued_until = {until} where name = :account",
        "run": f"update stack set queued_until = {until} where account = :account and name = :name",
    }
    for job in jobs:
        await tx.execute(statements[job.kind], account=job.account, name=job.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """A lease that ran out while somebody had it. `kind` is stack, account or source."""

    kind: str
    account: str
    name: str
    fence: int
    holder: str


async def list_dead(tx: Transaction) -> tuple[Dead, ...]:
    """The leases whose holders have died, or are frozen, and that nobody has taken over."""
    rows = await tx.fetch(
        """select kind, account, name, fence, holder from lease
        where holder is not null and until <= {now}"""
    )
    return tuple(Dead(**row) for row in rows)


async def mark_lost(tx: Transaction, dead: Dead) -> bool:
    """End the run that the holder has not ended. True if there was one: then this is the first that
    anybody notes of its death."""
    ended = await tx.fetch(
        """update run set ended = {now}, outcome = 'lost', error = :error
        where account = :account and coalesce(stack, '') = :name and fence = :fence
        and ended is null returning id""",
        account=dead.account,
        name=dead.name,
        fence=dead.fence,
        error=f"{dead.holder} did not end it",
    )
    for run in ended:
        await count_run(tx, run["id"])
    return bool(ended)


async def take_over(tx: Transaction, dead: Dead, *, failures: int, due: float) -> None:
    """Have somebody else do what the holder did not end: at `due`, with so many failures more."""
    if dead.kind == "stack":
        await tx.execute(
            """update stack set due = :due, cause = 'take-over', priority = :priority,
            queued_until = null, failures = failures + :failures
            where account = :account and name = :name""",
            due=due,
            priority=PRIORITIES["take-over"],
            failures=failures,
            account=dead.account,
            name=dead.name,
        )
    elif dead.kind == "account":
        await tx.execute(
            """update account set sweep_due = :due, queued_until = null,
            failures = failures + :failures where name = :name and sweep_due > :due""",
            due=due,
            failures=failures,
            name=dead.account,
        )
    else:
        await tx.execute(
            """update source set due = :due, queued_until = null
            where name = :name and due > :due""",
            due=due,
            name=dead.name,
        )


async def read_failures(tx: Transaction, dead: Dead) -> tuple[int, float]:
    """How often in a row the thing has failed, and its interval in seconds."""
    statement = {
        "stack": "select failures, every from stack where account = :account and name = :name",
        "account": "select failures, sweep_every as every from account where name = :account",
        "source": "select failures, poll_every as every from source where name = :name",
    }[dead.kind]
    row = await tx.fetch_one(statement, account=dead.account, name=dead.name)
    return (0, 0.0) if row is None else (row["failures"], row["every"])


async def make_sources_due(tx: Transaction) -> None:
    """Have all sources polled now."""
    await tx.execute(
        "update source set due = {now}, queued_until = null where is_configured = 1 and due > {now}"
    )
