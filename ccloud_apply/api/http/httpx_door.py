"""The way to the API through httpx: over a proxy, to a host whose name is not ASCII, or in this
process."""

import asyncio
import ssl
from collections.abc import AsyncIterable
from dataclasses import replace
from typing import Any, cast

import httpx

from ccloud_apply.api.http.door import (
    MAX_BODY_BYTES,
    UNREACHABLE_HINT,
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
from ccloud_apply.errors import UsageError

PROXY_HINT = "check the proxy (HTTPS_PROXY, NO_PROXY), and the network"

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class HttpxDoor:
    """Sends over one transport for reads, and one for writes that keeps no connection."""

    def __init__(
        self,
        base: str,
        reads: httpx.AsyncBaseTransport,
        writes: httpx.AsyncBaseTransport,
        *,
        proxy: str | None = None,
    ) -> None:
        """`base` is scheme and host, without a slash at its end; `proxy` is for messages."""
        self._base = base
        self._proxy = proxy
        self._reads = reads
        self._writes = writes

    async def send(self, request: Outgoing, *, timeout_s: float) -> RawResponse | NoResponse:
        """The response, or why none came."""
        phase = SendingPhase()
        asked = self._build_request(request, timeout_s, phase)
        transport = self._writes if request.is_write else self._reads
        try:
            async with asyncio.timeout(timeout_s):
                response = await transport.handle_async_request(asked)
                try:
                    return await _read_answer(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, OSError) as error:
            nothing = _classify(error, phase, self._name(asked.url), timeout_s)
            if self._proxy and nothing.hint == UNREACHABLE_HINT:
                return replace(nothing, hint=PROXY_HINT)
            return nothing

    def _name(self, url: httpx.URL) -> str:
        """The host and the proxy before it, without its password."""
        host = url.netloc.decode()
        if not self._proxy:
            return host
        return f"{host} through the proxy {httpx.URL(self._proxy).netloc.decode()}"

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in {id(one): one for one in (self._reads, self._writes)}.values():
            await transport.aclose()

    def _build_request(
        self, request: Outgoing, timeout_s: float, phase: SendingPhase
    ) -> httpx.Request:
        limit_s = limit_connecting(timeout_s)
        timeout = {"connect": limit_s, "read": None, "write": None, "pool": None}
        extensions: dict[str, Any] = {"timeout": timeout}
        if request.is_write:
            extensions["trace"] = phase.trace
        return httpx.Request(
            request.method,
            self._base + request.target,
            headers=request.headers,
            content=request.content,
            extensions=extensions,
        )


def open_httpx_door(
    base: str, proxy: str | None, tls: ssl.SSLContext | None, most: int
) -> HttpxDoor:
    """The door to a host, or through a proxy to it, with so many connections at most for reads and
    for writes. Raises UsageError for a name that no host can have."""
    try:
        httpx.URL(base)
    except httpx.InvalidURL:
        raise UsageError(
            "the endpoint's host has a name that no host can have",
            hint="check CCLOUD_ENDPOINT or --endpoint",
        ) from None

    def open_transport(kept: int) -> httpx.AsyncHTTPTransport:
        # A bare transport follows no redirect, keeps no cookie and reads no netrc.
        return httpx.AsyncHTTPTransport(
            verify=tls if tls is not None else False,  # False only where there is no TLS at all
            trust_env=False,
            limits=httpx.Limits(max_connections=most, max_keepalive_connections=kept),
            proxy=proxy,
            retries=0,
        )

    return HttpxDoor(base, open_transport(most), open_transport(0), proxy=proxy)


async def _read_answer(response: httpx.Response) -> RawResponse | NoResponse:
    chunks: list[bytes] = []
    size = 0
    # Without an encoding, reading the bare stream avoids several layers of generators.
    is_encoded = "content-encoding" in response.headers
    stream = response.aiter_bytes() if is_encoded else response.stream
    async for chunk in cast(AsyncIterable[bytes], stream):
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            return build_too_large()
        chunks.append(chunk)
    return RawResponse(
        status=response.status_code, headers=response.headers, content=b"".join(chunks)
    )


def _classify(error: Exception, phase: SendingPhase, host: str, timeout_s: float) -> NoResponse:
    was_sent = phase.is_sending if phase.is_known else not isinstance(error, _NOT_SENT)
    if isinstance(error, httpx.ProxyError):
        # The proxy refused the tunnel: nothing reached the platform.
        return NoResponse(why=f"the proxy refused: {error}", was_sent=False, is_final=True)
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        is_short = isinstance(error, httpx.ConnectTimeout)
        limit_s = limit_connecting(timeout_s) if is_short else timeout_s
        return build_timeout(host, limit_s, was_sent=was_sent)
    certificate = find_certificate_error(error)
    if certificate is not None:
        return build_untrusted(certificate.verify_message)
    return build_break(host, error, was_sent=was_sent)
