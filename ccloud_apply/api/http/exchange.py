"""Sends one request once, and returns its raw response, or why none came.

Retries belong to `transport.py`, parsing to `reply.py`.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from dataclasses import field
from typing import Any, cast

import httpx

from ccloud_apply import __version__
from ccloud_apply.api.http.pool import Pool
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.operations import Operation

MAX_BODY_BYTES = 64 * 1024 * 1024
"""A larger body is refused: this API never sends one."""

CONNECT_TIMEOUT_S = 10.0

_ACCEPT_FILE = "application/json, application/pdf"
"""JSON first even where a file is due: by the first type the API chooses the form of errors."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: its operation, the path below the endpoint, its query, body and token.

    `before_each` is awaited before every attempt to send it, when nothing else is waited for; what
    it sends itself takes up no slot of its own. `on_response` is shown every response to it.
    """

    operation: Operation
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    before_each: Callable[[], Awaitable[None]] | None = field(default=None, repr=False)
    on_response: "Callable[[RawResponse], None] | None" = field(default=None, repr=False)

    @property
    def is_write(self) -> bool:
        """True if it may change something on the platform."""
        return self.operation.repeat != "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse:
    """A complete HTTP response of any status, not yet parsed."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoResponse:
    """No complete response was received.

    `was_sent` is False only if it is certain that no byte of the request was sent. `is_final` means
    that a retry cannot help.
    """

    why: str
    was_sent: bool
    is_final: bool = False
    hint: str = ""


class _Phase:
    """Observes the transport to tell whether sending has begun.

    The exception's class cannot tell: a connection that breaks raises the same one before and
    after the platform has read the request.
    """

    __slots__ = ("is_known", "is_sending")

    def __init__(self) -> None:
        self.is_known = False
        self.is_sending = False

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        self.is_known = True
        if event.endswith("send_request_headers.started"):
            self.is_sending = True


async def send_once(
    pool: Pool, endpoint: str, call: Call, *, timeout_s: float
) -> RawResponse | NoResponse:
    """Send the call and read the whole response, within `timeout_s` seconds in total."""
    phase = _Phase()
    request = _build_request(endpoint, call, timeout_s, phase)
    with pool.take(is_write=call.is_write) as transport:
        try:
            async with asyncio.timeout(timeout_s):
                response = await transport.handle_async_request(request)
                try:
                    return await _read_answer(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, OSError) as error:
            return _classify(error, phase, request.url.netloc.decode(), timeout_s)


def _build_request(endpoint: str, call: Call, timeout_s: float, phase: _Phase) -> httpx.Request:
    headers = {
        # Oddity: 401, 403, 404, 429, 5xx: without it, a login page.
        "Accept": _ACCEPT_FILE if call.operation.answer == "file" else "application/json",
        "Accept-Encoding": "gzip, deflate",
        "User-Agent": f"ccloud-apply/{__version__}",
    }
    content: bytes | None = None
    if call.token is not None:
        headers["Authorization"] = f"Bearer {call.token}"
    if call.body is not None:
        headers["Content-Type"] = "application/json"
        content = json.dumps(call.body, allow_nan=False).encode()
    timeout = {"connect": _limit_connecting(timeout_s), "read": None, "write": None, "pool": None}
    extensions: dict[str, Any] = {"timeout": timeout}
    if call.is_write:
        extensions["trace"] = phase.trace
    return httpx.Request(
        call.operation.method,
        endpoint.rstrip("/") + call.path,
        params=dict(call.query) or None,
        headers=headers,
        content=content,
        extensions=extensions,
    )


def _limit_connecting(timeout_s: float) -> float:
    """Seconds for connecting, and as many again for the TLS handshake.

    Each has half of the total, so that both time out by themselves: a handshake that the total
    timeout cancels would leave its socket open.
    """
    return min(CONNECT_TIMEOUT_S, timeout_s / 2)


async def _read_answer(response: httpx.Response) -> RawResponse | NoResponse:
    chunks: list[bytes] = []
    size = 0
    # Without an encoding, reading the bare stream avoids several layers of generators.
    is_encoded = "content-encoding" in response.headers
    stream = response.aiter_bytes() if is_encoded else response.stream
    async for chunk in cast(AsyncIterable[bytes], stream):
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            why = f"the answer is larger than {MAX_BODY_BYTES // 1024**2} MiB"
            return NoResponse(why=why, was_sent=True, is_final=True)
        chunks.append(chunk)
    return RawResponse(
        status=response.status_code, headers=response.headers, content=b"".join(chunks)
    )


def _classify(error: Exception, phase: _Phase, host: str, timeout_s: float) -> NoResponse:
    was_sent = phase.is_sending if phase.is_known else not isinstance(error, _NOT_SENT)
    if isinstance(error, httpx.ProxyError):
        # The proxy refused the tunnel: nothing reached the platform.
        return NoResponse(why=f"the proxy refused: {error}", was_sent=False, is_final=True)
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        is_short = isinstance(error, httpx.ConnectTimeout)
        limit_s = _limit_connecting(timeout_s) if is_short else timeout_s
        where = "no answer from" if was_sent else "no connection to"
        why = f"{where} {host} within {limit_s:g} seconds"
        return NoResponse(why=why, was_sent=was_sent)
    certificate = _find_certificate_error(error)
    if certificate is not None:
        return NoResponse(
            why=f"the server's certificate is not trusted: {certificate.verify_message}",
            was_sent=False,
            is_final=True,
            hint="set SSL_CERT_FILE to a file with your certificate authority's certificates",
        )
    where = "the connection broke off" if was_sent else f"could not connect to {host}"
    return NoResponse(
        why=f"{where}: {str(error) or type(error).__name__}",
        was_sent=was_sent,
        hint="" if was_sent else "check CCLOUD_ENDPOINT or --endpoint, and the network",
    )


def _find_certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None
