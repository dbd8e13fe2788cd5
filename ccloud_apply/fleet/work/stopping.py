"""Ends a run when its worker stops or its lease is lost: at once while it only reads, and by asking
it to send nothing more once it changes something."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from ccloud_apply.model.results.plan import Plan

Value = TypeVar("Value")


class RunStopped(Exception):
    """The run has ended before it had changed anything."""


class Stopping:
    """What may stop one run. `executing` is what an apply enters around its changes."""

    def __init__(self, *events: asyncio.Event) -> None:
        self._events = events
        self._stop = asyncio.Event()
        self._is_executing = False
        self._has_cancelled = False

    @asynccontextmanager
    async def executing(self, plan: Plan) -> AsyncIterator[asyncio.Event]:
        """While inside, the event is set instead of cancelling."""
        self._is_executing = True
        try:
            yield self._stop
        finally:
            self._is_executing = False

    async def run(self, work: Awaitable[Value]) -> Value:
        """What the work gives. Raises RunStopped where it was cancelled for one of the events."""
        task = asyncio.ensure_future(work)
        watchers = [asyncio.create_task(self._watch(event, task)) for event in self._events]
        try:
            return await task
        except asyncio.CancelledError:
            if task.cancelled() and self._has_cancelled and not _is_cancelled():
                raise RunStopped from None
            raise
        finally:
            for watcher in watchers:
                watcher.cancel()
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _watch(self, event: asyncio.Event, task: "asyncio.Future[Value]") -> None:
        await event.wait()
        self._stop.set()
        if not self._is_executing:
            self._has_cancelled = True
            task.cancel()


def _is_cancelled() -> bool:
    """True if somebody wants the current task itself to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
