"""Sends one message to the user's webhook: over TLS, bounded in time, with retries.

It has no access to the API's credentials, so none can reach a webhook. The message's content
belongs to `render/`.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import field
from urllib.parse import urlsplit

import httpx

from ccloud_apply.api.connection import check_proxy
from ccloud_apply.api.http.retry import Backoff, read_retry_after
from ccloud_apply.api.http.tls import find_tls
from ccloud_apply.clock import Clock
from ccloud_apply.errors import UsageError, WebhookError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.loopback import is_loopback

TRIES = 4
TIMEOUT_S = 10.0
MAX_PAUSE_S = 60.0

_BACKOFF = Backoff(first_s=2, longest_s=30)
_TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where a message goes.

    `token` is sent as a bearer token. With `key`, `X-Signature-256` holds the body's HMAC-SHA-256.
    The URL may contain a secret too, so messages name its host only.
    """

    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Its host, for messages."""
        return urlsplit(self.url).hostname or "?"


def check_webhook(webhook: Webhook) -> None:
    """Raise UsageError for an address that is no URL, or that would mean clear text."""
    check_proxy(webhook.proxy)
    try:
        parts = urlsplit(webhook.url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("https", "http") or not host:
        raise UsageError(
            "the webhook's address is not a URL", hint="it looks like https://alerts.example/hook"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            f"the webhook at {host} would get its messages in clear text",
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
    tries: int = TRIES,
) -> None:
    """POST the body, with retries after transient failures. Raises WebhookError."""
    check_webhook(webhook)
    tls = find_tls(webhook.url, webhook.proxy, webhook.ca_file)
    async with httpx.AsyncClient(
        timeout=TIMEOUT_S,
        follow_redirects=False,
        trust_env=False,
        verify=tls if tls is not None else False,  # False only where there is no TLS at all
        proxy=webhook.proxy,
        transport=transport,
    ) as client:
        failure = ""
        for number in range(1, tries + 1):
            failure, pause_s = await _try(client, webhook, body, content_type, clock)
            if not failure:
                return
            if pause_s is None or number == tries:
                break
            await clock.sleep(max(pause_s, _BACKOFF.wait_s(number, random())))
    raise WebhookError(f"the webhook at {webhook.name} was not told: {failure}")


async def _try(
    client: httpx.AsyncClient, webhook: Webhook, body: bytes, content_type: str, clock: Clock
) -> tuple[str, float | None]:
    """What failed (empty: nothing), and the least seconds before a retry (None: do not retry)."""
    headers = _build_headers(webhook, body, content_type)
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),  # the total: a slow answer never times out by itself
            client.stream("POST", webhook.url, content=body, headers=headers) as answer,
        ):
            status, said = answer.status_code, answer.headers
    except (httpx.TransportError, TimeoutError) as error:
        # The library's text may quote the address, which may hold a secret.
        return type(error).__name__, 0.0
    except httpx.InvalidURL:
        return "no host can have its name", None
    if 200 <= status < 300:
        return "", None
    outcome = f"it answered {status}"
    if status not in _TRANSIENT_STATUSES:
        return outcome, None
    retry_after_s = read_retry_after(said, clock.now()) or 0.0
    if retry_after_s > MAX_PAUSE_S:
        return f"{outcome} and asks for a pause of {retry_after_s:.0f} s", None
    return outcome, retry_after_s


def _build_headers(webhook: Webhook, body: bytes, content_type: str) -> Mapping[str, str]:
    headers = {"Content-Type": content_type, "Accept": "*/*"}
    if webhook.token is not None:
        headers["Authorization"] = f"Bearer {webhook.token}"
    if webhook.key is not None:
        digest = hmac.new(webhook.key.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Signature-256"] = f"sha256={digest}"
    return headers
