"""An API that answers at once, or after a fixed latency, from memory.

A process of its own (`python -m benchmarks.answering SPEC`), so that it does not take the
processor's time from whoever asks. What it answers belongs to platform.py. At `/benchmark` it
tells which requests there were since it was last asked, how many at the same time, and over how
many connections.
"""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.account_spec import Spec, from_json
from benchmarks.bound import is_complete
from benchmarks.process import ROOT, clean_environment

if TYPE_CHECKING:
    from benchmarks.emulated import Emulated
    from benchmarks.platform import Platform

PREFIX = "/api/v1"
TOLD_AT = "/benchmark"


@contextmanager
def answering(spec: Spec) -> Iterator[str]:
    """The endpoint of such an API until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.answering", spec.to_json()],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}{PREFIX}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def measure_latency_ms(endpoint: str, *, times: int = 50) -> float:
    """What one answer takes for a bare socket that does nothing else: the median."""
    url = urlsplit(endpoint)
    request = f"GET {PREFIX}/ccloud/tasks HTTP/1.1\r\nHost: {url.hostname}\r\n\r\n".encode()
    latencies_ms = []
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(times):
            begin = time.perf_counter()
            connection.sendall(request)
            connection.recv(65536)
            latencies_ms.append((time.perf_counter() - begin) * 1000)
    return median(latencies_ms)


def ask_what_was_sent(endpoint: str) -> dict[str, Any]:
    """What the server has seen since it was last asked; see `_Seen`."""
    url = urlsplit(endpoint)
    request = f"GET {TOLD_AT} HTTP/1.1\r\nHost: {url.hostname}\r\nConnection: close\r\n\r\n"
    received = bytearray()
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(request.encode())
        while not is_complete(received):
            received += connection.recv(1 << 20)
    told: dict[str, Any] = json.loads(received.partition(b"\r\n\r\n")[2])
    return told


@dataclass(slots=True)
class _Seen:
    """What has come since the last look."""

    targets: list[str] = field(default_factory=list)
    connections: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def tell(self, platform: "Platform") -> bytes:
        value = {
            "targets": self.targets,
            "connections": self.connections,
            "most_in_flight": self.most_in_flight,
            "lengths_s": platform.lengths_s,
            "most_creates": platform.most_creates,
        }
        self.targets, self.connections, self.most_in_flight = [], 0, 0
        return json.dumps(value).encode()


class _Connection(asyncio.Protocol):
    """One connection: requests one after the other."""

    def __init__(
        self,
        platform: "Platform",
        emulated: "Emulated | None",
        seen: _Seen,
        latency_s: float,
    ) -> None:
        self._platform = platform
        self._emulated = emulated
        self._seen = seen
        self._latency_s = latency_s
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None
        self._is_counted = False
        self._later: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._received:
            head, separator, rest = self._received.partition(b"\r\n\r\n")
            if not separator:
                return
            length = _body_length(head)
            if len(rest) < length:
                return
            body, self._received = rest[:length], rest[length:]
            method, target, _ = head.split(b" ", 2)
            self._take(method.decode(), target.decode(), body)

    def _take(self, method: str, target: str, body: bytes) -> None:
        if target == TOLD_AT:
            self._write(_respond(200, self._seen.tell(self._platform)))
            return
        seen = self._seen
        if not self._is_counted:
            self._is_counted, seen.connections = True, seen.connections + 1
        seen.targets.append(f"{method} {target}")
        seen.in_flight += 1
        seen.most_in_flight = max(seen.most_in_flight, seen.in_flight)
        status, value = self._platform.answer(method, target, body, time.time())
        if status == 404 and self._emulated is not None:
            self._later = asyncio.ensure_future(self._ask(self._emulated, method, target, body))
        else:
            self._answer(_respond(status, value))

    async def _ask(self, emulated: "Emulated", method: str, target: str, body: bytes) -> None:
        self._answer(_respond(*await emulated.answer(method, target, body)))

    def _answer(self, answer: bytes) -> None:
        if self._latency_s:
            asyncio.get_running_loop().call_later(self._latency_s, self._finish, answer)
        else:
            self._finish(answer)

    def _finish(self, answer: bytes) -> None:
        self._seen.in_flight -= 1
        self._write(answer)

    def _write(self, answer: bytes) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(answer)


def _body_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _respond(status: int, body: bytes) -> bytes:
    reason = HTTPStatus(status).phrase.encode()
    return b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        status,
        reason,
        len(body),
        body,
    )


async def serve(spec: Spec) -> None:
    """Serve for ever; the port is written as a line on standard output."""
    from benchmarks.platform import Platform  # with all of the product: whoever asks stays small

    platform, seen = Platform(spec), _Seen()
    emulated = None
    if spec.has_catalogues:
        from benchmarks.emulated import Emulated

        emulated = Emulated()
        await emulated.answer("GET", f"{PREFIX}/ccloud/pools", b"")  # its own first time
    latency_s = spec.latency_ms / 1000
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Connection(platform, emulated, seen, latency_s), "127.0.0.1", 0, backlog=512
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(from_json(sys.argv[1])))
