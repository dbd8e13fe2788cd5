"""Virtual time: an event loop that jumps to its next timer as soon as no task can run.

A day passes in a millisecond. It only works in one process and without the network. Where real time
would hang for ever, with nothing to run and no timer set, it raises Deadlock. Work off the loop is
done at once: no virtual time passes meanwhile, and every run is the same.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

_Value = TypeVar("_Value")
_Arguments = TypeVarTuple("_Arguments")


class Deadlock(BaseException):
    """Every task waits, and no timer is set that could wake one."""


class _JumpingSelector(selectors.SelectSelector):
    """Moves the time to the next timer instead of waiting for it."""

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

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*_Arguments], _Value],
        *args: *_Arguments,
    ) -> "asyncio.Future[_Value]":
        future: asyncio.Future[_Value] = self.create_future()
        try:
            future.set_result(func(*args))
        except BaseException as error:  # as from a thread
            future.set_exception(error)
        return future


class VirtualClock:
    """A Clock on the running virtual loop. It begins at `start`, an aware moment in UTC."""

    def __init__(self, start: datetime) -> None:
        self._start = start

    def now(self) -> datetime:
        """The time of day in the virtual world."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Virtual seconds since the loop began."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Return after this many virtual seconds."""
        await asyncio.sleep(seconds)


def run_virtually(main: Coroutine[Any, Any, _Value]) -> _Value:
    """Run a coroutine to its end in virtual time. Raises Deadlock."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main)
