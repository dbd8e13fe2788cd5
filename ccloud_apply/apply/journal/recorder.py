"""The journal's interface: what a run records, wherever it is kept.

`journal.py` keeps it on disk. A service can keep it elsewhere, so every write is awaited.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from ccloud_apply.model.journal import Entry, EntryOutcome, Intent
from ccloud_apply.model.live.account import NOTHING


class Recorder(Protocol):
    """The journal of one stack, as a run uses it; `Journal` documents each part.

    A write is durable when it returns, wherever the journal is kept. It raises JournalError.
    """

    @property
    def was_found(self) -> bool: ...
    @property
    def entries(self) -> tuple[Entry, ...]: ...
    @property
    def open_entries(self) -> tuple[Entry, ...]: ...
    @property
    def unclosed_entries(self) -> tuple[Entry, ...]: ...
    @property
    def high_water_mark(self) -> int: ...
    @property
    def learnt(self) -> Mapping[str, Any]: ...
    @property
    def is_torn(self) -> bool: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...
    async def begin_run(self, *, high_water_mark: int = 0) -> None: ...
    async def write_intent(self, intent: Intent) -> int: ...
    async def write_accepted(self, number: int, task_id: int) -> None: ...
    async def write_ended(
        self,
        number: int,
        outcome: EntryOutcome,
        *,
        hostname: str | None = None,
        error: str | None = None,
    ) -> None: ...
    async def write_learnt(self, number: int, learnt: Mapping[str, Any]) -> None: ...
    async def write_closed(self, number: int) -> None: ...
    def close(self) -> None: ...


class NoJournal:
    """A journal that records nothing, for an apply without one."""

    was_found = False
    entries: tuple[Entry, ...] = ()
    open_entries: tuple[Entry, ...] = ()
    unclosed_entries: tuple[Entry, ...] = ()
    high_water_mark = 0
    learnt: Mapping[str, Any] = NOTHING
    is_torn = False
    warnings: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._last_number = 0

    async def begin_run(self, *, high_water_mark: int = 0) -> None:
        """Nothing."""

    async def write_intent(self, intent: Intent) -> int:
        """A number that was not given before."""
        self._last_number += 1
        return self._last_number

    async def write_accepted(self, number: int, task_id: int) -> None:
        """Nothing."""

    async def write_ended(
        self,
        number: int,
        outcome: EntryOutcome,
        *,
        hostname: str | None = None,
        error: str | None = None,
    ) -> None:
        """Nothing."""

    async def write_learnt(self, number: int, learnt: Mapping[str, Any]) -> None:
        """Nothing."""

    async def write_closed(self, number: int) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
