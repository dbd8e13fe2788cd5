"""Sends a request until it succeeds or fails for good: retries and throttling.

Tokens, pages and values do not belong here. What may be retried is decided in `retry.py`, how many
requests may be under way in `level.py`.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from types import MappingProxyType

from ccloud_apply.api.connection import Connection
from ccloud_apply.api.http.admission import Admission
from ccloud_apply.api.http.counted import note_request
from ccloud_apply.api.http.door import Door, NoResponse, RawResponse
from ccloud_apply.api.http.error_mapping import build_error, build_heading
from ccloud_apply.api.http.exchange import Call, build_request
from ccloud_apply.api.http.level import Level
from ccloud_apply.api.http.permits import NoPermits, Permits
from ccloud_apply.api.http.redaction import Secrets
from ccloud_apply.api.http.reply import ErrorStatus, Malformed, Success, read_reply
from ccloud_apply.api.http.retry import (
    FAILURE_BACKOFF,
    MAX_RETRY_AFTER_S,
    THROTTLE_BACKOFF,
    AttemptResult,
    is_overload,
    is_throttled,
    may_have_acted,
    may_repeat,
    read_reset_after,
    read_retry_after,
)
from ccloud_apply.api.http.waits import Waits
from ccloud_apply.clock import Clock

THROTTLES_PER_RETRY = 3
"""A 429 says nothing about the request itself, so more of them are allowed than failures."""

_MAX_CHECKS = 10
"""How often one attempt is checked anew because the API asked for a pause during its check."""

_is_checking: ContextVar[bool] = ContextVar("is_checking", default=False)
"""True for what is read for a request that was admitted: it could wait for ever for a second place.
"""


class RateLimitGate:
    """Holds back every request of the client while the API asks for a pause."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._opens_at = 0.0

    def close_for(self, seconds: float) -> None:
        """Let no request pass for this many seconds."""
        self._opens_at = max(self._opens_at, self._clock.monotonic() + seconds)

    @property
    def is_open(self) -> bool:
        """True if a request may pass now."""
        return self._opens_at <= self._clock.monotonic()

    async def wait(self) -> None:
        """Return once the gate is open."""
        while (seconds := self._opens_at - self._clock.monotonic()) > 0:
            await self._clock.sleep(seconds)


