"""A worker whose coroutines can stand still although time goes on, as a process that is stopped.

It is frozen at one of its steps: at an await that has ended, and after which none of its tasks is
carried on for a while. What it has put on the wire goes on, as does everybody else. A worker can
also be killed at a step: then it does nothing ever again.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar
from dataclasses import dataclass
from typing import Any

_acting: ContextVar["Steps | None"] = ContextVar("acting", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Stand still at the nth step, counted from 1, for so many seconds; None: be killed there."""

    step: int
    seconds: float | None


class Steps:
    """Counts the steps of one worker, and lets it stand still."""

    def __init__(
        self,
        freezes: tuple[Freeze, ...] = (),
        on_step: Callable[[int], None] = lambda number: None,
    ) -> None:
        self.count = 0
        self.is_dead = False
        self.is_frozen = False
        self.frozen_s = 0.0
        """Seconds for which it has stood still so far."""
        self._freezes = {freeze.step: freeze.seconds for freeze in freezes}
        self._thawed = asyncio.Event()
        self._on_step = on_step

    def freeze(self, seconds: float | None) -> None:
        """Stand still from now on; None: for ever."""
        self.is_frozen = True
        self._thawed.clear()
        if seconds is None:
            self.is_dead = True
            return
        self.frozen_s += seconds
        asyncio.get_running_loop().call_later(seconds, self._thaw)

    async def until_thawed(self) -> None:
        """Return once it does not stand still; for ever for a dead one."""
        while self.is_frozen:
            await self._thawed.wait()

    def note_step(self) -> None:
        """One more step is about to be made."""
        self.count += 1
        self._on_step(self.count)
        if self.count in self._freezes:
            self.freeze(self._freezes.pop(self.count))

    def bury(self) -> None:
        """Nothing of it counts any more: what is left of a dead one can be taken apart."""
        self.is_frozen = False
        self._freezes.clear()
        self._thawed.set()

    def _thaw(self) -> None:
        self.is_frozen = self.is_dead
        self._thawed.set()


class _Stepwise:
    """Carries a coroutine on step by step, and none while its worker stands still."""

    def __init__(self, steps: Steps, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._steps = steps
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        error: BaseException | None = None
        value: Any = None
        while True:
            self._steps.note_step()
            while self._steps.is_frozen:
                try:
                    yield from self._steps.until_thawed().__await__()
                except asyncio.CancelledError as cancelled:
                    error = cancelled
            try:
                if error is not None:
                    thrown, error = error, None
                    yielded = self._coroutine.throw(thrown)
                else:
                    yielded = self._coroutine.send(value)
            except StopIteration as end:
                return end.value
            try:
                value = yield yielded
            except BaseException as caught:
                error = caught


async def _carry_on(steps: Steps, coroutine: Coroutine[Any, Any, Any]) -> Any:
    return await _Stepwise(steps, coroutine)


def _create_task(
    loop: asyncio.AbstractEventLoop, coroutine: Any, *, context: Context | None = None
) -> "asyncio.Task[Any]":
    steps = _acting.get() if context is None else context.get(_acting)
    if steps is None:
        return asyncio.Task(coroutine, loop=loop, context=context)
    task = asyncio.Task(_carry_on(steps, coroutine), loop=loop, context=context)
    task.add_done_callback(lambda _: coroutine.close())  # it may have ended before it began
    return task


def start(steps: Steps, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    """Begin a worker: this coroutine, and all tasks that it makes, stand still with it."""
    loop = asyncio.get_running_loop()
    loop.set_task_factory(_create_task)
    context = Context()
    context.run(_acting.set, steps)
    return loop.create_task(coroutine, context=context)
