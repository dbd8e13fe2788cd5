"""Coroutines side by side, failing as one. What they do does not belong here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def run_together() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises the first failure itself instead of a group of failures.

    The other tasks are cancelled and waited for, so nothing is left running behind an error.
    """
    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failures:
        failure = failures.exceptions[0]
    if failure is not None:
        raise failure
