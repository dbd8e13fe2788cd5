"""What sinks are still to be told. A row is written in the transaction that changes the state, so
neither is there without the other; its key is unique, so a change is told once."""

from collections.abc import Sequence

from ccloud_apply.fleet.store.database import Row, Transaction

CLAIM_S = 120.0
"""Seconds that whoever takes a row has to deliver it, before another one may."""

LONGEST_PAUSE_S = 3600.0
"""Seconds between two tries of a sink that has failed often."""


async def add_notification(
    tx: Transaction, *, sinks: Sequence[str], subject: str, event: str, at: float, body: str
) -> int:
    """Note that these sinks are to be told of a change of state, and give back how many are new.

    `subject` is who has changed (`ACCOUNT/STACK`), `event` to what (`drift`, `failing`, `stale`,
    ...), `at` since when: these three and the sink are the key, so that the same change is told
    once however often it is noted. `body` is the CloudEvent.
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


async def take_notifications(tx: Transaction, *, limit: int = 20) -> Sequence[Row]:
    """The oldest ones that are due, which nobody else takes for CLAIM_S seconds."""
    return await tx.fetch(
        "update outbox set attempts = attempts + 1,"
        " next = {now} + cast(:claim_s as double precision)"
        " where key in (select key from outbox where delivered_at is null and next <= {now}"
        " order by next limit :limit {skip_locked})"
        " returning key, sink, body, attempts, made_at",
        claim_s=CLAIM_S,
        limit=limit,
    )


async def end_notification(
    tx: Transaction, key: str, attempts: int, *, error: str | None, pause_s: float = 0.0
) -> None:
    """Note that it was delivered, or why not and in how many seconds it is tried again.

    `attempts` are those of the row that was taken: whoever was late, and whose row another one has
    taken meanwhile, changes nothing but a delivery that is certain.
    """
    if error is None:
        await tx.execute(
            "update outbox set delivered_at = {now}, error = null"
            " where key = :key and delivered_at is null",
            key=key,
        )
    else:
        await tx.execute(
            "update outbox set next = {now} + cast(:pause_s as double precision), error = :error"
            " where key = :key and attempts = :attempts and delivered_at is null",
            key=key,
            attempts=attempts,
            error=error,
            pause_s=pause_s,
        )


async def read_outbox_age(tx: Transaction) -> float | None:
    """Seconds that the oldest one is waiting which was not delivered; None if there is none."""
    row = await tx.fetch_one(
        "select {now} - min(made_at) as age from outbox where delivered_at is null"
    )
    return None if row is None or row["age"] is None else float(row["age"])
