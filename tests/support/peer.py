"""A server made of a socket and a behaviour, and a client that talks to it."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import ApiError
from tests.support.leaping_time import run_leaping

Value = TypeVar("Value")
Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """What a connection of the client meets: counts connections, then behaves."""

    behave: Behaviour
    connections: int = 0
    under_way: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            head += await reader.readexactly(int(line.split(b":")[1]))
    return head


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def serving(body: bytes, status: str = "200 OK", *headers: str) -> Behaviour:
    """A server that keeps its connections open."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(answer(body, status, *headers))
            await writer.drain()

    return behave


def raw(data: bytes, *, reset: bool = False) -> Behaviour:
    """Reads the request, writes these bytes and hangs up."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(data)
        if reset:
            writer.transport.abort()

    return behave


def talk(
    peer: Peer,
    conversation: Callable[[Client], Awaitable[Value]],
    tls: ssl.SSLContext | None = None,
    **settings: Any,
) -> Value:
    async def run() -> Value:
        server = await asyncio.start_server(peer, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
        connection = Connection(
            endpoint=f"{scheme}://{host}:{port}/api/v1",
            **{"token": "the-token", "retries": 0, **settings},
        )
        async with server, Client(connection, clock=SystemClock()) as client:
            return await conversation(client)

    return run_leaping(run())


async def read(client: Client) -> str:
    return await client.get_server_state("vs1")


async def resize(client: Client) -> int | None:
    path = "/ccloud/servers/vs1/memory"
    return (await client.send("resize_server_memory", "PUT", path, {"memory": 8})).task_id


def fail(behave: Behaviour, what: Callable[[Client], Awaitable[Any]], **settings: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        talk(Peer(behave), what, **settings)
    return caught.value
