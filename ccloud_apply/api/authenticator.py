"""A token, kept fresh, in memory only. How requests are sent does not belong here."""

import asyncio
from dataclasses import replace
from typing import Any

from ccloud_apply.api.connection import Connection
from ccloud_apply.api.http.error_mapping import build_decode_error
from ccloud_apply.api.http.exchange import Call
from ccloud_apply.api.http.transport import Transport
from ccloud_apply.clock import Clock
from ccloud_apply.errors import AuthError, StatusError
from ccloud_apply.operations import OPERATIONS

REFRESH_SHARE = 0.8
REFRESH_AHEAD_S = 60.0
"""A token is renewed after this share of its life or so long before its end: what is first."""


class Session:
    """Sends calls with a token: the given one, or one that the credentials are exchanged for."""

    def __init__(self, connection: Connection, transport: Transport, clock: Clock) -> None:
        self._connection = connection
        self._transport = transport
        self._clock = clock
        self._token = connection.token
        self._renew_at: float | None = None
        self._renewal = asyncio.Lock()
        self._refusal: StatusError | None = None

    async def send(self, call: Call) -> Any:
        """As `Transport.send`, signed in. After a 401 the token is renewed and the call repeated,
        once: it is refused before anything looks at it, so this is safe for writes too."""
        token = await self._fresh_token()
        try:
            return await self._transport.send(replace(call, token=token))
        except AuthError as error:
            if error.status != 401:
                raise
            if not self._can_renew:
                error.hint = (
                    "the token in CCLOUD_TOKEN is not accepted (any more): take a new one, or set "
                    "CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET instead"
                )
                raise
        token = await self._renew(token)
        try:
            return await self._transport.send(replace(call, token=token))
        except AuthError as error:
            error.hint = error.hint or "a fresh token is refused too: check the credentials"
            raise

    @property
    def _can_renew(self) -> bool:
        return bool(self._connection.client_id and self._connection.client_secret)

    async def _fresh_token(self) -> str:
        token = self._token
        is_old = self._renew_at is not None and self._clock.monotonic() >= self._renew_at
        return await self._renew(token) if token is None or is_old else token

    async def _renew(self, token: str | None) -> str:
        """A token other than the given one. Whoever comes while one is asked for waits for it."""
        async with self._renewal:
            if self._token is not None and self._token != token:
                return self._token
            if self._refusal is not None:
                raise self._refusal
            try:
                return await self._sign_in()
            except StatusError as error:
                if error.status in (400, 401, 403):
                    error.hint = "check CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET"
                    # Wrong credentials stay wrong: nobody who waits asks again.
                    self._refusal = error
                raise

    async def _sign_in(self) -> str:
        body = {
            "grant_type": "client_credentials",
            "client_id": self._connection.client_id,
            "client_secret": self._connection.client_secret,
            "scope": "*",
        }
        operation = OPERATIONS["create_token"]
        call = Call(operation=operation, path=operation.path, body=body)
        started = self._clock.monotonic()
        reply = await self._transport.send(call)
        token = reply.get("access_token") if isinstance(reply, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise build_decode_error(call, "the answer holds no usable access_token")
        self._renew_at = _moment_to_renew(started, reply.get("expires_in"))
        self._token = token
        return token


def _moment_to_renew(started: float, lifetime_s: Any) -> float | None:
    """None where the API does not say how long the token lives: a 401 will."""
    try:
        seconds = float(lifetime_s)
    except (TypeError, ValueError, OverflowError):
        return None
    # A token of less than a minute is renewed by its share, not at once and for ever.
    ahead = max(seconds - REFRESH_AHEAD_S, seconds / 2)
    return started + min(seconds * REFRESH_SHARE, ahead) if seconds > 0 else None
