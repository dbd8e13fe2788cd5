"""Faults between here and the platform, on real sockets: what proves that nothing was sent, what
leaves a write in doubt, and what a read gets over."""

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import ApiError, DecodeError, StatusError, TransportError
from tests.support.certificates import make_certificate, serve_tls
from tests.support.leaping_time import leap
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

Conversation = Callable[[Client], Awaitable[Any]]
STATE = answer(b'{"state": "Off"}')


@pytest.fixture(autouse=True)
def _quick_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are proven in virtual time; here they would only cost time."""
    monkeypatch.setattr(SystemClock, "sleep", lambda _self, _seconds: asyncio.sleep(0))


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Each connection meets the next behaviour, and the last one all that follow."""
    left = list(behaviours)

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(reader, writer)

    return behave


async def reset_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection off before a byte of it was read."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


def talk_to(endpoint: str, what: Conversation, **settings: Any) -> ApiError:
    """What goes wrong at an endpoint that is none of ours."""

    async def run() -> ApiError:
        connection = Connection(endpoint=endpoint, **{"token": "t", "retries": 0, **settings})
        async with Client(connection, clock=SystemClock()) as client:
            with pytest.raises(ApiError) as caught:
                await what(client)
            return caught.value

    return asyncio.run(run())


# T1, T2: names


def test_a_name_that_cannot_be_resolved_proves_that_nothing_was_sent_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    async def resolve(_loop: object, host: object, *_: object, **__: object) -> Any:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    error = talk_to("https://api.example/api/v1", resize, retries=2)
    assert len(asked) == 3
    assert not error.maybe_done
    assert "could not connect to api.example: " in str(error)
    assert "Name or service not known" in str(error)
    assert "CCLOUD_ENDPOINT" in error.hint


# T5, T6: TLS


def test_a_certificate_for_another_host_is_final(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "other.example")
    peer = Peer(serving(b'{"id": 5}'))
    with pytest.raises(TransportError, match="certificate is not trusted: Hostname") as caught:
        talk(peer, resize, serve_tls(certificate), ca_file=str(certificate), retries=4)
    assert not caught.value.maybe_done
    assert peer.connections <= 1


