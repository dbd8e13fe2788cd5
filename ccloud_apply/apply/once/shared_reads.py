"""Reads of the server list for all changes that wait until they show, in as few requests as can be.

Whoever waits at a moment shares one read: all pages of the stack, or the list of each one's key,
whichever takes fewer requests. What a row proves does not belong here: that is `confirm.py`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import field

from ccloud_apply.api.http.pages import PAGE_SIZE
from ccloud_apply.apply.api import Api
from ccloud_apply.concurrency import task_group
from ccloud_apply.errors import ApiError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import key_tag, stack_tag

_MAX_DOUBTS = 3
"""After so many lists of a key that failed, or lacked what the stack's list showed right before, no
more of them are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What one read brought; `is_whole`: all that the list shows of the stack."""

    servers: tuple[LiveServer, ...]
    is_whole: bool


@dataclass(slots=True, kw_only=True)
class _Round:
    """A read that has not begun: for whom it is."""

    keys: set[str] = field(default_factory=set)
    is_whole: bool = False
    reading: "asyncio.Task[Listed] | None" = None


class SharedReads:
    """The reads of one apply. `sizes` are how many servers each stack had when it was planned."""

    def __init__(self, api: Api, sizes: Mapping[str, int]) -> None:
        self._api = api
        self._sizes = dict(sizes)
        self._next: dict[str, _Round] = {}
        self._running: dict[str, asyncio.Task[Listed]] = {}
        self._doubts = 0
        self._is_key_dear = False
        self.is_proven = False
        """True once a list of a key has shown a server that was awaited."""

    def expect_one_more(self, stack: str) -> None:
        """A server was created: the stack's list is going to show it."""
        self._sizes[stack] = self._sizes.get(stack, 0) + 1

    async def prove(self, key: str, hostname: str | None) -> None:
        """The stack's list has just shown a server that the list of its key lacked before: find out
        whether the latter was behind, or is of no use."""
        try:
            servers = await self._api.list_servers(tag=key_tag(key))
        except ApiError:
            servers = ()
        self.is_proven = any(server.hostname == hostname for server in servers)
        self._doubts += not self.is_proven

    async def read(self, stack: str, key: str, *, is_whole: bool = False) -> Listed:
        """The servers of the key, or of the whole stack, in a read that starts after this call.

        Others' servers may be among them. Callers of one stack share a read, and reads of a stack
        never overlap. Raises ApiError.
        """
        due = self._next.get(stack)
        if due is None:
            due = self._next[stack] = _Round()
            due.reading = asyncio.create_task(self._read_after_running(stack, due))
        due.keys.add(key)
        due.is_whole = due.is_whole or is_whole
        assert due.reading is not None
        return await asyncio.shield(due.reading)

    async def _read_after_running(self, stack: str, due: _Round) -> Listed:
        running = self._running.get(stack)
        if running is not None:
            await asyncio.wait([running])
        del self._next[stack]
        assert due.reading is not None
        self._running[stack] = due.reading
        try:
            if due.is_whole or not self._is_cheaper_by_key(stack, len(due.keys)):
                return await self._read_stack(stack)
            return await self._read_keys(due.keys)
        finally:
            if self._running.get(stack) is due.reading:
                del self._running[stack]

    def _is_cheaper_by_key(self, stack: str, keys: int) -> bool:
        if self._is_key_dear or self._doubts >= _MAX_DOUBTS:
            return False
        return keys < -(-self._sizes.get(stack, 0) // PAGE_SIZE)

    async def _read_stack(self, stack: str) -> Listed:
        servers = await self._api.list_servers(tag=stack_tag(stack))
        self._sizes[stack] = len(servers)
        return Listed(servers=servers, is_whole=True)

    async def _read_keys(self, keys: set[str]) -> Listed:
        try:
            async with task_group() as group:
                lists = [
                    group.create_task(self._api.list_servers(tag=key_tag(key)))
                    for key in sorted(keys)
                ]
        except ApiError:
            self._doubts += not self.is_proven
            raise
        rows = [server for one in lists for server in one.result()]
        # The filter may be none, or many stacks may have a server of this key.
        self._is_key_dear = self._is_key_dear or len(rows) > PAGE_SIZE * len(keys)
        servers = {server.id: server for server in rows}
        return Listed(servers=tuple(servers.values()), is_whole=False)

    async def close(self) -> None:
        """Cancel the reads that are under way."""
        waiting = [due.reading for due in self._next.values() if due.reading is not None]
        tasks = [*waiting, *self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
