"""What is between the client and the way to the API: one request goes out, one answer comes back.

The ways themselves are `httpcore_door.py` (sockets) and `httpx_door.py` (a proxy, an API in this
process). Neither repeats anything or looks into an answer.
"""

import ssl
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Protocol

from ccloud_apply.lazy_dataclass import dataclass

MAX_BODY_BYTES = 64 * 1024 * 1024
"""A larger body is refused: this API never sends one."""

CONNECT_TIMEOUT_S = 10.0

UNREACHABLE_HINT = "check CCLOUD_ENDPOINT or --endpoint, and the network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request as it leaves: `target` is the path with its query, below the host.

    A write goes over a connection of its own. A kept-alive one may turn out to be dead only after
    the write was sent on it: then nobody knows whether the platform received it. A read can simply
    be sent again, then over a new one too (`is_repeated`): other kept ones may be as dead.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    is_write: bool = False
    is_repeated: bool = False

    @property
    def may_reuse(self) -> bool:
        """True if it may go over a connection that is kept."""
        return not self.is_write and not self.is_repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse:
    """A complete HTTP response of any status, not yet parsed. `headers` have lower-case names."""

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


class SendingPhase:
    """Observes the library to tell whether sending has begun.

    The exception's class cannot tell: a connection that breaks raises the same one before and
    after the platform has read the request.
    """

    __slots__ = ("is_known", "is_sending")

    def __init__(self) -> None:
        self.is_known = False
        self.is_sending = False

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """The library's own account of what it does."""
        self.is_known = True
        if event.endswith("send_request_headers.started"):
            self.is_sending = True


class Door(Protocol):
    """A way to the API."""

    async def send(self, request: Outgoing, *, timeout_s: float) -> RawResponse | NoResponse:
        """The whole response, within so many seconds in total, or why none came."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


def limit_connecting(timeout_s: float) -> float:
    """Seconds for connecting, and as many again for the TLS handshake.

    Each has half of the total, so that both time out by themselves: a handshake that the total
    timeout cancels would leave its socket open.
    """
    return min(CONNECT_TIMEOUT_S, timeout_s / 2)


def build_timeout(host: str, limit_s: float, *, was_sent: bool) -> NoResponse:
    """The host has not answered, or could not be reached, for so many seconds."""
    where = "no answer from" if was_sent else "no connection to"
    return NoResponse(why=f"{where} {host} within {limit_s:g} seconds", was_sent=was_sent)


def build_break(host: str, error: Exception, *, was_sent: bool) -> NoResponse:
    """A connection that ended before a whole answer came, or that never came about."""
    where = "the connection broke off" if was_sent else f"could not connect to {host}"
    return NoResponse(
        why=f"{where}: {str(error) or type(error).__name__}",
        was_sent=was_sent,
        hint="" if was_sent else UNREACHABLE_HINT,
    )


def build_too_large() -> NoResponse:
    """An answer whose end is not waited for."""
    why = f"the answer is larger than {MAX_BODY_BYTES // 1024**2} MiB"
    return NoResponse(why=why, was_sent=True, is_final=True)


def build_untrusted(message: str) -> NoResponse:
    """The server's certificate does not prove that it is the host."""
    return NoResponse(
        why=f"the server's certificate is not trusted: {message}",
        was_sent=False,
        is_final=True,
        hint="set SSL_CERT_FILE to a file with your certificate authority's certificates",
    )


def find_certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """Why the server's certificate was refused, if that is what the error came from."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None
