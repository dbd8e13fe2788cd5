"""Servers as the embedded API has them, past the product's own code."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.state.record import ServerRecord
from ccloud_apply.sandbox.state.store import Store


def read_server(env: dict[str, str], hostname: str) -> ServerRecord:
    """The server of this hostname, which is there."""
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store:
        server = store.find_server(hostname)
        assert server is not None
        return server


def read_tagged(env: dict[str, str], tag: str) -> list[ServerRecord]:
    """The servers that carry this tag."""
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store:
        return [server for server in store.all_servers() if tag in server["tags"]]


def change_server(env: dict[str, str], hostname: str, **facts: Any) -> None:
    """Somebody, or the platform, has changed what the account shows of the server."""
    server = read_server(env, hostname)
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store, store.transaction(write=True):
        store.write_server({**server, **facts})  # type: ignore[typeddict-item]


STILL = 0.0001
"""A speed of the sandbox at which no task ends by itself while a test runs: `end_tasks` ends it."""


def end_tasks(db: str | Path) -> int:
    """Let every task that runs end by now; how many these are. Whoever asks next sees it."""
    with closing(Store(str(db))) as store, store.transaction(write=True):
        running = store.list_tasks(status="processing", limit=1000, offset=0)
        for task in running:
            store.set_task_due(task["id"], to_wire(datetime.now(UTC)))
    return len(running)


@contextmanager
def ending_tasks(db: str | Path) -> Iterator[list[int]]:
    """Whatever runs is ended, again and again; how many these were at each look."""
    looks: list[int] = []
    is_over = threading.Event()

    def end_all() -> None:
        while not is_over.wait(0.1):
            looks.append(end_tasks(db))

    ending = threading.Thread(target=end_all)
    ending.start()
    try:
        yield looks
    finally:
        is_over.set()
        ending.join()
