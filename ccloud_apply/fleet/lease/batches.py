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
        self._writing: asyncio.Task[None] | None = None

    def put(self, item: _Item) -> "asyncio.Future[None]":
        """Have it written. The future is done once it is durable, or has what `write` raises."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, waiter))
        if self._writing is None:
            self._writing = asyncio.create_task(self._drain())
        return waiter

    async def finish(self) -> None:
        """Come back once all that was put is written or has failed."""
        while self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _drain(self) -> None:
        batch: list[tuple[_Item, asyncio.Future[None]]] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                failure: Exception | None = None
                try:
                    await self._write([item for item, _ in batch])
                except Exception as error:
                    failure = error
                for _, waiter in batch:
                    if waiter.done():
                        continue  # it was cancelled
                    if failure is None:
                        waiter.set_result(None)
                    else:
                        waiter.set_exception(failure)
        finally:
            self._writing = None
            for _, waiter in (*batch, *self._waiting):
                waiter.cancel()  # or who waits would wait for ever
            self._waiting = []
