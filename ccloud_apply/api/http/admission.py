"""Lets as many requests go at a time as the level allows, first come, first served.

How high that is belongs to `level.py`, what is sent to `transport.py`.
"""

import asyncio
from collections import deque

from ccloud_apply.api.http.level import Level


class Admission:
    """The requests under way, and those that wait until one may go."""

    def __init__(self, level: Level) -> None:
        self.level = level
        self.highest = 0
        """The most requests that were under way at a time."""
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def is_full(self) -> bool:
        """True if no other request may go now."""
        return self._under_way >= self.level.value

    async def __aenter__(self) -> None:
        """Entered once a request may go, and left when its answer is there."""
        if not self._waiting and not self.is_full:
            self._count()
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # it was let go, and goes no more
            raise

    async def __aexit__(self, *_error: object) -> None:
        self._leave()

    def _leave(self) -> None:
        self._under_way -= 1
        while self._waiting and not self.is_full:
            turn = self._waiting.popleft()
            if not turn.done():  # done: who waited was cancelled
                self._count()
                turn.set_result(None)

    def _count(self) -> None:
        self._under_way += 1
        self.highest = max(self.highest, self._under_way)
