"""Connections: TLS, and connection pools. What is sent over them does not belong here."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from ccloud_apply.api.connection import Connection
from ccloud_apply.errors import UsageError

STRIPE_SIZE = 4
"""Connections of one pool. A pool's overhead grows with connections times waiting requests."""

SINGLE_POOL_UP_TO = 8
"""Up to this many connections, several pools are no faster than one."""


class _Stripe:
    __slots__ = ("in_flight", "transport")

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.transport = transport
        self.in_flight = 0


class Pool:
    """Several small connection pools for reads, and one for writes that reuses no connection.

    A kept-alive connection may turn out to be dead only after a write was sent on it. Then it is
    unknown whether the platform received the write. A read can simply be sent again.
    """

    def __init__(self, connection: Connection, transport: httpx.AsyncBaseTransport | None) -> None:
        if transport is not None:
            self._stripes = [_Stripe(transport)]
            self._writes = self._stripes[0]
            return
        tls = find_tls(connection.endpoint, connection.proxy, connection.ca_file)
        wanted = connection.concurrency
        count = 1 if wanted <= SINGLE_POOL_UP_TO else -(-wanted // STRIPE_SIZE)
        size = -(-wanted // count)
        self._stripes = [
            _Stripe(_open_transport(connection, tls, size=size, kept=size)) for _ in range(count)
        ]
        self._writes = _Stripe(_open_transport(connection, tls, size=wanted, kept=0))

    @contextmanager
    def take(self, *, is_write: bool) -> Iterator[httpx.AsyncBaseTransport]:
        """The transport with the fewest requests in flight, for one request."""
        stripe = self._writes if is_write else min(self._stripes, key=lambda s: s.in_flight)
        stripe.in_flight += 1
        try:
            yield stripe.transport
        finally:
            stripe.in_flight -= 1

    async def aclose(self) -> None:
        """Close every connection."""
        for stripe in {id(s): s for s in (*self._stripes, self._writes)}.values():
            await stripe.transport.aclose()


def _open_transport(
    connection: Connection, tls: ssl.SSLContext | None, *, size: int, kept: int
) -> httpx.AsyncHTTPTransport:
    # A bare transport follows no redirect, keeps no cookie and reads no netrc.
    return httpx.AsyncHTTPTransport(
        verify=tls if tls is not None else False,  # False only where there is no TLS at all
        trust_env=False,
        limits=httpx.Limits(max_connections=size, max_keepalive_connections=kept),
        proxy=connection.proxy,
        retries=0,
    )


def find_tls(url: str, proxy: str | None, ca_file: str | None) -> ssl.SSLContext | None:
    """The context for an address and a proxy. None if neither uses TLS: building one is slow.

    Raises UsageError for a bad `ca_file`.
    """
    is_secure = any(one.lower().startswith("https:") for one in (url, proxy or ""))
    return _build_tls(ca_file) if is_secure else None


def _build_tls(ca_file: str | None) -> ssl.SSLContext:
    """A context that verifies certificates and hosts. Raises UsageError for a bad `ca_file`."""
    try:
        context = ssl.create_default_context(cafile=ca_file or _bundled_ca_file())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the certificates in {ca_file} cannot be read: {error}",
            hint="SSL_CERT_FILE must name a file of certificates in PEM form",
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _bundled_ca_file() -> str | None:
    """The certificates that come with httpx, for systems that have none of their own."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath:
        return None
    import certifi

    return certifi.where()
