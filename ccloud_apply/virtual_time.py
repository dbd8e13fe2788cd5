"""A day in a millisecond: an event loop whose time jumps to the next timer once nobody is busy.

For what runs in one process, without the network. What would hang for ever ends: with no timer left
and nothing to do, Deadlock.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

_Value = TypeVar("_Value")


class Deadlock(BaseException):
    """Everybody waits and nobody will come."""


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting for the next timer, moves the time there."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise Deadlock("everybody waits, and no timer is set")
        self.now += timeout
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


class VirtualClock:
    """A Clock on the running virtual loop; its day begins at `start`, aware, in UTC."""

    def __init__(self, start: datetime) -> None:
        self._start = start

    def now(self) -> datetime:
        """The time of day in the virtual world."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Virtual seconds since the loop began."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Come back after so many virtual seconds."""
        await asyncio.sleep(seconds)


def run_virtually(main: Coroutine[Any, Any, _Value]) -> _Value:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main)