def broken_off(data: bytes) -> Behaviour:
    """Writes these bytes once the handshake has begun, and hangs up."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(data)

    return behave


@pytest.mark.parametrize("behave", [reset_at_once, broken_off(b""), broken_off(b"not TLS\r\n\r\n")])
def test_a_handshake_that_breaks_off_proves_that_nothing_was_sent(behave: Behaviour) -> None:
    async def run() -> ApiError:
        peer = Peer(behave)
        server = await asyncio.start_server(peer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connection = Connection(endpoint=f"https://127.0.0.1:{port}", token="t", retries=0)
        async with server, Client(connection, clock=SystemClock()) as client:
            with pytest.raises(TransportError) as caught:
                await resize(client)
            return caught.value

    assert not asyncio.run(run()).maybe_done


# T7: a proxy


@pytest.mark.parametrize("status", ["403 Forbidden", "502 Bad Gateway"])
def test_a_proxy_that_cannot_build_the_tunnel_proves_that_nothing_was_sent(status: str) -> None:
    async def run() -> None:
        server = await asyncio.start_server(Peer(serving(b"", status)), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connection = Connection(
            endpoint="https://api.example/api/v1",
            token="t",
            proxy=f"http://someone:proxy-password@127.0.0.1:{port}",
        )
        async with server, Client(connection, clock=SystemClock()) as client:
            with pytest.raises(TransportError, match=f"proxy refused: {status}") as caught:
                await resize(client)
        assert not caught.value.maybe_done
        assert "proxy-password" not in str(caught.value)

    asyncio.run(run())


def test_a_proxy_learns_the_host_and_nothing_of_the_request() -> None:
    seen: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        seen.append(await reader.read(65536))  # the beginning of TLS

    async def run() -> None:
        server = await asyncio.start_server(Peer(behave), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connection = Connection(
            endpoint="https://api.example/api/v1",
            token="the-token",
            proxy=f"http://127.0.0.1:{port}",
            retries=0,
        )
        async with server, Client(connection, clock=SystemClock()) as client:
            with pytest.raises(TransportError):
                await resize(client)

    asyncio.run(run())
    told, tls = seen
    assert told.startswith(b"CONNECT api.example:443 HTTP/1.1\r\n")
    assert tls.startswith(b"\x16\x03")
    assert b"token" not in told.lower() + tls
    assert b"authorization" not in told.lower()


def test_a_proxy_that_is_not_reached_is_named_without_its_password() -> None:
    async def run() -> None:
        connection = Connection(
            endpoint="https://api.example/api/v1",
            token="t",
            proxy="http://someone:proxy-password@127.0.0.1:1",
            retries=0,
        )
        async with Client(connection, clock=SystemClock()) as client:
            with pytest.raises(TransportError) as caught:
                await resize(client)
        assert "could not connect to api.example through the proxy 127.0.0.1:1: " in str(
            caught.value
        )
        assert "HTTPS_PROXY" in str(caught.value.hint)
        assert "proxy-password" not in str(caught.value)
        assert not caught.value.maybe_done

    asyncio.run(run())


# T8 to T13: connections that end


def test_a_connection_that_is_reset_before_it_was_read_leaves_a_write_in_doubt() -> None:
    error = fail(reset_at_once, resize, retries=4)
    assert isinstance(error, TransportError)
    assert error.maybe_done, "nobody can tell this from a reset after the request was read"


@pytest.mark.parametrize(
    "behave",
    [
        reset_at_once,
        raw(b""),
        raw(b"", reset=True),
        raw(b"HTTP/1.1 200 OK\r\nContent-"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
        raw(b"this is not HTTP\r\n\r\n"),
        raw(answer(b'{"state": "O')),
        raw(answer(b'{"state": "\xff"}')),
        raw(answer(b"", "503 Service Unavailable", "Retry-After: 1")),
        raw(answer(b"<html>Bad Gateway</html>", "502 Bad Gateway")),
    ],
)
def test_a_read_gets_over_an_answer_that_breaks_off(behave: Behaviour) -> None:
    peer = Peer(in_turn(behave, serving(b'{"state": "Off"}')))
    assert talk(peer, read, retries=1) == "Off"
    assert peer.connections == 2


@pytest.mark.parametrize("what", [read, resize])
def test_an_answer_that_drips_is_cut_off_by_the_total_time(what: Conversation) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            leap(2)
            await asyncio.sleep(0)

    error = fail(drip, what, timeout_s=30)
    assert re.search(r"no answer from 127\.0\.0\.1:\d+ within 30 seconds", str(error))
    assert error.maybe_done is (what is resize)


def test_headers_without_end_are_cut_off() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-Padding: " + b"x" * 10_000 + b"\r\n")
            await writer.drain()

    error = fail(endless, resize, timeout_s=60)
    assert isinstance(error, TransportError)
    assert error.maybe_done


# T14, T15: connections that are kept


def test_a_kept_connection_that_died_meanwhile_is_replaced_for_a_read() -> None:
    async def one_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(STATE)  # it says nothing of closing, and closes

    async def twice(client: Client) -> None:
        assert await read(client) == "Off"
        await asyncio.sleep(0.05)
        assert await read(client) == "Off"

    peer = Peer(one_answer)
    talk(peer, twice, retries=1)
    assert peer.connections == 2


def test_a_kept_connection_that_dies_under_a_read_costs_one_repetition() -> None:
    async def second_is_lost(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(STATE)
        await read_request(reader)

    async def twice(client: Client) -> None:
        assert await read(client) == "Off"
        assert await read(client) == "Off"

    talk(Peer(second_is_lost), twice, retries=1)


def test_a_read_gets_over_any_number_of_kept_connections_that_are_dead() -> None:
    asked = 0
    five = asyncio.Event()  # so that no connection is used for two of them

    async def second_is_lost(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await read_request(reader)
        asked += 1
        if asked == 5:
            five.set()
        await five.wait()
        writer.write(STATE)
        await read_request(reader)

    async def several(client: Client) -> None:
        await asyncio.gather(*(read(client) for _ in range(5)))
        assert await read(client) == "Off"

    peer = Peer(second_is_lost)
    talk(peer, several, retries=1)
    assert peer.connections == 6


def about(path: bytes) -> bytes:
    """The answer that belongs to this request."""
    name = path.rsplit(b"/", 1)[1].split(b" ")[0]
    if name == b"state":  # it does not say whose it is
        return answer(b'{"state": "' + path.split(b"/")[-2] + b'"}')
    if b"/tasks/" in path:
        return answer(b'{"id": ' + name + b', "action": "reset", "status": "done"}')
    data = b'"data": {"cores": 2, "memory": 4, "disk": 50, "addons": []}'
    return answer(b'{"id": 1, "hostname": "' + name + b'", "tags": [], ' + data + b"}")


async def one_answer_too_many(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pause_s: float
) -> None:
    """A proxy out of step: everything comes twice, at once or a moment later."""
    while True:
        request = await read_request(reader)
        one = about(request.split(b" HTTP/")[0])
        writer.write(one * 2 if pause_s == 0 else one)
        if pause_s:
            await asyncio.sleep(pause_s)
            writer.write(one)


async def read_server(client: Client, number: int) -> object:
    return (await client.get_server(str(number))).hostname


async def read_task(client: Client, number: int) -> object:
    return str((await client.get_task(number)).id)


async def read_state(client: Client, number: int) -> object:
    return await client.get_server_state(str(number))


@pytest.mark.parametrize("pause_s", [0, 0.02])
@pytest.mark.parametrize("read_one", [read_server, read_task, read_state])
def test_the_answer_to_another_request_is_never_taken_for_ones_own(
    read_one: Callable[[Client, int], Awaitable[object]], pause_s: float
) -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await one_answer_too_many(reader, writer, pause_s)

    async def several(client: Client) -> None:
        for number in range(1, 6):
            assert await read_one(client, number) == str(number)
            await asyncio.sleep(2 * pause_s)

    talk(Peer(behave), several)


# H8, H17, H20: what no repetition mends


def test_credentials_that_are_refused_cost_no_storm_of_requests() -> None:
    body = b'{"error": "invalid_client", "message": "Client authentication failed"}'
    peer = Peer(serving(body, "401 Unauthorized"))
    with pytest.raises(StatusError, match="401"):
        talk(peer, resize, token=None, client_id="a", client_secret="b" * 8, retries=4)
    assert peer.connections == 1


def test_a_login_page_instead_of_an_answer_leaves_a_write_in_doubt_and_names_the_setting() -> None:
    error = fail(serving(b"<!DOCTYPE html><title>Login</title>"), resize, retries=4)
    assert isinstance(error, DecodeError)
    assert error.maybe_done
    assert "CCLOUD_ENDPOINT" in error.hint


def test_an_answer_of_seventy_megabytes_is_not_read_to_its_end() -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        while sent < 999_999_999:
            writer.write(b" " * 1_000_000)
            await writer.drain()
            sent += 1_000_000

    error = fail(flood, read, timeout_s=60)
    assert "larger than 64 MiB" in str(error)
    assert sent < 100_000_000
