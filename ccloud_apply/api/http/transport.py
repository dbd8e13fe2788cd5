"""One request until it has an answer: repetition, throttling, how many at a time.

What a request means (tokens, pages, values) does not belong here; nor does the decision what may be
sent again (`retry.py`).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ccloud_apply.api.connection import Connection
from ccloud_apply.api.http.error_mapping import build_error
from ccloud_apply.api.http.exchange import Call, Lost, send_once
from ccloud_apply.api.http.pool import Pool
from ccloud_apply.api.http.reply import Done, Garbled, Refused, read_reply
from ccloud_apply.api.http.retry import (
    MAX_WISH_S,
    THROTTLED,
    TROUBLE,
    Outcome,
    is_throttled,
    may_have_acted,
    may_repeat,
    read_exhausted,
    read_retry_after,
)
from ccloud_apply.clock import Clock

THROTTLES_PER_RETRY = 3
"""Being throttled says nothing about the request, so it may happen more often than trouble."""


class Gate:
    """Closed while the API asks for a pause; every request of the client waits before it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._opens_at = 0.0

    def close_for(self, seconds: float) -> None:
        """Let nothing through for so many seconds."""
        self._opens_at = max(self._opens_at, self._clock.monotonic() + seconds)

    async def wait(self) -> None:
        """Come back once it is open."""
        while (seconds := self._opens_at - self._clock.monotonic()) > 0:
            await self._clock.sleep(seconds)


class Transport:
    """Sends calls, at most `concurrency` at a time, and counts what it sends."""

    def __init__(
        self, connection: Connection, pool: Pool, clock: Clock, random: Callable[[], float]
    ) -> None:
        self._connection = connection
        self._pool = pool
        self._clock = clock
        self._random = random
        self._slots = asyncio.Semaphore(connection.concurrency)
        self._gate = Gate(clock)
        self._counts: Counter[str] = Counter()

    @property
    def requests_by_operation(self) -> Mapping[str, int]:
        """How many requests were sent, repetitions included, by operation id."""
        return MappingProxyType(self._counts)

    async def send(self, call: Call) -> Any:
        """The JSON value of a success, None where it is empty.

        Raises an ApiError whose `maybe_done` counts every attempt: a write that was lost once and
        then could not be sent again may still have happened.
        """
        maybe_done = False
        troubles = throttles = 0
        while True:
            if call.before_each is not None:
                await call.before_each()
            outcome = await self._attempt(call)
            if isinstance(outcome, Done):
                return outcome.value
            if maybe_done and _is_deleted_by_then(call, outcome):
                return None
            maybe_done = maybe_done or may_have_acted(call.operation, outcome)
            wish_s = self._read_wish(outcome)
            if is_throttled(outcome):
                throttles += 1
                may_go_on = throttles <= THROTTLES_PER_RETRY * self._connection.retries
            else:
                troubles += 1
                may_go_on = may_repeat(call.operation, outcome)
                may_go_on = may_go_on and troubles <= self._connection.retries
            if not may_go_on or (wish_s or 0) > MAX_WISH_S:
                raise self._build_error(call, outcome, maybe_done, wish_s)
            await self._pause(outcome, throttles or troubles, wish_s)

    async def _attempt(self, call: Call) -> Outcome:
        async with self._slots:
            await self._gate.wait()
            self._counts[call.operation.id] += 1
            answer = await send_once(
                self._pool,
                self._connection.endpoint,
                call,
                timeout_s=self._connection.timeout_s,
            )
        if isinstance(answer, Lost):
            return answer
        # That was the last request of the window: the next one would only be refused.
        self._gate.close_for(read_exhausted(answer.headers, self._clock.now()))
        return read_reply(call.operation, answer)

    async def _pause(self, outcome: Outcome, count: int, wish_s: float | None) -> None:
        if is_throttled(outcome):
            # The limit is the account's, not the request's: whoever is next would be refused too.
            wait_s = THROTTLED.wait_s(count, self._random()) if wish_s is None else wish_s
            self._gate.close_for(wait_s)
        else:
            await self._clock.sleep(max(TROUBLE.wait_s(count, self._random()), wish_s or 0))

    def _read_wish(self, outcome: Outcome) -> float | None:
        if not isinstance(outcome, Refused):
            return None
        return read_retry_after(outcome.headers, self._clock.now())

    def _build_error(
        self, call: Call, outcome: Refused | Garbled | Lost, maybe_done: bool, wish_s: float | None
    ) -> Exception:
        secrets = filter(None, (self._connection.client_secret, self._connection.token))
        return build_error(
            call, outcome, maybe_done=maybe_done, retry_after_s=wish_s, secrets=secrets
        )


def _is_deleted_by_then(call: Call, outcome: Outcome) -> bool:
    """True for a DELETE that was repeated and finds nothing: the lost attempt had done it."""
    return (
        call.operation.method == "DELETE" and isinstance(outcome, Refused) and outcome.status == 404
    )
