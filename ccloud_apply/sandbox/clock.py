"""The emulator's time: one object, the machine's or moved by hand.

Nothing else in the emulator asks for the time. How long a task takes belongs to
sandbox/rules/tasks.py.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, as an aware UTC moment, and lets it pass."""

    def now(self) -> datetime:
        """The present moment, UTC."""

    async def sleep(self, seconds: float) -> None:
        """Comes back after so many seconds: an answer that is to be late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until it is moved: an hour of tasks passes in a test at once.

    `on_sleep` is awaited in place of every sleep, with its seconds; without it, the clock is moved.
    """

    start: datetime = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)
    on_sleep: Callable[[float], Awaitable[None]] | None = None
    _passed: timedelta = field(default=timedelta(0), init=False)

    def now(self) -> datetime:
        """The start plus everything that was advanced, UTC."""
        return self.start + self._passed

    def advance(self, seconds: float) -> None:
        """Lets so many seconds pass. Raises ValueError for a step back."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._passed += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Moves the clock, or asks `on_sleep` to."""
        if self.on_sleep is None:
            self.advance(seconds)
        else:
            await self.on_sleep(seconds)


def to_wire(moment: datetime) -> str:
    """A date-time as Laravel writes it: UTC, microseconds, a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_wire(text: str) -> datetime:
    """The moment that `to_wire` wrote."""
    return datetime.fromisoformat(text)
