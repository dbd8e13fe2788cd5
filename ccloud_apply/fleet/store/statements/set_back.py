"""What has to be noted when the database's clock was set back, as after a start with a wrong date:
what was noted by the later clock would be due, end or count only when that moment comes again."""

from ccloud_apply.fleet.store.database import Transaction

_LATEST = (
    ("stack", "due", "{now} + every"),
    ("stack", "queued_until", "{now}"),
    ("stack", "seen_at", "{now}"),
    ("stack", "state_since", "{now}"),
    ("account", "sweep_due", "{now} + sweep_every"),
    ("account", "queued_until", "{now}"),
    ("account", "swept_at", "{now}"),
    ("account", "tat", "{now}"),
    ("account", "closed_until", "{now}"),
    ("source", "due", "{now} + poll_every"),
    ("source", "queued_until", "{now}"),
    ("source", "polled_at", "{now}"),
    ("source", "asked_at", "{now}"),
    # Who has one may live, and believes in it for as long as it was taken: an hour at most.
    ("lease", "until", "{now} + 3600"),
    ("slot", "until", "{now} + 3600"),
    ("run", "started", "{now}"),
    ("run", "ended", "{now}"),
    ("plan", "decided_at", "{now}"),
    ("outbox", "next", "{now}"),
    ("worker", "seen_at", "{now}"),
    ("tick", "cleaned_at", "{now}"),
)
"""Table, column, and the latest moment that it may hold."""


async def bring_to_clock(tx: Transaction) -> None:
    """Have nothing later in the tables than it can be by the clock that counts now."""
    for table, column, latest in _LATEST:
        await tx.execute(f"update {table} set {column} = {latest} where {column} > {latest}")
