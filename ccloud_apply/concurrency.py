"""Structured concurrency on top of asyncio: a task group, a bounded map, and work that blocks.

What the coroutines do does not belong here; waiting for something to show belongs to `clock.py`.
"""

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from threading import Lock
from typing import Generic, Protocol, TypeVar

_Item = TypeVar("_Item")
_Value = TypeVar("_Value")


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """An `asyncio.TaskGroup` that raises the first failure itself, not an exception group.

    The group cancels the other tasks and waits for them: nothing runs on behind an error.
    """
    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failures:
        failure = failures.exceptions[0]
    if failure is not None:
        raise failure


async def map_bounded(
    items: Iterable[_Item], work: Callable[[_Item], Awaitable[_Value]], limit: int
) -> list[_Value]:
    """The results of `work` for each item, in the items' order, with at most `limit` at a time.

    Work begins in the items' order. The first failure is raised at once: running work is
    cancelled, and what has not begun never begins. Raises ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError("the limit must be at least 1")
    todo = list(items)
    queue = iter(enumerate(todo))
    results: dict[int, _Value] = {}

    async def drain() -> None:
        for index, item in queue:
            results[index] = await work(item)

    async with task_group() as group:
        for _ in range(min(limit, len(todo))):
            group.create_task(drain())
    return [results[index] for index in range(len(todo))]


class OffLoop(Protocol):
    """Begins blocking work beside the event loop, and tells when it is over."""

    def __call__(self, work: Callable[[], _Value]) -> "asyncio.Future[_Value]":
        """The result of `work`, or what it raised. Work that has begun cannot be cancelled."""
        ...


class Revocable(Generic[_Value]):
    """Work that is done once at most, by whichever thread calls it first, and can be revoked."""

    def __init__(self, work: Callable[[], _Value]) -> None:
        self._work = work
        self._lock = Lock()
        self._is_over = False
        self._result: _Value | None = None
        self._failure: BaseException | None = None

    def __call__(self) -> _Value | None:
        """Its result, once it is done; None if it was revoked before. Raises what the work does."""
        with self._lock:
            if not self._is_over:
                self._is_over = True
                try:
                    self._result = self._work()
                except BaseException as failure:
                    self._failure = failure
        if self._failure is not None:
            raise self._failure
        return self._result

    def revoke(self) -> _Value | None:
        """Come back once nothing of it happens any more: with its result, or None if there is none.

        Blocks while it is under way.
        """
        with self._lock:
            self._is_over = True
            return self._result


def off_loop(work: Callable[[], _Value]) -> "asyncio.Future[_Value]":
    """Begin it in a thread of the running loop, which waits for it before it is closed.

    Raises OSError if the system starts no thread; work that is not revoked may be done later.
    """
    try:
        return asyncio.get_running_loop().run_in_executor(None, work)
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, "no thread can be started for it") from error
