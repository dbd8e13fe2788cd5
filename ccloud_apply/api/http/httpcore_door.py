"""The way to the API over sockets: connections of httpcore, opened as needed and kept for reads.

httpx' own pool of them costs as much as all else of a request; here a request is admitted before
it comes, so that no pool has to let any wait.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpcore

from ccloud_apply.api.http.door import (
    MAX_BODY_BYTES,
    NoResponse,
    Outgoing,
    RawResponse,
    SendingPhase,
    build_break,
    build_timeout,
    build_too_large,
    build_untrusted,
    find_certificate_error,
    limit_connecting,
)
from ccloud_apply.api.http.unpack import BadlyPacked, TooLarge, unpack

KEPT_S = 5.0
"""Seconds for which a connection is kept that nobody uses."""

_NOT_SENT = (httpcore.ConnectError, httpcore.ConnectTimeout)
_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


class HttpcoreDoor:
    """A door to one host. A read takes the connection that was used last, a write or a read that is
    sent once more a new one."""

    def __init__(self, endpoint: str, tls: ssl.SSLContext | None) -> None:
        parts = urlsplit(endpoint)
        self._host = (parts.hostname or "").encode("ascii")
        is_secure = parts.scheme == "https"
        self._scheme = b"https" if is_secure else b"http"
        self._port = parts.port or (443 if is_secure else 80)
        self._origin = httpcore.Origin(self._scheme, self._host, self._port)
        self._tls = tls if is_secure else None
        name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        is_usual = self._port == (443 if is_secure else 80)
        self.name = name if is_usual else f"{name}:{self._port}"
        """The host as requests and errors name it."""
        self._idle: list[httpcore.AsyncHTTPConnection] = []

    async def send(self, request: Outgoing, *, timeout_s: float) -> RawResponse | NoResponse:
        """The response, or why none came."""
        phase = SendingPhase()
        asked = self._build_request(request, timeout_s, phase)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(asked, request)
        except TooLarge:
            return build_too_large()
        except (*_ERRORS, BadlyPacked, OSError) as error:
            return self._describe(error, phase, timeout_s)

    async def aclose(self) -> None:
        """Close every connection that is kept; the others are closed with their request."""
        while self._idle:
            await self._idle.pop().aclose()

    async def _exchange(self, asked: httpcore.Request, request: Outgoing) -> RawResponse:
        connection = await self._take() if request.may_reuse else None
        if connection is None:
            connection = httpcore.AsyncHTTPConnection(
                self._origin, ssl_context=self._tls, keepalive_expiry=KEPT_S
            )
        try:
            response = await connection.handle_async_request(asked)
            try:
                return await _read_answer(response)
            finally:
                await response.aclose()
        finally:
            if not request.is_write and connection.is_idle() and not _holds_more(connection):
                self._idle.append(connection)
            else:
                await connection.aclose()

    async def _take(self) -> httpcore.AsyncHTTPConnection | None:
        """A connection that is kept and still open; those that are not are closed on the way."""
        while self._idle:
            connection = self._idle.pop()
            # An answer that nobody asked for is seen here too: the next one would be another's.
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    def _build_request(
        self, request: Outgoing, timeout_s: float, phase: SendingPhase
    ) -> httpcore.Request:
        limit_s = limit_connecting(timeout_s)
        timeout = {"connect": limit_s, "read": None, "write": None, "pool": None}
        extensions: dict[str, Any] = {"timeout": timeout}
        if request.is_write:
            extensions["trace"] = phase.trace
        headers = [(b"Host", self.name.encode("ascii"))]
        headers += [(name.encode(), text.encode("ascii")) for name, text in request.headers.items()]
        content = request.content
        if content is not None or request.is_write:
            headers.append((b"Content-Length", b"%d" % len(content or b"")))
        return httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=self._scheme,
                host=self._host,
                port=self._port,
                target=request.target.encode("ascii"),
            ),
            headers=headers,
            content=content,
            extensions=extensions,
        )

    def _describe(self, error: Exception, phase: SendingPhase, timeout_s: float) -> NoResponse:
        was_sent = phase.is_sending if phase.is_known else not isinstance(error, _NOT_SENT)
        if isinstance(error, TimeoutError | httpcore.TimeoutException):
            is_short = isinstance(error, httpcore.ConnectTimeout)
            limit_s = limit_connecting(timeout_s) if is_short else timeout_s
            return build_timeout(self.name, limit_s, was_sent=was_sent)
        certificate = find_certificate_error(error)
        if certificate is not None:
            return build_untrusted(certificate.verify_message)
        return build_break(self.name, error, was_sent=was_sent)


def _holds_more(connection: httpcore.AsyncHTTPConnection) -> bool:
    """True if more has come than the answer: the next request would be answered with it.

    The library neither tells nor drops what came together with an answer, so this looks inside.
    """
    state = getattr(getattr(connection, "_connection", None), "_h11_state", None)
    return state is not None and bool(state.trailing_data[0])


async def _read_answer(response: httpcore.Response) -> RawResponse:
    """Raises TooLarge and BadlyPacked."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise TooLarge
        chunks.append(chunk)
    headers = _join(response.headers)
    content = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if coding := headers.get("content-encoding"):
        content = unpack(content, coding)
    return RawResponse(status=response.status, headers=headers, content=content)


def _join(fields: list[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """The headers by their names in lower case, repeated ones in one text."""
    headers: dict[str, str] = {}
    for raw_name, raw_text in fields:
        name, text = raw_name.decode("ascii").lower(), raw_text.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers
