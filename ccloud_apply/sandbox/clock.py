"""The emulator's clock: the machine's, or one that is moved by hand.

Nothing else in the emulator reads the time. How long a task takes belongs to
sandbox/rules/tasks.py.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ccloud_apply.lazy_dataclass import dataclass


class Clock(Protocol):
    """Tells the time as an aware UTC moment, and sleeps."""

    def now(self) -> datetime:
        """The present moment, UTC."""

    async def sleep(self, seconds: float) -> None:
        """Returns after this many seconds, to delay an answer."""


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
    """A clock that only moves by hand, so that a test can skip an hour of tasks.

    Instead of sleeping it awaits `on_sleep` with the seconds; without one, a sleep moves the clock.
    """

    start: datetime = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)
    on_sleep: Callable[[float], Awaitable[None]] | None = None
    _passed: timedelta = field(default=timedelta(0), init=False)

    def now(self) -> datetime:
        """The start plus all advances, UTC."""
        return self.start + self._passed

    def advance(self, seconds: float) -> None:
        """Moves the clock by this many seconds. Raises ValueError for a negative number."""
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
