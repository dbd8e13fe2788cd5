"""The page on a real socket: whose address counts, and what hostile connections get."""

import asyncio
from pathlib import Path

import httpx
import pytest

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.config import ProxyAuth, WebConfig
from ccloud_apply.fleet.web.listen import Listen, find_open_door, read_listen
from ccloud_apply.fleet.web.server import _listen, serve_page
from tests.conftest import PATIENCE_S
from tests.support.fleet_rows import fleet_database
from tests.support.sockets import sends_at_once
from tests.support.web import hashed, make_config, run

PROXY = WebConfig(proxy=ProxyAuth(addresses=("10.0.0.5",)), roles={"see": ("*",)})


def test_no_header_makes_a_connection_that_of_the_proxy(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            fleet_database(tmp_path) as database,
            serve_page(database, make_config(PROXY), {}, Listen("127.0.0.1", 0)) as url,
            httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE_S) as client,
        ):
            spoofed = {
                "x-forwarded-user": "anna",
                "x-forwarded-for": "10.0.0.5",
                "x-forwarded-proto": "https",
                "x-real-ip": "10.0.0.5",
                "forwarded": "for=10.0.0.5",
            }
            answer = await client.get(f"{url}api/v1/status", headers=spoofed)
            assert answer.status_code == 401
            assert "server" not in answer.headers
            assert (await client.get(f"{url}healthz")).text == "ok\n"

    run(work)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"GET / HTTP/1.0\r\n\r\n", b"421"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", b"400"),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"GET //evil.example/%2e%2e HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"404"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", b"400"),
        (
            b"POST /sign-out HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"403",
        ),
        (b"TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"403"),
        (b"\x16\x03\x01\x02\x00\x01\x00", b"400"),
    ],
)
def test_a_malformed_request_is_refused_and_the_next_is_answered(
    tmp_path: Path, sent: bytes, status: bytes
) -> None:
    async def work() -> None:
        async with (
            fleet_database(tmp_path) as database,
            serve_page(database, make_config(WebConfig()), {}, Listen("127.0.0.1", 0)) as url,
        ):
            port = int(url.rstrip("/").rpartition(":")[2])
            ordinary = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            for request, expected in ((sent, status), (ordinary, b"200")):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                line = await reader.readline()
                assert line.split(b" ")[1] == expected
                writer.close()

    run(work)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:8090", Listen("127.0.0.1", 8090)),
        ("localhost:0", Listen("localhost", 0)),
        ("[::1]:80", Listen("::1", 80)),
    ],
)
def test_without_sign_in_the_page_serves_this_machine(text: str, expected: Listen) -> None:
    assert read_listen(text, WebConfig()) == expected


@pytest.mark.parametrize("text", ["0.0.0.0:8090", "[::]:8090", "192.0.2.1:80", "fleet.example:80"])
def test_others_are_served_only_where_somebody_signs_in(text: str) -> None:
    with pytest.raises(UsageError, match=r"web\.auth does not say who may sign in"):
        read_listen(text, WebConfig(roles={"see": ("*",)}))
    assert read_listen(text, WebConfig(tokens=(hashed("ci", "s3cret"),))).port in (80, 8090)


def test_a_page_that_others_reach_without_https_is_warned_of() -> None:
    tokens = (hashed("ci", "s3cret"),)
    told = find_open_door(Listen("0.0.0.0", 80), WebConfig(tokens=tokens))
    assert told is not None
    assert "others can reach the page at 0.0.0.0" in told
    plain = WebConfig(url="http://localhost", tokens=tokens)
    assert find_open_door(Listen("192.0.2.1", 80), plain) is not None
    safe = WebConfig(url="https://fleet.example.com", tokens=tokens)
    assert find_open_door(Listen("0.0.0.0", 80), safe) is None
    assert find_open_door(Listen("127.0.0.1", 80), WebConfig()) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "8090", ":8090", "127.0.0.1", "127.0.0.1:", "a:b", "a:99999"),
        *("127.0.0.1:" + "9" * 5000, "\udcff:80", "\u00fc" * 70 + ":80", "a\x1b:80"),
    ],
)
def test_what_is_no_address_is_told_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not HOST:PORT"):
        read_listen(text, WebConfig())


def test_no_part_of_an_answer_waits_for_the_acknowledgement_of_the_one_before() -> None:
    with _listen(Listen("127.0.0.1", 0)) as listener:
        assert sends_at_once(listener)
