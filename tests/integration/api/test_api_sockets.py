"""The client on real sockets of this machine: connections that break off, TLS, redirects."""

import asyncio
import gzip
import re
from pathlib import Path

import pytest

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.api.http import httpcore_door
from ccloud_apply.api.http.door import CONNECT_TIMEOUT_S
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import DecodeError, StatusError, TransportError
from tests.support.certificates import make_certificate, serve_tls
from tests.support.leaping_time import leap, run_leaping
from tests.support.loopback import closed_port
from tests.support.peer import (
    Behaviour,
    Peer,
    answer,
    fail,
    raw,
    read,
    read_request,
    resize,
    serving,
    talk,
)


@pytest.mark.parametrize(
    "behave",
    [
        raw(b""),
        raw(b"", reset=True),
        raw(b"HTTP/1.1 200 OK\r\nContent-"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
        raw(b"this is not HTTP\r\n\r\n"),
    ],
    ids=["fin", "reset", "headers", "body", "chunk", "not-http"],
)
def test_an_answer_that_breaks_off_leaves_a_write_in_doubt(behave: Behaviour) -> None:
    error = fail(behave, resize)
    assert isinstance(error, TransportError)
    assert error.maybe_done
    assert "may have acted" in str(error)


def test_a_body_without_a_length_that_breaks_off_is_no_value() -> None:
    error = fail(raw(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"id": 5'), resize)
    assert isinstance(error, DecodeError)
    assert error.maybe_done


def test_a_refused_connection_proves_that_nothing_was_sent() -> None:
    async def run(port: int) -> None:
        connection = Connection(endpoint=f"http://127.0.0.1:{port}", token="t", retries=0)
        async with Client(connection, clock=SystemClock()) as client:
            with pytest.raises(
                TransportError, match=rf"could not connect to 127\.0\.0\.1:{port}: "
            ) as caught:
                await resize(client)
            assert not caught.value.maybe_done

    with closed_port() as port:
        asyncio.run(run(port))


def test_a_write_that_waits_for_its_answer_too_long_is_in_doubt() -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        leap(30)
        await reader.read()  # until the client hangs up

    error = fail(never, resize, timeout_s=30)
    assert re.search(r"no answer from 127\.0\.0\.1:\d+ within 30 seconds", str(error))
    assert error.maybe_done


def test_a_handshake_that_never_ends_proves_that_nothing_was_sent() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        leap(CONNECT_TIMEOUT_S)
        await reader.read()

    async def run() -> None:
        server = await asyncio.start_server(Peer(silent), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connection = Connection(endpoint=f"https://127.0.0.1:{port}", token="t", retries=0)
        async with server, Client(connection, clock=SystemClock()) as client:
            with pytest.raises(TransportError, match=r"no connection to .* 10 seconds") as caught:
                await resize(client)
            assert not caught.value.maybe_done

    run_leaping(run())


def test_reads_reuse_their_connection_and_writes_never_do() -> None:
    peer = Peer(serving(b'{"id": 5, "state": "Off"}'))

    async def several(client: Client) -> None:
        for _ in range(3):
            await read(client)
        assert peer.connections == 1
        for _ in range(3):
            await resize(client)
        assert peer.connections == 4

    talk(peer, several)


def test_many_reads_use_no_more_connections_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpcore_door, "KEPT_S", 3600.0)  # however slow the machine is

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            await asyncio.sleep(0.005)
            writer.write(answer(b'{"state": "Off"}'))

    async def many(client: Client) -> None:
        await asyncio.gather(*(client.get_server_state(f"vs{n}") for n in range(200)))

    peer = Peer(slow)
    talk(peer, many, concurrency=16)
    assert peer.connections <= 16


def test_a_redirect_is_not_followed() -> None:
    peer = Peer(serving(b"<html>", "302 Found", "Location: http://127.0.0.1:1/login"))
    with pytest.raises(StatusError, match="302"):
        talk(peer, read)
    assert peer.connections == 1


def test_a_packed_answer_is_unpacked() -> None:
    body = gzip.compress(b'{"state": "Off"}')
    assert talk(Peer(serving(body, "200 OK", "Content-Encoding: gzip")), read) == "Off"


def test_a_body_that_is_not_packed_as_it_says_is_an_error() -> None:
    behave = serving(b'{"state": "Off"}', "200 OK", "Content-Encoding: gzip")
    assert isinstance(fail(behave, read), TransportError)


def test_cookies_are_not_kept() -> None:
    requests: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            requests.append(await read_request(reader))
            writer.write(answer(b'{"state": "Off"}', "200 OK", "Set-Cookie: session=1"))

    async def twice(client: Client) -> None:
        await read(client)
        await read(client)

    talk(Peer(behave), twice)
    assert len(requests) == 2
    assert b"cookie" not in requests[1].lower()


def test_the_environments_proxies_and_netrc_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    requests: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await read_request(reader))
        writer.write(answer(b'{"state": "Off"}'))

    assert talk(Peer(behave), read) == "Off"
    assert b"authorization: bearer the-token" in requests[0].lower()


def test_a_proxy_that_refuses_the_tunnel_proves_that_nothing_was_sent() -> None:
    async def run() -> None:
        peer = Peer(serving(b"", "407 Proxy Authentication Required"))
        server = await asyncio.start_server(peer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connection = Connection(
            endpoint="https://api.example/api/v1",
            token="t",
            proxy=f"http://someone:proxy-password@127.0.0.1:{port}",
        )
        async with server, Client(connection, clock=SystemClock()) as client:
            with pytest.raises(TransportError, match="proxy refused: 407") as caught:
                await resize(client)
        assert not caught.value.maybe_done
        assert "proxy-password" not in str(caught.value)
        assert peer.connections == 1

    asyncio.run(run())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody has signed."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


def test_a_certificate_that_nobody_trusts_is_final_and_names_the_way_out(certificate: Path) -> None:
    peer = Peer(serving(b'{"id": 5}'))
    with pytest.raises(TransportError, match="certificate is not trusted") as caught:
        talk(peer, resize, serve_tls(certificate), retries=4)
    assert "SSL_CERT_FILE" in caught.value.hint
    assert not caught.value.maybe_done


def test_a_certificate_of_ones_own_authority_is_trusted(certificate: Path) -> None:
    peer = Peer(serving(b'{"id": 5}'))
    assert talk(peer, resize, serve_tls(certificate), ca_file=str(certificate)) == 5
