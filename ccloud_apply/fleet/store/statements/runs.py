"""Runs: what a worker takes on, and what came of it.

Whoever takes a stack moves its due time an interval ahead at once: a commit, a person or a
take-over that makes it due meanwhile is seen by that, and is not lost when the run ends.
"""

from typing import Any

from ccloud_apply.fleet.model.status import Cause, Kind, Mode, Outcome, State
from ccloud_apply.fleet.store.database import Row, Transaction
from ccloud_apply.fleet.store.statements.run_totals import count_run
from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRow:
    """What a run has to know of its stack. `asked_by` is the person who wants it now, if any."""

    account: str
    name: str
    source: str
    path: str
    tree: str
    commit_id: str | None
    rule: int
    config: str
    mode: Mode
    every: float
    state: State
    why: str | None
    cause: Cause
    asked_by: str | None
    failures: int
    failed_digest: str | None
    failed_tree: str | None
    problem: str | None
    is_paused: bool
    is_due: bool
    sweep_every: float = 1800.0


_STACK = """account, name, source, path, tree, commit_id, rule, config, mode, every, state, why,
cause, asked_by, failures, failed_digest, failed_tree, problem,
case when paused_by is null or paused_until <= {now} then 0 else 1 end as paused,
case when due <= {now} then 1 else 0 end as now_due,
coalesce((select a.sweep_every from account a where a.name = stack.account), 1800.0)
  as sweep_every"""


def _read_stack(row: Row) -> StackRow:
    values = {name: value for name, value in row.items() if name not in ("paused", "now_due")}
    return StackRow(**values, is_paused=bool(row["paused"]), is_due=bool(row["now_due"]))


async def find_stack(tx: Transaction, account: str, name: str) -> StackRow | None:
    """The stack, unless its file is gone."""
    row = await tx.fetch_one(
        f"select {_STACK} from stack where account = :account and name = :name and is_declared = 1",
        account=account,
        name=name,
    )
    return None if row is None else _read_stack(row)


async def list_stacks_of(tx: Transaction, account: str) -> tuple[StackRow, ...]:
    """All stacks of an account whose files are there and could be loaded."""
    rows = await tx.fetch(
        f"""select {_STACK} from stack
        where account = :account and is_declared = 1 and problem is null order by name""",
        account=account,
    )
    return tuple(map(_read_stack, rows))


async def claim_stack(tx: Transaction, stack: StackRow) -> None:
    """Note that a worker sees to what the stack is due for."""
    await tx.execute(
        """update stack set due = {now} + every, cause = 'schedule', priority = 0,
        queued_until = null, asked_by = null where account = :account and name = :name""",
        account=stack.account,
        name=stack.name,
    )


async def begin_run(
    tx: Transaction,
    *,
    account: str,
    stack: str | None,
    kind: Kind,
    cause: Cause,
    person: str | None,
    commit: str | None,
    fence: int,
    worker: str,
) -> int:
    """The number of a new run. One that has not ended and had the lease before is lost: whoever
    made it can note nothing any more."""
    lost = await tx.fetch(
        """update run set ended = {now}, outcome = 'lost', error = worker || ' did not end it'
        where account = :account and coalesce(stack, '') = :stack and ended is null
        and fence < :fence returning id""",
        account=account,
        stack=stack or "",
        fence=fence,
    )
    row = await tx.fetch_one(
        """insert into run
        (account, stack, kind, cause, person, commit_id, fence, worker, started)
        values (:account, :stack, :kind, :cause, :person, :commit_id, :fence, :worker, {now})
        returning id""",
        account=account,
        stack=stack,
        kind=kind,
        cause=cause,
        person=person,
        commit_id=commit,
        fence=fence,
        worker=worker,
    )
    assert row is not None
    for one in lost:
        await count_run(tx, one["id"])
    return int(row["id"])


async def end_run(
    tx: Transaction,
    run: int,
    *,
    outcome: Outcome,
    counts: str | None = None,
    requests: int | None = None,
    error: str | None = None,
) -> bool:
    """Note what came of it. False if it is over already: whoever took it over has ended it."""
    is_ended = await tx.execute(
        """update run set ended = {now}, outcome = :outcome, counts = :counts,
        requests = :requests, error = :error where id = :id and ended is null""",
        id=run,
        outcome=outcome,
        counts=counts,
        requests=requests,
        error=error,
    )
    if is_ended:
        await count_run(tx, run)
    return bool(is_ended)


async def find_ended_run(tx: Transaction, run: int) -> dict[str, Any] | None:
    """How a run ended; None while it runs or if there is none."""
    row = await tx.fetch_one(
        "select outcome, error from run where id = :id and ended is not null", id=run
    )
    return None if row is None else dict(row)


async def find_run_since(tx: Transaction, account: str, stack: str, after: int) -> int | None:
    """The first run of the stack that a worker has begun after this one, if any."""
    row = await tx.fetch_one(
        """select min(id) as id from run
        where account = :account and stack = :stack and id > :after and kind <> 'sweep'""",
        account=account,
        stack=stack,
        after=after,
    )
    return None if row is None else row["id"]


async def read_last_run(tx: Transaction) -> int:
    """The number of the newest run; 0 if there is none."""
    row = await tx.fetch_one("select max(id) as id from run")
    return 0 if row is None or row["id"] is None else int(row["id"])
