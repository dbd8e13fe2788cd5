"""Signs requests in with a bearer token, and renews it. How they are sent: `http/transport.py`.

The token is kept in memory only.
"""

import asyncio
from typing import Any

from ccloud_apply.api.connection import Connection
from ccloud_apply.api.http.error_mapping import build_decode_error
from ccloud_apply.api.http.exchange import Call
from ccloud_apply.api.http.reply import Success
from ccloud_apply.api.http.transport import Transport
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApiError, AuthError, StatusError
from ccloud_apply.operations import OPERATIONS

REFRESH_SHARE = 0.8
REFRESH_AHEAD_S = 60.0
"""A token is renewed after this share of its lifetime or this long before its end: the earlier."""


class Authenticator:
    """Sends calls with a token: the configured one, or one obtained with the client credentials."""

    def __init__(self, connection: Connection, transport: Transport, clock: Clock) -> None:
        self._connection = connection
        self._transport = transport
        self._clock = clock
        self._token = connection.token
        self._renew_at: float | None = None
        self._renewal = asyncio.Lock()
        self._sign_in_error: StatusError | None = None

    async def send(self, call: Call) -> Success:
        """Like `Transport.send`, with a token.

        After a 401 the token is renewed and the call is sent once more. That is safe for writes
        too: the platform refuses a bad token before it looks at the request.
        """
        token = await self._fresh_token()
        try:
            return await self._transport.send(call.sign(token))
        except AuthError as error:
            if error.status != 401:
                raise
            if not self._can_renew:
                error.hint = (
                    "the token in CCLOUD_TOKEN is not accepted (any more): take a new one, or set "
                    "CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET instead"
                )
                raise
            maybe_done = error.maybe_done
        try:
            token = await self._renew(token)
        except ApiError as error:
            error.maybe_done = error.maybe_done or maybe_done
            raise
        try:
            return await self._transport.send(call.sign(token), maybe_done=maybe_done)
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
        """A token other than the given one. Concurrent callers share one renewal."""
        async with self._renewal:
            if self._token is not None and self._token != token:
                return self._token
            if self._sign_in_error is not None:
                raise self._sign_in_error
            try:
                return await self._sign_in()
            except StatusError as error:
                if error.status in (400, 401, 403):
                    error.hint = "check CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET"
                    # Wrong credentials stay wrong: callers that wait must not sign in again.
                    self._sign_in_error = error
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
        reply = (await self._transport.send(call)).value
        token = reply.get("access_token") if isinstance(reply, dict) else None
        why = _find_fault(token)
        if why or not isinstance(token, str):
            raise build_decode_error(call, f"the answer holds no usable access_token: {why}")
        self._transport.secrets.add(token)
        self._renew_at = _moment_to_renew(started, reply.get("expires_in"))
        self._token = token
        return token


def _find_fault(token: Any) -> str:
    """Why this can be no token; empty if it can be one. The token itself is not quoted."""
    if not isinstance(token, str):
        return "it is missing" if token is None else "it is not text"
    if not token.strip():
        return "it is empty"
    if not token.isascii() or not token.isprintable() or " " in token:
        return "it contains a blank or another character that no token has"
    return ""


def _moment_to_renew(started: float, lifetime_s: Any) -> float | None:
    """When to renew, in monotonic seconds. None if the API gives no lifetime: a 401 will tell."""
    try:
        seconds = float(lifetime_s)
    except (TypeError, ValueError, OverflowError):
        return None
    # A lifetime below a minute would otherwise mean to renew at once, again and again.
    ahead = max(seconds - REFRESH_AHEAD_S, seconds / 2)
    return started + min(seconds * REFRESH_SHARE, ahead) if seconds > 0 else None
