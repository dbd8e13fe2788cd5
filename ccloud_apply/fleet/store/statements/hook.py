"""What a hook does: its source is polled now."""

from ccloud_apply.fleet.store.database import Transaction

PAUSE_S = 5.0
"""Seconds between two polls of a source that hooks ask for: many hooks are one poll."""


async def wake_source(tx: Transaction, name: str) -> bool:
    """Make the source due now, or `PAUSE_S` after it was polled last; True if that is sooner than
    it would have been.

    A poll that is under way may have asked the host before the push: it sees that it was asked for
    again meanwhile (`set_polled`).
    """
    await tx.execute(
        "update source set asked_at = {now} where name = :name and is_configured = 1", name=name
    )
    count = await tx.execute(
        "update source set queued_until = null, due = case"
        " when polled_at is not null and polled_at + cast(:pause as double precision) > {now}"
        " then polled_at + cast(:pause as double precision) else {now} end"
        " where name = :name and is_configured = 1 and due > {now}"
        " and (polled_at is null or due > polled_at + cast(:pause as double precision))",
        name=name,
        pause=PAUSE_S,
    )
    return count > 0
