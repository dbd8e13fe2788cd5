"""Writes that are ready together share one transaction, in the order in which they come.

As `apply/journal/group_commit.py`, for a write that is a coroutine.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class Batches(Generic[_Item]):
    """Brings items to the database. `write` puts several of them there, all or none, and is never
    called twice at a time; whoever is cancelled meanwhile does not take an item back."""

    def __init__(self, write: Callable[[Sequence[_Item]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[tuple[_Item, asyncio.Future[None]]] = []
        self._batch: list[tuple[_Item, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    def put(self, item: _Item) -> "asyncio.Future[None]":
        """Have it written. The future is done once it is durable, or has what `write` raises."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, waiter))
        if self._writing is None:
            self._start()
        return waiter

    async def finish(self) -> None:
        """Come back once all that was put is written or has failed."""
        while self._writing is not None:
            # From Python 3.12 a gather of a task that has ended may return without a turn of the
            # event loop: `_end` would never be called, and this would spin.
            await asyncio.wait({self._writing})

    def _start(self) -> None:
        self._writing = asyncio.create_task(self._drain())
        self._writing.add_done_callback(self._end)  # also if it is cancelled before it begins

    async def _drain(self) -> None:
        while self._waiting:
            self._batch, self._waiting = self._waiting, []
            failure: Exception | None = None
            try:
                await self._write([item for item, _ in self._batch])
            except Exception as error:
                failure = error
            for _, waiter in self._batch:
                if waiter.done():
                    continue  # it was cancelled
                if failure is None:
                    waiter.set_result(None)
                else:
                    waiter.set_exception(failure)

    def _end(self, writing: "asyncio.Task[None]") -> None:
        self._writing = None
        if not writing.cancelled():
            if self._waiting:  # they have come since its last look
                self._start()
            return
        left, self._waiting, self._batch = (*self._batch, *self._waiting), [], []
        for _, waiter in left:
            waiter.cancel()  # or who waits would wait for ever
