"""Says what is waited for, once a wait has become noticeable. When to wait belongs to `retry.py`.

At most one line stands for each moment: every other request of the client waits for the same.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from ccloud_apply.api.http.door import NoResponse
from ccloud_apply.api.http.reply import ErrorStatus, Malformed
from ccloud_apply.clock import Clock

TOLD_FROM_S = 5.0
"""Seconds from which on one wait is worth a line."""

SILENT_S = 10.0
"""Seconds after which one request that is not done is worth a line, however short each wait is."""

Tell = Callable[[str], None]


class Waits:
    """Tells a listener about waits; without one, nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told_until = 0.0
        self.listener: Tell | None = None

    def before_retry(
        self,
        heading: str,
        result: ErrorStatus | Malformed | NoResponse,
        *,
        wait_s: float,
        since: float,
    ) -> None:
        """An attempt has failed, and the next one comes in `wait_s` seconds; `since` is when the
        first one began."""
        if self._is_noticeable(wait_s, since):
            self._tell(f"{heading}: {_name(result)}; trying again in {_round(wait_s)} s", wait_s)

    def before_reset(self, heading: str, wait_s: float) -> None:
        """The API's limit of requests is used up."""
        if self._is_noticeable(wait_s, self._clock.monotonic()):
            self._tell(
                f"{heading}: it was the last request that the API's limit allows; "
                f"the next one goes out in {_round(wait_s)} s",
                wait_s,
            )

    @contextmanager
    def watching(self, heading: Callable[[], str], timeout_s: float) -> Iterator[None]:
        """While one attempt is under way: says that no answer comes."""
        if self.listener is None or timeout_s <= SILENT_S:
            yield
            return

        def say() -> None:
            left_s = timeout_s - SILENT_S
            text = f"no answer for {SILENT_S:g} s; waiting {_round(left_s)} s more at most"
            if self._is_noticeable(left_s, self._clock.monotonic() - SILENT_S):
                self._tell(f"{heading()}: {text}", SILENT_S)

        handle = asyncio.get_running_loop().call_later(SILENT_S, say)
        try:
            yield
        finally:
            handle.cancel()

    def _is_noticeable(self, wait_s: float, since: float) -> bool:
        now = self._clock.monotonic()
        if self.listener is None or now < self._told_until:
            return False
        return wait_s >= TOLD_FROM_S or now + wait_s - since >= SILENT_S

    def _tell(self, text: str, wait_s: float) -> None:
        assert self.listener is not None
        # A little less than the wait: the next refusal comes when it is over.
        self._told_until = self._clock.monotonic() + max(wait_s * 0.9, TOLD_FROM_S)
        self.listener(text)


def _name(result: ErrorStatus | Malformed | NoResponse) -> str:
    if isinstance(result, NoResponse):
        return result.why
    if isinstance(result, Malformed):
        return f"{result.status}: {result.why}"
    try:
        return f"{result.status} {HTTPStatus(result.status).phrase}"
    except ValueError:
        return str(result.status)


def _round(seconds: float) -> str:
    return f"{seconds:.0f}" if seconds >= 1 else "1"
