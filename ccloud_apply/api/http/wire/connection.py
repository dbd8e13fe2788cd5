"""One connection: a request goes out, the bytes of its response come in. Which one: `wire.py`."""

import asyncio
import select
from typing import cast

from ccloud_apply.api.http.door import RawResponse
from ccloud_apply.api.http.wire.message import Garbled, ResponseReader, TooLarge, unpack


class WireConnection(asyncio.Protocol):
    """A connection with at most one request under way. Errors are OSError, Garbled or TooLarge."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._answer: asyncio.Future[float] | None = None
        self._poll: select.poll | None = None
        self._lost: Exception | None = None
        self.idle_since = 0.0
        """When its last response was complete, by the loop's time."""
        self.is_usable = True
        """False once no other request may go over it."""
        self.closed = self._loop.create_future()

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        descriptor = transport.get_extra_info("socket")
        if descriptor is not None and hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(descriptor.fileno(), select.POLLIN)

    def use_transport(self, transport: asyncio.Transport) -> None:
        """From now on the bytes go through TLS."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._reader is None:
            self.abort()  # nobody has asked: an answer to what is asked next would be another's
            return
        try:
            if self._reader.feed(data):
                self._finish()
        except (Garbled, TooLarge) as error:
            self._fail(error)

    def eof_received(self) -> bool:
        self.is_usable = False
        if self._reader is not None:
            try:
                self._reader.end()
                self._finish()
            except Garbled as error:
                self._fail(error)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.is_usable = False
        self._lost = error or ConnectionError("the server closed the connection")
        if self._reader is not None:
            self._fail(self._lost)
        if not self.closed.done():
            self.closed.set_result(None)

    # What whoever sends calls

    @property
    def is_fresh(self) -> bool:
        """True if it may be used: nothing has come that nobody asked for, not even its end."""
        if not self.is_usable:
            return False
        return self._poll is None or not self._poll.poll(0)

    async def exchange(self, request: bytes) -> RawResponse:
        """Send the request and read its response. Cancelled, it is of no use any more."""
        if self._lost is not None or self._transport is None:
            raise self._lost or ConnectionError("the connection is not open")
        reader = self._reader = ResponseReader()
        answer = self._answer = self._loop.create_future()
        begin = self._loop.time()
        self._transport.write(request)
        try:
            end = await answer
        except BaseException:
            self.abort()
            raise
        self.idle_since = end
        coding = reader.headers.get("content-encoding")
        body = unpack(reader.body, coding) if coding else reader.body
        return RawResponse(
            status=reader.status, headers=reader.headers, content=body, seconds=end - begin
        )

    def abort(self) -> None:
        """Close it at once. All that matters was sent and received by then."""
        self.is_usable = False
        self._reader = None
        if self._transport is not None:
            self._transport.abort()

    def _finish(self) -> None:
        assert self._reader is not None
        self.is_usable = self.is_usable and self._reader.is_reusable
        self._reader = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._loop.time())

    def _fail(self, error: Exception) -> None:
        self.is_usable = False
        self._reader = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