class Transport:
    """Sends calls, as many at a time as the level allows, and counts what it sends."""

    def __init__(
        self,
        connection: Connection,
        door: Door,
        clock: Clock,
        random: Callable[[], float],
        permits: Permits | None = None,
    ) -> None:
        self._connection = connection
        self._door = door
        self._clock = clock
        self._random = random
        self.admission = Admission(Level(connection.concurrency))
        self._gate = RateLimitGate(clock)
        self._permits = permits or NoPermits()
        self._counts: Counter[str] = Counter()
        self.waits = Waits(clock)
        self.secrets = Secrets(connection.client_secret, connection.token)

    @property
    def requests_by_operation(self) -> Mapping[str, int]:
        """How many requests were sent, including retries, by operation id."""
        return MappingProxyType(self._counts)

    async def send(self, call: Call, *, maybe_done: bool = False) -> Success:
        """The success of a call, after as many attempts as it takes.

        Raises an ApiError whose `maybe_done` covers every attempt: a write whose first attempt got
        no response may have happened, even if its retry was never sent. `maybe_done` says so of
        attempts before this call.
        """
        failures = throttles = 0
        since = self._clock.monotonic()
        while True:
            result = await self._attempt(call, is_repeated=failures > 0)
            if isinstance(result, Success):
                return result
            if maybe_done and _is_deleted_by_then(call, result):
                return Success(value=None)
            maybe_done = maybe_done or may_have_acted(call.operation, result)
            retry_after_s = self._read_retry_after(result)
            if is_throttled(result):
                throttles += 1
                may_go_on = throttles <= THROTTLES_PER_RETRY * self._connection.retries
            else:
                failures += 1
                may_go_on = may_repeat(call.operation, result)
                may_go_on = may_go_on and failures <= self._connection.retries
            if not may_go_on or (retry_after_s or 0) > MAX_RETRY_AFTER_S:
                raise self._build_error(call, result, maybe_done, retry_after_s)
            wait_s = self._find_wait(result, throttles or failures, retry_after_s)
            self.waits.before_retry(build_heading(call), result, wait_s=wait_s, since=since)
            await self._pause(result, wait_s)

    async def _attempt(self, call: Call, *, is_repeated: bool) -> AttemptResult:
        # What is checked for a request that was admitted may wait for a token that others get.
        if _is_checking.get() or call.operation.id == "create_token":
            answer = await self._send_when_due(call, is_repeated=is_repeated)
        else:
            async with self.admission:
                answer = await self._send_when_due(call, is_repeated=is_repeated)
        if isinstance(answer, NoResponse):
            return answer
        if call.on_response is not None:
            call.on_response(answer)
        # After the last request of the window, the next one would only get a 429.
        reset_s = read_reset_after(answer.headers, self._clock.now())
        if reset_s and answer.status != HTTPStatus.TOO_MANY_REQUESTS:  # a 429 is told by its retry
            self.waits.before_reset(build_heading(call), reset_s)
        if reset_s:
            await self._close_for(reset_s)
        reply = read_reply(call.operation, answer)
        if isinstance(reply, Success) and call.operation.id != "create_token":
            masked = self.secrets.mask_answer(reply.value, answer.content)
            return reply if masked is reply.value else replace(reply, value=masked)
        return reply

    async def _send_when_due(self, call: Call, *, is_repeated: bool) -> RawResponse | NoResponse:
        if not await self._wait_until_due(call):
            return _NO_TIME
        return await self._send_now(call, is_repeated=is_repeated)

    async def _send_now(self, call: Call, *, is_repeated: bool) -> RawResponse | NoResponse:
        """Send it, and let its answer count for the level."""
        self._counts[call.operation.id] += 1
        note_request(call.operation.id)
        level, timeout_s = self.admission.level, self._connection.timeout_s
        halvings, begin = level.halvings, self._clock.monotonic()
        with self.waits.watching(partial(build_heading, call), timeout_s):
            request = build_request(self._connection.endpoint, call, is_repeated=is_repeated)
            answer = await self._door.send(request, timeout_s=timeout_s)
        if is_overload(answer):
            level.add_overload(halvings=halvings)
        elif isinstance(answer, RawResponse):
            level.add_answer(
                call.operation.id,
                self._clock.monotonic() - begin,
                halvings=halvings,
                is_full=self.admission.is_full,
            )
        return answer

    async def _wait_until_due(self, call: Call) -> bool:
        """Wait for a permit and the gate, then check; False if each check was followed by another
        pause.

        What is checked has to be true when the request leaves, so nothing is waited for after it.
        """
        await self._permits.acquire()
        await self._gate.wait()
        if call.before_each is None:
            return True
        for _ in range(_MAX_CHECKS):
            token = _is_checking.set(True)
            try:
                await call.before_each()
            finally:
                _is_checking.reset(token)
            if self._gate.is_open:
                return True
            await self._gate.wait()
        return False

    def _find_wait(self, result: AttemptResult, count: int, retry_after_s: float | None) -> float:
        """Seconds to the next attempt."""
        if is_throttled(result):
            usual = THROTTLE_BACKOFF.wait_s(count, self._random())
            return usual if retry_after_s is None else retry_after_s
        return max(FAILURE_BACKOFF.wait_s(count, self._random()), retry_after_s or 0)

    async def _pause(self, result: AttemptResult, wait_s: float) -> None:
        if is_throttled(result):
            # The limit is the account's, so every other request would get a 429 as well.
            await self._close_for(wait_s)
        else:
            await self._clock.sleep(wait_s)

    async def _close_for(self, seconds: float) -> None:
        self._gate.close_for(seconds)
        await self._permits.close_for(seconds)

    def _read_retry_after(self, result: AttemptResult) -> float | None:
        if not isinstance(result, ErrorStatus):
            return None
        return read_retry_after(result.headers, self._clock.now())

    def _build_error(
        self,
        call: Call,
        result: ErrorStatus | Malformed | NoResponse,
        maybe_done: bool,
        retry_after_s: float | None,
    ) -> Exception:
        return build_error(
            call, result, maybe_done=maybe_done, retry_after_s=retry_after_s, secrets=self.secrets
        )


_NO_TIME = NoResponse(
    why="the API's rate limit leaves no room for a request and the check before it",
    was_sent=False,
    is_final=True,
    hint="run the command again when others use the account less",
)


def _is_deleted_by_then(call: Call, result: AttemptResult) -> bool:
    """True for the 404 of a retried DELETE: an earlier attempt had deleted the resource."""
    return (
        call.operation.method == "DELETE"
        and isinstance(result, ErrorStatus)
        and result.status == 404
    )
