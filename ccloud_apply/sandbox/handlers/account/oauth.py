"""Chapter OAuth: a token for any client credentials."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.http.errors import invalid_client, invalid_request, unsupported_grant

LIFETIME_S = 31_536_000


async def create_token(call: Call) -> dict[str, Any]:
    """A token for any client id and secret.

    400 for another grant type or a scope that is no string, 401 without id or secret.
    """
    body = call.body if isinstance(call.body, dict) else {}
    if body.get("grant_type") != "client_credentials":
        raise unsupported_grant()
    if not isinstance(body.get("scope", ""), str | None):
        raise invalid_request("scope")
    client, secret = body.get("client_id"), body.get("client_secret")
    if not (isinstance(client, str) and isinstance(secret, str) and client and secret):
        raise invalid_client()
    token = secrets.token_urlsafe(48)
    expires_at = to_wire(call.now + timedelta(seconds=LIFETIME_S))
    call.store.add_token(hashlib.sha256(token.encode()).hexdigest(), client, expires_at)
    return {"token_type": "Bearer", "expires_in": LIFETIME_S, "access_token": token}
