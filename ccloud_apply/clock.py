"""Time: the Clock that every waiting function is given, and polling by that clock.

Nothing else in the product reads the time or sleeps. Virtual time is `virtual_time.py`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

_Value = TypeVar("_Value")


class Clock(Protocol):
    """The only access to time outside of this module."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; unlike the time of day they never jump."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after this many seconds."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def elapsed_s(clock: Clock) -> float:
    """Seconds since an arbitrary start, with those in which the machine was suspended.

    Those count wherever somebody else goes on meanwhile. A clock that is not the machine's, and a
    system that does not tell, have `monotonic` alone.
    """
    if isinstance(clock, SystemClock) and hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return clock.monotonic()


async def poll_until(
    observe: Callable[[], Awaitable[_Value | None]],
    *,
    clock: Clock,
    timeout_s: float,
    pause: Callable[[float], float],
    give_up: Callable[[float], _Value],
    before_wait: Callable[[], None] | None = None,
) -> _Value:
    """Call `observe` until it returns a value other than None, and return that.

    `pause` gives the seconds to the next call, from the seconds since the first. Every pause is
    slept in full: the last call comes at the end of `timeout_s` or up to one pause later. Then
    `give_up` is called with the seconds waited: what it returns is returned, what it raises says
    what is missing. `before_wait` is called once, before the first pause. Whatever `observe` raises
    ends the polling; one that may fail for a while has to catch that itself.
    """
    start = clock.monotonic()
    while (found := await observe()) is None:
        waited_s = clock.monotonic() - start
        if waited_s >= timeout_s:
            return give_up(waited_s)
        if before_wait is not None:
            before_wait()
            before_wait = None
        await clock.sleep(pause(waited_s))
    return found
