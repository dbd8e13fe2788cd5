"""What follows if the clock of the database is set back: what it wrote lies ahead of it."""

from collections.abc import Mapping

from ccloud_apply.fleet.store.database import Transaction

AHEAD_S = 60.0
"""A tick that lies so many seconds ahead was made by a clock that was set back since. Clocks that
run a little differently are not meant: what they wrote is waited for."""

_MOVED: Mapping[str, tuple[str, ...]] = {
    "account": ("tat", "closed_until", "sweep_due", "swept_at", "queued_until"),
    "source": ("polled_at", "due", "queued_until", "asked_at"),
    "stack": ("state_since", "seen_at", "stale_told", "due", "queued_until"),
    "lease": ("until",),
    "slot": ("until",),
    "run": ("started", "ended"),
    "plan": ("made_at", "decided_at"),
    "report": ("made_at",),
    "outbox": ("made_at", "next", "delivered_at"),
    "worker": ("started", "seen_at"),
    "session": ("until",),
    "tick": ("cleaned_at",),
}
"""All moments but those that somebody has named or that are a record: pauses, approvals, audit."""


async def move_back(tx: Transaction, by_s: float) -> None:
    """Move what lies ahead of the clock by so many seconds: else nothing would be due until then,
    dead workers would live, and what was seen long ago would be new."""
    for table, columns in _MOVED.items():
        for column in columns:
            await tx.execute(
                f"update {table} set {column} = {column} - cast(:by_s as double precision)"
                f" where {column} > {{now}}",
                by_s=by_s,
            )
