"""What a run cannot be faster than: its requests over bare sockets, its tasks in their places.

`python -m benchmarks.bound ENDPOINT CONNECTIONS < TARGETS` sends each line of standard input, a
path with its query, over so many connections, each of which sends its next request when its answer
is complete, and decodes none. Writes seconds, and seconds of the processor, as JSON.
"""

import json
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from heapq import heapreplace
from urllib.parse import urlsplit


def measure(endpoint: str, targets: Sequence[str], connections: int) -> float:
    """Seconds from the first connect to the last byte."""
    url = urlsplit(endpoint)
    head = f" HTTP/1.1\r\nHost: {url.hostname}\r\nAccept: application/json\r\n\r\n"
    waiting = deque(f"GET {target}{head}".encode() for target in targets)
    begin = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        open_sockets: dict[socket.socket, bytearray] = {}
        for _ in range(min(connections, len(waiting))):
            connection = socket.create_connection((url.hostname, url.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            open_sockets[connection] = bytearray()
            selector.register(connection, selectors.EVENT_READ)
            connection.sendall(waiting.popleft())
        while open_sockets:
            for key, _events in selector.select():
                connection = key.fileobj  # type: ignore[assignment]
                received = open_sockets[connection]
                if not (data := connection.recv(1 << 18)):
                    raise ConnectionError("the server has closed a connection")
                received += data
                if not is_complete(received):
                    continue
                if waiting:
                    open_sockets[connection] = bytearray()
                    connection.sendall(waiting.popleft())
                else:
                    del open_sockets[connection]
                    selector.unregister(connection)
                    connection.close()
    return time.perf_counter() - begin


def is_complete(received: bytes | bytearray) -> bool:
    """Whether all of an answer is here. Its length stands in its head."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(received[:end]).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return len(received) - end - 4 >= int(length)


def find_makespan_s(lengths_s: Sequence[float], places: int) -> float:
    """Seconds until all is over if each begins, in this order, when a place is free."""
    free_at = [0.0] * places
    for length_s in lengths_s:
        heapreplace(free_at, free_at[0] + length_s)
    return max(free_at)


if __name__ == "__main__":
    _targets = sys.stdin.read().split()
    _seconds = measure(sys.argv[1], _targets, int(sys.argv[2]))
    print(json.dumps({"s": _seconds, "cpu_s": time.process_time()}))
