"""The permits of one account that all workers share, for the client of one process.

They are taken in batches, for a tenth of a second at most: the row is locked for each round trip.
Permits are no truth. Where the database cannot be asked, requests keep the same pace alone.
"""

import asyncio
from collections import deque
from math import ceil

from ccloud_apply.clock import Clock
from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.permits import (
    NONE,
    Granted,
    close_account,
    read_closed,
    take_permits,
)

BATCH_S = 0.1
"""A batch has the permits for so many seconds, and one at least."""

STALE_S = 1.0
"""A permit that is older is not used: many of those at once would be more than the account takes.
As old may be what is known of a pause, where the account takes any number of requests."""


class StorePermits:
    """Implements `Permits`. `requests_per_second` is None where only pauses are shared."""

    def __init__(
        self,
        database: Database,
        account: str,
        clock: Clock,
        *,
        requests_per_second: float | None = None,
    ) -> None:
        self._database = database
        self._account = account
        self._clock = clock
        self._rate = requests_per_second
        self._turn = asyncio.Lock()  # first come, first served
        self._moments: deque[float] = deque()
        self._last_s = 0.0
        self._opens_s = 0.0
        self._asked_s: float | None = None

    async def acquire(self) -> None:
        """Return once one more request may leave."""
        # Who waits keeps the turn, so that this process has one batch ahead of it at most: the
        # others get theirs in between, and a worker that dies takes no more with it.
        async with self._turn:
            moment_s = await self._next_moment()
            while (wait_s := max(moment_s, self._opens_s) - self._clock.monotonic()) > 0:
                await self._clock.sleep(wait_s)

    async def close_for(self, seconds: float) -> None:
        """No request may leave for so many seconds, whoever sends it."""
        self._opens_s = max(self._opens_s, self._clock.monotonic() + seconds)
        try:
            async with self._database.write() as tx:
                await close_account(tx, self._account, seconds=seconds)
        except StoreError:
            pass  # the others will be told by the API

    async def _next_moment(self) -> float:
        now_s = self._clock.monotonic()
        if self._rate is None:
            if self._asked_s is None or now_s - self._asked_s > STALE_S:
                self._asked_s = now_s
                self._note(now_s, await self._ask(0.0))
            return now_s
        while self._moments and self._moments[0] < now_s - STALE_S:
            self._moments.popleft()
        if not self._moments:
            await self._take(self._rate)
        self._last_s = self._moments.popleft()
        return self._last_s

    async def _take(self, rate: float) -> None:
        count = max(1, ceil(rate * BATCH_S - 1e-9))
        granted = await self._ask(count / rate)
        now_s = self._clock.monotonic()
        self._note(now_s, granted)
        begin_s = now_s + granted.begins_s
        if granted is NONE:  # not told by the database: not faster than it would be all the same
            begin_s = max(now_s, self._last_s + 1 / rate)
        self._moments.extend(begin_s + number / rate for number in range(count))

    async def _ask(self, seconds: float) -> Granted:
        try:
            if self._rate is None:
                async with self._database.read() as tx:
                    return await read_closed(tx, self._account)
            async with self._database.write() as tx:
                return await take_permits(tx, self._account, seconds=seconds)
        except StoreError:
            return NONE

    def _note(self, now_s: float, granted: Granted) -> None:
        self._opens_s = max(self._opens_s, now_s + granted.closed_s)
