"""The way to the API over sockets: connections are opened as needed, and kept for reads."""

import asyncio
import ssl
from urllib.parse import urlsplit

from ccloud_apply.api.http.door import (
    NoResponse,
    Outgoing,
    RawResponse,
    build_break,
    build_timeout,
    build_too_large,
    build_untrusted,
    limit_connecting,
)
from ccloud_apply.api.http.wire.connection import WireConnection
from ccloud_apply.api.http.wire.message import Garbled, TooLarge, write_request

KEPT_S = 4.0
"""Seconds for which a connection is kept that nobody uses: servers close theirs after five, some
later, and a request must not meet that."""

_STAGGER_S = 0.25
"""Seconds after which the next address of a host is tried as well."""

_CLOSING_S = 1.0
"""Seconds that connections have to be gone from the event loop; nothing is sent any more."""


class Wire:
    """A door to one host. Reads take the connection that was used last, if there is one."""

    def __init__(self, endpoint: str, tls: ssl.SSLContext | None) -> None:
        parts = urlsplit(endpoint)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = tls if parts.scheme == "https" else None
        is_usual = parts.port in (None, 443 if self._tls else 80)
        name = f"[{self._host}]" if ":" in self._host else self._host
        self.name = name if is_usual else f"{name}:{self._port}"
        """The host as requests and errors name it."""
        self._idle: list[WireConnection] = []
        self._open: set[WireConnection] = set()

    async def send(self, request: Outgoing, *, timeout_s: float) -> RawResponse | NoResponse:
        """The response, or why none came."""
        data = write_request(
            request.method,
            request.target,
            {"Host": self.name, **request.headers},
            request.content,
        )
        connection: WireConnection | None = None
        try:
            async with asyncio.timeout(timeout_s):
                connection = None if request.is_write else self._take()
                if connection is None:
                    connection = await self._connect(limit_connecting(timeout_s))
                response = await connection.exchange(data)
        except TooLarge:
            return build_too_large()
        except TimeoutError as error:
            return self._describe_timeout(error, timeout_s, was_sent=connection is not None)
        except (OSError, Garbled) as error:
            if isinstance(error, ssl.SSLCertVerificationError):
                return build_untrusted(error.verify_message)
            return build_break(self.name, error, was_sent=connection is not None)
        finally:
            if connection is not None:
                self._give_back(connection, is_kept=not request.is_write)
        return response

    async def aclose(self) -> None:
        """Close every connection, and wait until each is closed."""
        connections = [*self._open]
        for connection in connections:
            connection.abort()
        self._idle.clear()
        self._open.clear()
        if connections:
            closed = [connection.closed for connection in connections]
            await asyncio.wait(closed, timeout=_CLOSING_S)

    def _take(self) -> WireConnection | None:
        """A connection that is kept and of use; those that are not are closed on the way."""
        while self._idle:
            connection = self._idle.pop()
            idle_s = asyncio.get_running_loop().time() - connection.idle_since
            if idle_s <= KEPT_S and connection.is_fresh:
                return connection
            self._close(connection)
        return None

    def _give_back(self, connection: WireConnection, *, is_kept: bool) -> None:
        if is_kept and connection.is_usable:
            self._idle.append(connection)
        else:
            self._close(connection)

    def _close(self, connection: WireConnection) -> None:
        connection.abort()
        if connection.closed.done():
            self._open.discard(connection)
        else:
            connection.closed.add_done_callback(lambda _: self._open.discard(connection))

    async def _connect(self, limit_s: float) -> WireConnection:
        """A new connection. Raises OSError, and TimeoutError after so many seconds for each of
        connecting and the TLS handshake."""
        loop = asyncio.get_running_loop()
        is_name = not self._host.replace(".", "").isdigit() and ":" not in self._host
        try:
            async with asyncio.timeout(limit_s):
                transport, connection = await loop.create_connection(
                    WireConnection,
                    self._host,
                    self._port,
                    happy_eyeballs_delay=_STAGGER_S if is_name else None,
                )
        except TimeoutError:
            raise _ConnectTimeout(limit_s) from None
        self._open.add(connection)
        if self._tls is None:
            return connection
        try:
            secure = await loop.start_tls(
                transport,
                connection,
                self._tls,
                server_hostname=self._host,
                ssl_handshake_timeout=limit_s,
            )
        except BaseException as error:
            connection.connection_lost(None)  # nobody else tells it of a handshake that failed
            self._close(connection)
            if isinstance(error, ConnectionAbortedError) and "handshake is taking" in str(error):
                raise _ConnectTimeout(limit_s) from None
            raise
        if secure is None:
            raise ConnectionError("the connection ended during the TLS handshake")
        connection.use_transport(secure)
        return connection

    def _describe_timeout(
        self, error: TimeoutError, timeout_s: float, *, was_sent: bool
    ) -> NoResponse:
        if isinstance(error, _ConnectTimeout):
            return build_timeout(self.name, error.limit_s, was_sent=False)
        if error.errno is not None:
            return build_break(self.name, error, was_sent=was_sent)  # the system gave it up
        return build_timeout(self.name, timeout_s, was_sent=was_sent)


class _ConnectTimeout(TimeoutError):
    """Connecting took longer than it may."""

    def __init__(self, limit_s: float) -> None:
        super().__init__()
        self.limit_s = limit_s
