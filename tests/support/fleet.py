"""Thirty servers behind HTTP, and a look at the account past the product's own code."""

import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx

from tests.conftest import PATIENCE_S, Ended, StartCli
from tests.support.desk import HEADERS, ORDER
from tests.support.servers import end_tasks, ending_tasks

SIZE = 30
FLEET = """\
stack: fleet
defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4}
servers:
  app: {count: 18, disks: [50]}
  noted: {count: 6, disks: [50], notes: "Owner: platform team"}
  kept: {count: 6, disks: [50, 20], scheduled_snapshots: {frequency: 24}}
"""
_PLAIN: dict[str, Any] = {"trust_env": False, "verify": False, "timeout": PATIENCE_S}
"""No proxy, and no certificates, whose reading takes longer than the request."""
_PAGE_SIZE = 100
_FOREIGN = 3
"""The sandbox's example servers, which belong to nobody's stack."""


@dataclass
class Platform:
    """A served sandbox that can be killed and started again at the same address."""

    start_cli: StartCli
    env: Mapping[str, str]
    db: Path
    speed: float
    arguments: tuple[str, ...] = ()
    port: int = 0
    process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _held: socket.socket | None = field(default=None, repr=False)

    def start(self) -> str:
        """Serve, and give back the endpoint."""
        if not self.port and sys.platform == "linux":
            self._hold_port()
        place = ("--port", str(self.port), "--db", str(self.db), "--speed", str(self.speed))
        self.process = self.start_cli("sandbox", "serve", *place, *self.arguments, env=self.env)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.search(r"http://[\d.]+:(\d+)\S*", line)
        assert found, line + self.process.stderr.read()
        self.port = int(found[1])
        return found[0]

    def _hold_port(self) -> None:
        """Nobody else gets the port while nothing is served there: a socket has it that never
        listens, beside which one that listens may have it too."""
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", 0))
        self.port = self._held.getsockname()[1]

    def kill(self) -> None:
        """As if the power failed."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=PATIENCE_S)

    def restart(self, *, speed: float) -> None:
        """Let new tasks run at another speed."""
        self.kill()
        self.speed = speed
        self.start()

    def close(self) -> None:
        """Serve no more."""
        self.kill()
        if self._held is not None:
            self._held.close()

    def end_tasks(self) -> int:
        """Let every task that runs end by now; how many these are."""
        return end_tasks(self.db)

    def ending_tasks(self) -> AbstractContextManager[list[int]]:
        """Whatever runs is ended, again and again; how many these were at each look."""
        return ending_tasks(self.db)

    def read(self, path: str, **query: str) -> Any:
        """What the account says, asked without the product."""
        address = f"http://127.0.0.1:{self.port}/api/v1{path}"
        return httpx.get(address, params=query, headers=HEADERS, **_PLAIN).json()

    def change(self, method: str, path: str, body: Any = None) -> Any:
        """Somebody else changes something."""
        address = f"http://127.0.0.1:{self.port}/api/v1{path}"
        answer = httpx.request(method, address, json=body, headers=HEADERS, **_PLAIN)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def create_twin_of(self, key: str) -> None:
        """Somebody copies a server with its tags, and waits for the copy."""
        (original,) = (s for s in self.servers() if f"server:{key}" in s["tags"])
        order = {**ORDER, "custom_name": original["custom_name"], "tags": original["tags"]}
        task = self.change("POST", "/ccloud/servers", order)["id"]
        while self.read(f"/ccloud/tasks/{task}")["status"] == "processing":
            time.sleep(0.1)

    def wait_for_creates(self, count: int, process: subprocess.Popen[str]) -> None:
        """Come back once the account has had so many creates. The process has to be at work."""
        while True:
            is_over = process.poll() is not None
            if len(self.tasks("create-server")) >= count:
                return
            assert not is_over, "it ended without them"
            time.sleep(0.02)

    def servers(self) -> list[dict[str, Any]]:
        """Every server of the account."""
        return [server for page in (1, 2) for server in self._read_page("servers", page)["data"]]

    def tasks(self, action: str) -> list[dict[str, Any]]:
        """Every task of this kind that the account remembers."""
        tasks: list[dict[str, Any]] = []
        for page in range(1, 6):
            found = self._read_page("tasks", page, action=action)
            tasks += found
            if len(found) < _PAGE_SIZE:
                break
        return tasks

    def _read_page(self, what: str, page: int, **query: str) -> Any:
        return self.read(f"/ccloud/{what}", limit=str(_PAGE_SIZE), page=str(page), **query)

    def count_by_key(self, stack: str = "fleet") -> Counter[str]:
        """How many servers carry the stack's tag, by their key."""
        return Counter(
            tag.removeprefix("server:")
            for server in self.servers()
            if f"stack:{stack}" in server["tags"]
            for tag in server["tags"]
            if tag.startswith("server:")
        )


def fleet_keys() -> set[str]:
    """The keys of the fleet's servers."""
    groups = {"app": 18, "noted": 6, "kept": 6}
    return {f"{name}-{number}" for name, count in groups.items() for number in range(1, count + 1)}


def assert_complete(platform: Platform, *, creates: int = SIZE) -> None:
    """Every server is there once, nobody else's was touched, and no create was one too many."""
    assert platform.count_by_key() == Counter(fleet_keys())
    assert len(platform.servers()) == SIZE + _FOREIGN
    assert [task["status"] for task in platform.tasks("create-server")] == ["done"] * creates


def read_until(stream: IO[str] | None, word: str) -> str:
    """Read lines until one has this word; that line. Nothing that follows it is lost to `read`,
    but to `communicate`, which does not know what was read ahead."""
    assert stream is not None
    for line in stream:
        if word in line:
            return line
    raise AssertionError(f"{word} never came")


def read_to_end(process: subprocess.Popen[str]) -> Ended:
    """Wait for a command of whose standard output a part was read: here is all of the rest, with
    what was read ahead. It may write no more to standard error than a pipe holds."""
    assert process.stdout is not None
    assert process.stderr is not None
    out = process.stdout.read()
    code = process.wait(timeout=PATIENCE_S)
    return Ended(code=code, out=out, err=process.stderr.read())


def run_to_end(process: subprocess.Popen[str]) -> Ended:
    """Wait for a command that was started."""
    out, err = process.communicate(timeout=PATIENCE_S)
    return Ended(code=process.returncode, out=out, err=err)
