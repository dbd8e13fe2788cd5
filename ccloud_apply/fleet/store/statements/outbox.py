"""What sinks are still to be told. A row is written in the transaction that changes the state, so
neither is there without the other; its key is unique, so a change is told once."""

from collections.abc import Sequence

from ccloud_apply.fleet.store.database import Row, Transaction

STALE_AT_ONCE = 100
"""Stacks of which one transaction tells that they have become stale."""

CLAIM_S = 120.0
"""Seconds that whoever takes a row has to deliver it, before another one may."""


async def add_notification(
    tx: Transaction, *, sinks: Sequence[str], subject: str, event: str, at: float, body: str
) -> int:
    """Note that these sinks are to be told of a change of state, and give back how many are new.

    `subject` is who has changed (`ACCOUNT/STACK`), `event` to what, `at` since when (seconds since
    1970): these three and the sink are the key, so that the same change is told once however often
    it is noted. `body` is the CloudEvent.
    """
    added = 0
    for sink in sinks:
        added += await tx.execute(
            "insert into outbox (key, sink, body, made_at, next)"
            " values (:key, :sink, :body, {now}, {now}) on conflict (key) do nothing",
            key=f"{sink} {subject} {event} {at!r}",
            sink=sink,
            body=body,
        )
    return added


async def list_new_stale(tx: Transaction) -> Sequence[Row]:
    """Stacks that nobody has compared with their account for two of its sweep intervals, and that
    `mark_stale_told` does not know of yet. `since` is when they were seen last, or declared."""
    return await tx.fetch(
        "select s.account, s.name, s.path, s.commit_id, s.why,"
        " coalesce(s.seen_at, s.state_since) as since"
        " from account a join stack s on s.account = a.name"
        " where coalesce(s.seen_at, s.state_since) < {now} - 2 * a.sweep_every"
        " and s.is_declared = 1"
        " and (s.stale_told is null or s.stale_told < coalesce(s.seen_at, s.state_since))"
        f" order by s.account, s.name limit {STALE_AT_ONCE}"
    )


async def mark_stale_told(tx: Transaction, account: str, name: str, since: float) -> None:
    """Note that it was told that nothing was seen of the stack since then."""
    await tx.execute(
        "update stack set stale_told = :since where account = :account and name = :name",
        account=account,
        name=name,
        since=since,
    )


async def list_waiting_sinks(tx: Transaction) -> Sequence[str]:
    """The sinks that are to be told of something now."""
    rows = await tx.fetch(
        "select distinct sink from outbox where delivered_at is null and next <= {now}"
        " order by sink"
    )
    return [row["sink"] for row in rows]


async def take_notification(tx: Transaction, sink: str) -> Row | None:
    """The oldest one of the sink that is due; nobody else takes it for CLAIM_S seconds.

    `attempts` counts this one, and tells whoever has taken it from whoever takes it after that.
    """
    return await tx.fetch_one(
        "update outbox set attempts = attempts + 1,"
        " next = {now} + cast(:claim_s as double precision)"
        " where key in (select key from outbox where sink = :sink and delivered_at is null"
        " and next <= {now} order by next, made_at limit 1 {skip_locked})"
        " returning key, body, attempts",
        sink=sink,
        claim_s=CLAIM_S,
    )


async def mark_delivered(tx: Transaction, key: str) -> None:
    """Note that the sink knows it, whoever has told it."""
    await tx.execute(
        "update outbox set delivered_at = {now}, error = null"
        " where key = :key and delivered_at is null",
        key=key,
    )


async def mark_failed(
    tx: Transaction,
    sink: str,
    key: str,
    *,
    attempts: int,
    error: str,
    pause_s: float,
    rest_s: float,
) -> None:
    """Note why it was not delivered, and that it is tried again in `pause_s` seconds.

    What else the sink is to be told rests for `rest_s` seconds: a sink that does not answer costs
    one request at a time. A row that another one has taken meanwhile stays that one's.
    """
    await tx.execute(
        "update outbox set next = {now} + cast(:pause_s as double precision), error = :error"
        " where key = :key and attempts = :attempts and delivered_at is null",
        key=key,
        attempts=attempts,
        error=error,
        pause_s=pause_s,
    )
    await tx.execute(
        "update outbox set next = {now} + cast(:rest_s as double precision)"
        " where sink = :sink and key <> :key and delivered_at is null"
        " and next < {now} + cast(:rest_s as double precision) and key in"
        " (select key from outbox where sink = :sink and delivered_at is null and next <= {now}"
        " {skip_locked})",
        sink=sink,
        key=key,
        rest_s=rest_s,
    )
