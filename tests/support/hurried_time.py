"""Time for a command within this process, which passes at once where nothing is done meanwhile.

Where everything in the process waits for a timer, the time jumps to it: a pause before a retry
takes none, and on a busy machine nothing is late for it. The embedded API goes by the same time.
While another program, a thread or a connection may do something, time is the machine's.
"""

import asyncio
import selectors
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

import pytest

from ccloud_apply import clock as product
from ccloud_apply.sandbox import clock as sandbox

_Value = TypeVar("_Value")
_Arguments = TypeVarTuple("_Arguments")


class HurriedTime:
    """The machine's time, and what was skipped of it since this was made."""

    def __init__(self) -> None:
        self.skipped_s = 0.0
        self._threads = _count_threads()

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.skipped_s)

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped_s

    def is_alone(self) -> bool:
        """Whether no thread was started since this was made."""
        return _count_threads() <= self._threads

    def run(self, main: Coroutine[Any, Any, _Value], **options: Any) -> _Value:
        """As `asyncio.run`."""
        with asyncio.Runner(loop_factory=lambda: _HurriedLoop(self), **options) as runner:
            return runner.run(main)

    def rule(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the product and the embedded API go by this time."""
        monkeypatch.setattr(asyncio, "run", self.run)
        monkeypatch.setattr(product.SystemClock, "now", lambda _: self.now())
        monkeypatch.setattr(product.SystemClock, "monotonic", lambda _: self.monotonic())
        monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)  # skips nothing
        monkeypatch.setattr(sandbox.RealClock, "now", lambda _: self.now())


def _count_threads() -> int:
    return sum(not thread.name.startswith("asyncio_") for thread in threading.enumerate())


class _HurriedSelector(selectors.DefaultSelector):
    def __init__(self, may_skip: Callable[[], bool], skip: Callable[[float], None]) -> None:
        super().__init__()
        self._may_skip = may_skip
        self._skip = skip

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(0)
        # The one that is always there wakes the loop from elsewhere.
        if ready or len(self.get_map()) > 1 or not self._may_skip():
            return ready or super().select(timeout)
        self._skip(timeout)
        return []


class _HurriedLoop(asyncio.SelectorEventLoop):
    def __init__(self, hurried: HurriedTime) -> None:
        self._hurried = hurried
        self._at_work = 0
        self._has_started_programs = False
        super().__init__(_HurriedSelector(self._may_skip, self._skip))

    def time(self) -> float:
        return self._hurried.monotonic()

    def _may_skip(self) -> bool:
        return not (self._at_work or self._has_started_programs) and self._hurried.is_alone()

    def _skip(self, seconds: float) -> None:
        self._hurried.skipped_s += seconds

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*_Arguments], _Value],
        *args: *_Arguments,
    ) -> "asyncio.Future[_Value]":
        self._at_work += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._note_done)
        return future

    def _note_done(self, _: object) -> None:
        self._at_work -= 1

    async def subprocess_exec(self, *args: Any, **kwargs: Any) -> Any:
        self._has_started_programs = True
        return await super().subprocess_exec(*args, **kwargs)

    async def subprocess_shell(self, *args: Any, **kwargs: Any) -> Any:
        self._has_started_programs = True
        return await super().subprocess_shell(*args, **kwargs)
