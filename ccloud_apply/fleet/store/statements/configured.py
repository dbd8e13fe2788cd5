"""Accounts and sources as fleet.yaml has them, in the tables.

How they stand (due times, errors) stays when fleet.yaml changes; what is not in it any more is kept
and marked, with the stacks that it had.
"""

from collections.abc import Mapping

from ccloud_apply.fleet.model.config import AccountConfig, SourceConfig
from ccloud_apply.fleet.schedule import spread
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """How a source stands: its newest commit, and a digest of what fleet.yaml said of it then.
    `read_at` is the database's time."""

    name: str
    commit_id: str | None
    config: str | None
    failures: int
    error: str | None
    read_at: float


async def set_account(tx: Transaction, account: AccountConfig) -> bool:
    """Have the account as it is configured. True if it was not so before."""
    values = {
        "endpoint": account.endpoint,
        "runs": account.runs,
        "creates": account.creates,
        "requests_per_second": account.requests_per_second,
        "sweep_every": account.sweep_s,
    }
    row = await tx.fetch_one(
        """select endpoint, runs, creates, requests_per_second, sweep_every, is_configured
        from account where name = :name""",
        name=account.name,
    )
    if row is not None and row["is_configured"] and all(row[key] == values[key] for key in values):
        return False
    await tx.execute(
        """insert into account
        (name, endpoint, runs, creates, requests_per_second, sweep_every, sweep_due)
        values (:name, :endpoint, :runs, :creates,
          cast(:requests_per_second as double precision), :sweep_every, {now} + :first_in)
        on conflict (name) do update set endpoint = excluded.endpoint, runs = excluded.runs,
        creates = excluded.creates, requests_per_second = excluded.requests_per_second,
        sweep_every = excluded.sweep_every, is_configured = 1,
        sweep_due = case when account.sweep_due > {now} + excluded.sweep_every
          then {now} + excluded.sweep_every else account.sweep_due end""",
        name=account.name,
        # Its stacks are new too, and run now: the first sweep would look at the same.
        first_in=spread(account.name, 0.0, account.sweep_s),
        **values,
    )
    return True


async def set_source(tx: Transaction, source: SourceConfig, digest: str) -> bool:
    """Have the source as it is configured, and polled now if it says something else than at the
    last poll. True if it does."""
    row = await tx.fetch_one(
        "select config, ref, poll_every, is_configured from source where name = :name",
        name=source.name,
    )
    is_same = row is not None and row["config"] == digest and bool(row["is_configured"])
    if is_same and row is not None and row["poll_every"] == source.poll_s:
        return False
    await tx.execute(
        """insert into source (name, ref, poll_every, due)
        values (:name, :ref, :poll_every, {now})
        on conflict (name) do update set ref = excluded.ref, poll_every = excluded.poll_every,
        is_configured = 1,
        due = case when :is_same = 0 then {now}
          when source.due > {now} + excluded.poll_every then {now} + excluded.poll_every
          else source.due end""",
        name=source.name,
        ref=source.ref if source.git is not None else None,
        poll_every=source.poll_s,
        is_same=int(is_same),
    )
    return not is_same


async def drop_others(
    tx: Transaction, accounts: set[str], sources: set[str]
) -> Mapping[str, list[str]]:
    """Mark what is not configured any more, and give back the names of what was until now."""
    dropped: dict[str, list[str]] = {"account": [], "source": []}
    for table, names in (("account", accounts), ("source", sources)):
        rows = await tx.fetch(f"select name from {table} where is_configured = 1")
        for row in rows:
            if row["name"] not in names:
                await tx.execute(
                    f"update {table} set is_configured = 0 where name = :name",
                    name=row["name"],
                )
                dropped[table].append(row["name"])
    return dropped


async def find_source(tx: Transaction, name: str) -> SourceRow | None:
    """How a source stands."""
    row = await tx.fetch_one(
        """select name, commit_id, config, failures, error, {now} as read_at
        from source where name = :name""",
        name=name,
    )
    return None if row is None else SourceRow(**row)


async def set_polled(
    tx: Transaction,
    name: str,
    *,
    commit: str | None,
    config: str,
    due_in: float,
    since: float | None = None,
) -> None:
    """Note that a poll has gone well: the next one is due so many seconds from now, or at once if a
    hook has asked for one since this one began."""
    await tx.execute(
        """update source set commit_id = cast(:commit_id as text), config = :config,
        polled_at = {now}, failures = 0, error = null, queued_until = null,
        due = case when asked_at >= cast(:since as double precision) then {now}
          else {now} + cast(:due_in as double precision) end where name = :name""",
        name=name,
        commit_id=commit,
        config=config,
        due_in=due_in,
        since=since,
    )


async def set_poll_failed(
    tx: Transaction, name: str, *, error: str, failures: int, due_in: float
) -> None:
    """Note that a poll has failed so often in a row, and is tried again so many seconds from now.
    What was read of the source before still counts."""
    await tx.execute(
        """update source set failures = :failures, error = :error, queued_until = null,
        due = {now} + :due_in where name = :name""",
        name=name,
        error=error,
        failures=failures,
        due_in=due_in,
    )


async def list_commits(tx: Transaction, source: str) -> frozenset[str]:
    """The commits of a source that somebody may still need: the newest, and those of runs that have
    not ended."""
    rows = await tx.fetch(
        """select distinct s.commit_id from stack s where s.source = :source
        union select distinct r.commit_id from run r join stack s
          on s.account = r.account and s.name = r.stack and s.source = :source
          where r.ended is null
        union select commit_id from source where name = :source""",
        source=source,
    )
    return frozenset(row["commit_id"] for row in rows if row["commit_id"] is not None)
