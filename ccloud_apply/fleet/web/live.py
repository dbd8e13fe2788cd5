"""Server-sent events: the parts of a page that have changed, as HTML.

Whoever writes to the tables need not say so: each stream reads what its page shows, again and
again, and compares. A stream ends by itself after a while, so that whoever may no longer see the
page loses it; browsers ask again, and say what they have got (`Last-Event-ID`).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.web.pages.frame import Part
from ccloud_apply.lazy_dataclass import dataclass

ReadParts = Callable[[], Awaitable[Sequence[Part] | None]]
"""What the page shows by now; None if there is no such page any more."""

_RETRY_MS = 2000

_CROWD = 20
"""More streams than that look less often, so that all of them together take a quarter of a
processor with 10,000 stacks, and the workers of the process have the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds: between two looks, until a quiet stream sends a sign of life, until it ends. Whoever
    signs out, or loses a role, sees what changes for so long at most."""

    look_s: float = 2.0
    sign_s: float = 15.0
    life_s: float = 60.0


class Streams:
    """The streams of a process: counted, and ended when it stops. `open` is how many there are."""

    def __init__(self, *, pace: Pace | None = None, most: int = 200) -> None:
        self._pace = pace or Pace()
        self._most = most
        self.open = 0
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End all of them, so that a server that waits for its answers can stop."""
        self._stopping.set()

    def answer(self, request: Request, read: ReadParts) -> Response:
        """A stream of what changes; 503 where there are too many. Who asks for its head alone gets
        no stream."""
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        if self.open >= self._most or self._stopping.is_set():
            return PlainTextResponse("too many pages are open\n", status_code=503)
        seen = request.headers.get("last-event-id") or request.query_params.get("at") or ""
        return _Stream(self, self._send(read, seen))

    async def _send(self, read: ReadParts, seen: str) -> AsyncIterator[str]:
        # The first line follows the first look: whoever has read it knows that the stream tells
        # each later change by itself.
        loop = asyncio.get_running_loop()
        started = quiet_since = loop.time()
        known: dict[str, object] | None = None
        parts = await _try(read)
        yield f"retry: {_RETRY_MS}\n\n"
        while True:
            if parts is not None:
                fresh = _find_fresh(parts, known, seen)
                known = {part.id: part.key for part in parts}
                if fresh:
                    yield _event(fresh, fingerprint(parts))
                    quiet_since = loop.time()
            if loop.time() - quiet_since >= self._pace.sign_s:
                yield ": still here\n\n"
                quiet_since = loop.time()
            if await self._pause() or loop.time() - started >= self._pace.life_s:
                return
            parts = await _try(read)

    async def _pause(self) -> bool:
        """Wait for the next look; True if there is none."""
        crowd = max(1.0, self.open / _CROWD)
        try:
            await asyncio.wait_for(self._stopping.wait(), self._pace.look_s * crowd)
        except TimeoutError:
            return False
        return True


class _Stream(StreamingResponse):
    """Counts as open from the moment at which it is answered. What it sends begins only once the
    loop comes to it, and by then hundreds that came together would have been let in."""

    def __init__(self, streams: Streams, content: AsyncIterator[str]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, media_type="text/event-stream", headers=headers)
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._streams.open += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.open -= 1


async def _try(read: ReadParts) -> Sequence[Part] | None:
    try:
        return await read()
    except StoreError:  # the database is away for a while; the page says so when it is asked for
        return None


def _find_fresh(
    parts: Sequence[Part], known: dict[str, object] | None, seen: str
) -> Sequence[Part]:
    if known is None:
        return () if fingerprint(parts) == seen else parts
    return [part for part in parts if part.id not in known or known[part.id] != part.key]


def fingerprint(parts: Sequence[Part]) -> str:
    """The same for parts that show the same, in whatever order."""
    told = "\n".join(sorted(f"{part.id} {part.key!r}" for part in parts))
    return sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _event(parts: Sequence[Part], seen: str) -> str:
    # JSON has no line break, so text of the account cannot begin a line of the stream.
    data = json.dumps({part.id: part.render() for part in parts})
    return f"id: {seen}\ndata: {data}\n\n"
