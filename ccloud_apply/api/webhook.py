"""One message to a webhook of the user's: over TLS, within bounds, repeated where that may help.

It knows nothing of the account: no credentials of the API ever go where a webhook points. What is
told belongs to render/.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from ccloud_apply.api.connection import is_loopback
from ccloud_apply.api.http.pool import build_tls
from ccloud_apply.api.http.retry import Backoff, read_retry_after
from ccloud_apply.clock import Clock
from ccloud_apply.errors import UsageError, WebhookError

TRIES = 4
TIMEOUT_S = 10.0
MAX_PAUSE_S = 60.0

_BACKOFF = Backoff(first_s=2, longest_s=30)
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where a message goes. `token` is sent as a bearer token; with `key` the body is signed with
    HMAC-SHA-256 in `X-Signature-256`. The address may hold a secret too: it is never shown whole.
    """

    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """How messages call it: its host."""
        return urlsplit(self.url).hostname or "?"


def check_webhook(webhook: Webhook) -> None:
    """Raise UsageError for an address that is none, or on which all could read the message."""
    try:
        parts = urlsplit(webhook.url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("https", "http") or not host:
        raise UsageError(
            "the webhook's address is no URL", hint="it looks like https://alerts.example/hook"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            f"the webhook at {host} would be told in clear text",
            hint="use https://; http:// is only for this machine itself",
        )


async def send_message(
    webhook: Webhook,
    body: bytes,
    content_type: str,
    *,
    clock: Clock,
    random: Callable[[], float],
    transport: httpx.AsyncBaseTransport | None = None,
) -> None:
    """POST the body, again after what may pass. Raises WebhookError if it was not taken."""
    check_webhook(webhook)
    async with httpx.AsyncClient(
        timeout=TIMEOUT_S,
        follow_redirects=False,
        trust_env=False,
        verify=build_tls(webhook.ca_file) if webhook.url.startswith("https") else False,
        proxy=webhook.proxy,
        transport=transport,
    ) as client:
        trouble = ""
        for number in range(1, TRIES + 1):
            trouble, pause_s = await _try(client, webhook, body, content_type, clock)
            if not trouble:
                return
            if pause_s is None or number == TRIES:
                break
            await clock.sleep(max(pause_s, _BACKOFF.wait_s(number, random())))
    raise WebhookError(f"the webhook at {webhook.name} was not told: {trouble}")


async def _try(
    client: httpx.AsyncClient, webhook: Webhook, body: bytes, content_type: str, clock: Clock
) -> tuple[str, float | None]:
    """What was wrong (nothing: it was taken), and the least pause before the next try, if any."""
    headers = _build_headers(webhook, body, content_type)
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),  # of all of it: an answer can drip
            client.stream("POST", webhook.url, content=body, headers=headers) as answer,
        ):
            status, said = answer.status_code, answer.headers
    except (httpx.TransportError, TimeoutError) as error:
        # The library's text may quote the address, which may hold a secret.
        return type(error).__name__, 0.0
    if 200 <= status < 300:
        return "", None
    words = f"it answered {status}"
    if status not in _PASSING:
        return words, None
    wish_s = read_retry_after(said, clock.now()) or 0.0
    if wish_s > MAX_PAUSE_S:
        return f"{words} and asks for a pause of {wish_s:.0f} s", None
    return words, wish_s


def _build_headers(webhook: Webhook, body: bytes, content_type: str) -> Mapping[str, str]:
    headers = {"Content-Type": content_type, "Accept": "*/*"}
    if webhook.token is not None:
        headers["Authorization"] = f"Bearer {webhook.token}"
    if webhook.key is not None:
        digest = hmac.new(webhook.key.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Signature-256"] = f"sha256={digest}"
    return headers
