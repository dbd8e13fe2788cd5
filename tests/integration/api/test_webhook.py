"""A webhook over real sockets: what is sent, what is sent again, what never is."""

import asyncio
import hashlib
import hmac
import ssl
from typing import Any

import httpx
import pytest

from ccloud_apply.api.webhook import TIMEOUT_S, TRIES, Webhook, check_webhook, send_message
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import UsageError, WebhookError
from tests.support.leaping_time import leap, run_leaping
from tests.support.peer import Behaviour, Peer, answer, raw, read_request


class _QuickClock(SystemClock):
    """Notes how long it would have slept."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


def replies(*answers: bytes, heard: list[bytes] | None = None) -> Behaviour:
    """One answer after the other, a connection each."""
    left = list(answers)

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        if heard is not None:
            heard.append(request)
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return behave


def tell(behave: Behaviour, clock: SystemClock | None = None, **fields: Any) -> Peer:
    async def run() -> Peer:
        peer = Peer(behave)
        server = await asyncio.start_server(peer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        hook = Webhook(url=f"http://127.0.0.1:{port}/hook?key=in-the-address", **fields)
        async with server:
            await send_message(
                hook, b'{"a": 1}', "text/x", clock=clock or _QuickClock(), random=lambda: 0.5
            )
        return peer

    return run_leaping(run())


DONE = answer(b"", "204 No Content", "Connection: close")
BUSY = answer(b"", "503 Busy", "Connection: close")


def test_a_message_has_its_type_its_token_and_its_signature() -> None:
    heard: list[bytes] = []
    tell(replies(DONE, heard=heard), token="the-token", key="the-key")
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert body == b'{"a": 1}'
    lines = head.decode().lower().split("\r\n")
    assert "content-type: text/x" in lines
    assert "authorization: bearer the-token" in lines
    digest = hmac.new(b"the-key", b'{"a": 1}', hashlib.sha256).hexdigest()
    assert f"x-signature-256: sha256={digest}" in lines


def test_what_may_pass_is_tried_again_and_then_it_is_enough() -> None:
    assert tell(replies(BUSY, BUSY, DONE)).connections == 3
    peer_of = Peer(replies(BUSY))
    with pytest.raises(WebhookError, match=r"at 127\.0\.0\.1 was not told: it answered 503"):
        tell(peer_of)
    assert peer_of.connections == TRIES


def test_a_pause_that_is_asked_for_is_kept_and_a_long_one_is_not_waited_for() -> None:
    clock = _QuickClock()
    wish = answer(b"", "429 Too Many", "Retry-After: 40", "Connection: close")
    tell(replies(wish, DONE), clock)
    assert clock.pauses == [40]
    long = answer(b"", "429 Too Many", "Retry-After: 4000", "Connection: close")
    with pytest.raises(WebhookError, match="asks for a pause of 4000 s"):
        tell(replies(long))


@pytest.mark.parametrize("status", ["400 Bad", "401 No", "410 Gone", "302 Found", "415 Type"])
def test_a_refusal_is_final_and_a_redirect_is_one(status: str) -> None:
    peer = Peer(replies(answer(b"", status, "Location: http://127.0.0.1:1/", "Connection: close")))
    with pytest.raises(WebhookError, match=f"it answered {status[:3]}"):
        tell(peer)
    assert peer.connections == 1


def test_a_connection_that_breaks_is_tried_again_and_the_address_is_never_shown() -> None:
    with pytest.raises(WebhookError) as caught:
        tell(raw(b"", reset=True))
    assert "in-the-address" not in str(caught.value)
    assert "Error" in str(caught.value)


def test_a_name_that_no_host_can_have_is_final() -> None:
    async def run() -> None:
        hook = Webhook(url="https://ä..example/hook?key=in-the-address")
        with pytest.raises(WebhookError, match="no host can have its name") as caught:
            await send_message(hook, b"", "text/x", clock=_QuickClock(), random=lambda: 0.5)
        assert "in-the-address" not in str(caught.value)

    asyncio.run(run())


def test_an_answer_that_drips_is_cut_off() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        for byte in b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100:
            writer.write(bytes([byte]))
            await writer.drain()
            leap(TIMEOUT_S / 10)
            await asyncio.sleep(0)

    with pytest.raises(WebhookError, match="TimeoutError"):
        tell(drip)


@pytest.mark.parametrize(
    "url", ["", "alerts.example/hook", "ftp://x/", "http://alerts.example/", "https://[", "http://"]
)
def test_an_address_that_is_none_or_in_clear_text_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_webhook(Webhook(url=url))
    assert "/hook" not in caught.value.message
    check_webhook(Webhook(url="https://alerts.example/hook"))


def test_no_secret_is_in_the_repr() -> None:
    text = repr(Webhook(url="https://a.example/s3cret", token="t0ken", key="k3y"))
    assert not any(secret in text for secret in ("s3cret", "t0ken", "k3y"))


@pytest.mark.parametrize(
    ("url", "proxy", "is_verified"),
    [
        ("https://alerts.example/", None, True),
        ("HTTPS://alerts.example/", None, True),
        ("http://127.0.0.1/", None, False),
        ("http://127.0.0.1/", "https://proxy.example", True),
    ],
)
def test_certificates_are_verified_however_https_is_spelled(
    url: str,
    proxy: str | None,
    is_verified: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[object] = []

    class StopError(Exception):
        pass

    def open_client(**settings: object) -> None:
        given.append(settings["verify"])
        raise StopError

    monkeypatch.setattr(httpx, "AsyncClient", open_client)
    with pytest.raises(StopError):
        asyncio.run(
            send_message(
                Webhook(url=url, proxy=proxy), b"", "", clock=SystemClock(), random=lambda: 0.0
            )
        )
    assert [isinstance(verify, ssl.SSLContext) for verify in given] == [is_verified]
