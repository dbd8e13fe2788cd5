"""A network that answers by a script, and a client that speaks to it in virtual time."""

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from ccloud_apply.api.client import Client, Connection
from tests.support.virtual_time import VirtualClock, run_virtually

Value = TypeVar("Value")

ENDPOINT = "https://api.example/api/v1"
SECRET = "s3cr3t/with+signs"
TOKEN = "token-that-nobody-sees"

Answer = httpx.Response | Exception
Handler = Callable[[httpx.Request], Answer | Awaitable[Answer]]


def reply(status: int = 200, body: Any = None, **headers: str) -> httpx.Response:
    """An answer; bytes as they are, anything else as JSON, None as no body at all."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=content, headers=names)


@dataclass
class Network(httpx.AsyncBaseTransport):
    """Answers in the script's order, or by a function; remembers what was asked, and when."""

    script: Iterable[Answer] | Handler
    seen: list[httpx.Request] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._answers = None if callable(self.script) else iter(self.script)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        self.times.append(asyncio.get_running_loop().time())
        if callable(self.script):
            given = self.script(request)
            answer = await given if inspect.isawaitable(given) else given
        else:
            assert self._answers is not None
            answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def lines(self) -> list[str]:
        """Method and path of every request, below the endpoint."""
        return [f"{r.method} {r.url.path.removeprefix('/api/v1')}" for r in self.seen]


def connect(network: httpx.AsyncBaseTransport, **settings: Any) -> Client:
    """A client with a fixed token, or whatever the settings say, `permits` included. Chance is
    always one half."""
    if "client_id" not in settings:
        settings.setdefault("token", TOKEN)
    permits = settings.pop("permits", None)
    connection = Connection(endpoint=ENDPOINT, **settings)
    clock = VirtualClock()
    return Client(connection, clock=clock, transport=network, random=lambda: 0.5, permits=permits)


def talk(
    network: httpx.AsyncBaseTransport,
    conversation: Callable[[Client], Awaitable[Value]],
    **settings: Any,
) -> Value:
    """What the conversation with the client brings, in virtual time."""

    async def run() -> Value:
        async with connect(network, **settings) as client:
            return await conversation(client)

    return run_virtually(run())


def server(number: int, **fields: Any) -> dict[str, Any]:
    """A server as the API writes it."""
    data = {"cores": 2, "memory": 4, "disk": 50, "addons": []}
    return {"id": number, "hostname": f"vs{number}", "tags": [], "data": data, **fields}
