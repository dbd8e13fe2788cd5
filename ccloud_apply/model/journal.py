"""What a journal says: which changes were sent, and what is known of each.

Values alone. How they are kept on a disk is `apply/journal/journal.py`, what an open one means for
the next run is decided there too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, field
from typing import Any, Literal

from ccloud_apply.lazy_dataclass import dataclass

EntryOutcome = Literal["done", "failed", "unknown"]

BASELINE_KEY = "rests_on"
"""The baseline's name in journals and in JSON. It is older than the field's name, and stays: this
version and earlier ones read each other's journals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A change that is about to be sent, with the facts that it rests on; never with a secret.

    `digest` stands for the request's body. `baseline` is plain JSON: what has to be compared later
    to tell whether the change happened. `closed_by` is the step that has to follow this one
    whatever happens (the start after a shutdown), `closes` the step that this one follows so.
    `override_window` is the reason that was given for not waiting for a window, None without one.
    """

    step: str
    server: str
    operation: str
    operation_id: str
    method: str
    path: str
    hostname: str | None
    digest: str
    baseline: Mapping[str, Any] = field(default_factory=dict)
    closed_by: str | None = None
    closes: str | None = None
    override_window: str | None = None


def encode_intent(intent: Intent) -> dict[str, Any]:
    """The intent as plain JSON, under the names that journals have."""
    return {
        BASELINE_KEY if name == "baseline" else name: value
        for name, value in asdict(intent).items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An intent and what came of it: no outcome yet, or one of three.

    `time` is when the intent was written (ISO 8601, UTC), `run` the apply that wrote it. The
    hostname is the intent's own until the change has brought another one. `is_closed` says that
    nothing has to follow any more although no step did it.
    """

    number: int
    run: str
    time: str
    intent: Intent
    task_id: int | None = None
    outcome: EntryOutcome | None = None
    hostname: str | None = None
    error: str | None = None
    is_closed: bool = False

    @property
    def is_open(self) -> bool:
        """True while nobody knows how it ended."""
        return self.outcome is None or self.outcome == "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalReading:
    """A journal as it was found. `damage` says what is wrong with it, if anything: then the
    entries are those before the damage. `is_torn`: its last record is not whole.
    """

    path: str
    stack: str
    account: str
    entries: tuple[Entry, ...] = ()
    is_torn: bool = False
    damage: str | None = None

    @property
    def unfinished(self) -> tuple[Entry, ...]:
        """What the next apply has to see to: the open entries and the unclosed ones."""
        unclosed = {entry.number for entry in find_unclosed(self.entries)}
        return tuple(e for e in self.entries if e.is_open or e.number in unclosed)


def find_unclosed(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that were done and whose closing step was not: a server that is still off."""
    entries = tuple(entries)
    closed = {
        (entry.intent.server, entry.intent.closes): entry.number
        for entry in entries
        if entry.intent.closes is not None and entry.outcome == "done"
    }
    return tuple(
        entry
        for entry in entries
        if entry.outcome == "done"
        and entry.intent.closed_by is not None
        and not entry.is_closed
        and closed.get((entry.intent.server, entry.intent.step), 0) < entry.number
    )
