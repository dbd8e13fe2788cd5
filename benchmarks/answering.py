"""An API that answers at once, or after a fixed latency, with what was written beforehand.

A process of its own (`python -m benchmarks.answering SERVERS LATENCY_MS`), so that it does not take
the processor's time from whoever asks. It knows no rules and checks nothing: the product's emulator
does, but it would be slower than what is measured.
"""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from statistics import median
from urllib.parse import parse_qs, urlsplit

from benchmarks import inputs
from benchmarks.process import ROOT, clean_environment

PREFIX = "/api/v1"
PAGE_SIZE = 100


@contextmanager
def answering(count: int, latency_ms: float) -> Iterator[str]:
    """The endpoint of such an API, with an account of so many servers, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.answering", str(count), str(latency_ms)],
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


def build_answers(count: int) -> Mapping[str, bytes]:
    """Every answer by its path, and the pages of the server list by path and page."""
    answers: dict[str, bytes] = {
        "/ccloud/tasks": _response([]),
        "/ccloud/os": _response(inputs.IMAGES),
        "/ccloud/customers/scheduled": _response(inputs.schedules_json(count)),
    }
    last = max(1, ceil(count / PAGE_SIZE))
    for page in range(1, last + 1):
        numbers = range((page - 1) * PAGE_SIZE, min(page * PAGE_SIZE, count))
        meta = {"current_page": page, "last_page": last, "total": count}
        data = [inputs.server_json(n) for n in numbers]
        answers[f"/ccloud/servers {page}"] = _response({"data": data, "meta": meta})
    for n in range(count):
        server = f"/ccloud/servers/{inputs.hostname(n)}"
        answers[f"{server}/disks"] = _response(inputs.disks_json())
        answers[f"{server}/state"] = _response(inputs.state_json())
    return answers


def _response(value: object) -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"


class _Connection(asyncio.Protocol):
    """One connection: requests without a body, one after the other."""

    def __init__(self, answers: Mapping[str, bytes], latency_s: float) -> None:
        self._answers = answers
        self._latency_s = latency_s
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            answer = self._find(head)
            assert self._transport is not None
            if self._latency_s:
                loop = asyncio.get_running_loop()
                loop.call_later(self._latency_s, self._transport.write, answer)
            else:
                self._transport.write(answer)

    def _find(self, head: bytes) -> bytes:
        target = urlsplit(head.split(b" ", 2)[1].decode())
        path = target.path.removeprefix(PREFIX)
        if path == "/ccloud/servers":
            path = f"{path} {parse_qs(target.query)['page'][0]}"
        return self._answers.get(path, _NOT_FOUND)


async def serve(count: int, latency_s: float) -> None:
    """Serve for ever; the port is written as a line on standard output."""
    answers = build_answers(count)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answers, latency_s), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
