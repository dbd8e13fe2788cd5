"""The simulated world: the emulator, the way to it, the disk with the journal, and processes that
can be killed at any request and at any journal write.

A killed process does nothing any more: what it was sending may still arrive or not, its disk is as
it was at that moment. What happens in which order is `schedule.py`, what must hold is
`invariants.py`.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import httpx

from ccloud_apply.apply.journal.file import read_file
from ccloud_apply.apply.journal.journal import Journal
from ccloud_apply.apply.workdir.paths import journal_path
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.journal import Entry, EntryOutcome, Intent
from ccloud_apply.model.results.plan import Step
from ccloud_apply.sandbox.app import SandboxApp
from ccloud_apply.sandbox.http.request_log import RequestEntry
from ccloud_apply.sandbox.state.record import ServerRecord
from ccloud_apply.sandbox.state.store import Store
from ccloud_apply.workflows.account.sandbox_transport import SandboxTransport
from tests.simulator.laws import hostname_of
from tests.simulator.retire_laws import Retired, find_breaches
from tests.support.virtual_time import VirtualClock

ACCOUNT = "a" * 64
STACK = "sim"

LOOK_S = 5.0
"""Seconds that may pass between the look at a server and its change: that of a slow request."""

When = Literal["before", "sent", "answered"]


class Killed(BaseException):
    """The end of a process, in the middle of whatever it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Where a process ends: at its nth request or its nth journal write, counted from 1.

    At a request: `before` it leaves, once it is `sent`, or when it is `answered` and nobody has
    looked at the answer. At a journal write: `before` it, while it is on its way to the disk
    (`sent`), or right after it.
    """

    at: Literal["request", "journal"]
    number: int
    when: When = "before"


@dataclass(slots=True)
class World:
    """Everything that outlives a process."""

    app: SandboxApp
    folder: Path
    chance: random.Random
    latency_s: float = 0.1
    disk_s: float = 0.0
    """The most that the disk takes for a write. It is there at some time in between."""
    disk_chance: random.Random = field(default_factory=lambda: random.Random(0))
    keeps_journal: bool = True
    log: list[str] = field(default_factory=list)
    """What happened, line by line: the same for the same seed."""
    violations: list[str] = field(default_factory=list)
    planned: list[Step] = field(default_factory=list)
    """Every step of every plan that was carried out."""
    records: dict[int, ServerRecord] = field(default_factory=dict)
    """The servers as they were after the last run."""
    known_tasks: set[int] = field(default_factory=set)
    """The tasks of which a journal knows."""
    accepted_at: list[datetime] = field(default_factory=list)
    """When a person has asked for what did not take to be tried once more."""
    absent_at: list[tuple[datetime, frozenset[str]]] = field(default_factory=list)
    """When each run began, and the keys that its file lacked: what an entry said is over then."""
    held_at: int = 0
    """How many requests there had been when a plan was held last."""
    checked_at: int = 0
    """How many requests there had been after the last run."""
    retired: Retired = field(default_factory=Retired)
    tokens: set[str] = field(default_factory=set)
    outputs: list[str] = field(default_factory=list)
    """All that a person or a file could get to see."""
    _deliveries: set["asyncio.Task[Any]"] = field(default_factory=set)
    clock: VirtualClock = field(default_factory=VirtualClock)

    def note(self, text: str) -> None:
        """Add a line to the log."""
        text = text.replace(str(self.folder), "WORK")
        self.log.append(f"{self.clock.monotonic():10.3f} {text}")

    @property
    def store(self) -> Store:
        """The emulator's own data."""
        store: Store = self.app.state.sandbox.store
        return store

    @property
    def request_log(self) -> deque[RequestEntry]:
        """All that has reached the platform."""
        entries: deque[RequestEntry] = self.app.state.sandbox.request_log
        return entries

    def violate(self, text: str) -> None:
        """Note that something does not hold, once."""
        if text not in self.violations:
            self.violations.append(text)

    @property
    def journal(self) -> Path:
        """Where the stack's journal is."""
        return journal_path(self.folder, account=ACCOUNT, stack=STACK)

    def read_disk(self) -> bytes | None:
        """The journal's bytes right now."""
        return self.journal.read_bytes() if self.journal.exists() else None

    def write_disk(self, contents: bytes | None) -> None:
        """Put these bytes in the journal's place; None: there is none."""
        if contents is None:
            self.journal.unlink(missing_ok=True)
        elif self.journal.exists() or contents:
            self.journal.write_bytes(contents)
            self.journal.chmod(0o600)

    def deliver(self, request: httpx.Request, after_s: float = 0.0) -> "asyncio.Task[Any]":
        """Put a request on the wire, from which its sender cannot take it back; after so many
        seconds, if it stands still in front of it."""
        carrying = self._carry(request, after_s)
        task = asyncio.get_running_loop().create_task(carrying, context=Context())
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)
        return task

    def is_ours(self, task: "asyncio.Task[Any]") -> bool:
        """True for a task that belongs to the world, not to a process."""
        return task in self._deliveries

    async def _carry(self, request: httpx.Request, after_s: float) -> httpx.Response | Exception:
        what = f"{request.method} {request.url.raw_path.decode()}"
        await self.clock.sleep(after_s + self.chance.uniform(0.2, 1) * self.latency_s)
        try:
            answer = await SandboxTransport(self.app).handle_async_request(request)
        except httpx.TransportError as error:
            self.note(f"{what} !! {error}")
            return error
        self.note(f"{what} -> {answer.status_code}")
        await self.clock.sleep(self.chance.uniform(0.2, 1) * self.latency_s)
        return answer


class Process:
    """One process of ours: alive until its kill point."""

    def __init__(self, world: World, kill: Kill | None, stack: Stack | None = None) -> None:
        self.world = world
        self.kill = kill
        self.stack = stack
        self.is_dead = False
        self.died = asyncio.Event()
        self.requests = 0
        self.writes = 0
        self.has_begun = False
        """Whether its run has begun in the journal."""
        self.looks: dict[str, float] = {}
        """When each server was read, since the last change of it was sent."""
        self.disk: bytes | None = None
        """The journal as it was when the process died."""

    def die(self) -> None:
        """From here on nothing of what it does has any effect."""
        if self.is_dead:
            return
        self.world.note("killed")
        self.disk = self.world.read_disk()
        self.is_dead = True
        self.died.set()

    def off_loop(self, work: Callable[[], Any]) -> "asyncio.Future[Any]":
        """The disk does it in its own time, and never for a dead process."""
        loop, world = asyncio.get_running_loop(), self.world
        over: asyncio.Future[Any] = loop.create_future()

        def write() -> None:
            if self.is_dead or over.done():
                return
            try:
                result = work()
            except Exception as error:
                over.set_exception(error)
            else:
                loop.call_later(world.disk_chance.uniform(0, world.disk_s / 2), tell, result)

        def tell(result: Any) -> None:
            if not over.done():
                over.set_result(result)

        loop.call_later(world.disk_chance.uniform(0, world.disk_s / 2), write)
        return over

    def meets(self, at: str, number: int, when: str) -> bool:
        """Whether it ends here."""
        kill = self.kill
        return kill is not None and (kill.at, kill.number, kill.when) == (at, number, when)

    async def run(self, coroutine: Any) -> Any:
        """Run to the end, an exception included, or until it is killed: then None."""
        loop = asyncio.get_running_loop()
        before = asyncio.all_tasks()
        victim = loop.create_task(coroutine)
        death = loop.create_task(self.died.wait())
        await asyncio.wait([victim, death], return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        if self.is_dead:
            victim.cancel()
        await asyncio.gather(death, return_exceptions=True)
        for _ in range(50):
            left = [
                task
                for task in asyncio.all_tasks()
                if task not in before and not self.world.is_ours(task)
            ]
            if not left:
                break
            if not self.is_dead and victim.done():
                names = sorted(str(task.get_coro()) for task in left)
                self.world.violations.append(f"left running: {names}")
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=0.001)
        if self.is_dead:
            self.world.write_disk(self.disk)
            if not victim.cancelled():
                victim.exception()
            return None
        return victim.exception() or victim.result()


class Wire(httpx.AsyncBaseTransport):
    """A process's way to the world."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._world = process.world

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or what a broken connection raises; of a dead process nothing leaves."""
        process, world = self._process, self._world
        await self._end_if(process.is_dead)
        process.requests += 1
        number = process.requests
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        world.tokens |= {bearer} if bearer else set()
        is_write = request.method != "GET" and not request.url.path.endswith("/oauth/token")
        if is_write and world.keeps_journal:
            self._require_intent(request)
        if is_write:
            self._require_look(request)
            self._require_end(request)
        await self._end_if(process.meets("request", number, "before"))
        delivery = world.deliver(request)
        if process.meets("request", number, "sent"):
            if world.chance.random() < 0.5:
                delivery.cancel()
            await self._end_if(True)
        answer = await asyncio.shield(delivery)
        self._note_look(request, answer)
        await self._end_if(process.is_dead or process.meets("request", number, "answered"))
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx.Response)
        return answer

    async def _end_if(self, is_end: bool) -> None:
        if is_end:
            if not self._process.is_dead:
                self._process.die()
            await asyncio.Event().wait()

    def _require_intent(self, request: httpx.Request) -> None:
        """The change that leaves is written down, and it is on the disk. Marks are not, where no
        journal was found and the run may not begin yet: they are the same twice."""
        path = request.url.raw_path.decode().removeprefix("/api/v1")
        if path.endswith("/tags") and not self._process.has_begun:
            return
        contents = read_file(self._world.journal) if self._world.journal.exists() else None
        entries = contents.entries.values() if contents else ()
        if not any(
            entry.is_open and (entry.intent.method, entry.intent.path) == (request.method, path)
            for entry in entries
        ):
            self._world.violations.append(f"sent without an intent: {request.method} {path}")

    def _require_end(self, request: httpx.Request) -> None:
        """A server that is given up may be shut down, or may go, by now."""
        world, path, stack = self._world, request.url.path, self._process.stack
        if stack is None or stack.policy.retire is None:
            return
        what = f"{request.method} {path.rpartition('/')[2]}"
        for server in world.store.all_servers():
            if server["hostname"] == hostname_of(path):
                for text in find_breaches(server, what, world.clock.now().date(), stack):
                    world.violate(text)

    def _note_look(self, request: httpx.Request, answer: httpx.Response | Exception) -> None:
        path = request.url.path.removeprefix("/api/v1")
        is_read = request.method == "GET" and not isinstance(answer, Exception)
        if is_read and path == f"/ccloud/servers/{hostname_of(path)}":
            self._process.looks[hostname_of(path)] = self._world.clock.monotonic()

    def _require_look(self, request: httpx.Request) -> None:
        """Whose the server is was read for this change, and not for an earlier one."""
        path = request.url.path
        if hostname := hostname_of(path):
            looked_at = self._process.looks.pop(hostname, None)
            now = self._world.clock.monotonic()
            if looked_at is None or now - looked_at > LOOK_S:
                self._world.violate(f"sent without a look: {request.method} {path}")


class MortalJournal:
    """A journal whose process can die at every write."""

    def __init__(self, journal: Journal, process: Process) -> None:
        self._journal = journal
        self._process = process
        self._tasks: dict[int, int] = {}

    @property
    def was_found(self) -> bool:
        return self._journal.was_found

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._journal.entries

    @property
    def open_entries(self) -> tuple[Entry, ...]:
        return self._journal.open_entries

    @property
    def unclosed_entries(self) -> tuple[Entry, ...]:
        return self._journal.unclosed_entries

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._journal.warnings

    def __getattr__(self, name: str) -> Any:
        # Whatever else a journal can be asked is asked of the real one.
        return getattr(self._journal, name)

    async def begin_run(self, *args: Any, **named: Any) -> None:
        with self._write("begin_run"):
            await self._journal.begin_run(*args, **named)
            self._process.has_begun = True

    async def write_intent(self, intent: Intent) -> int:
        with self._write(f"intent {intent.step}"):
            return await self._journal.write_intent(intent)

    async def write_accepted(self, number: int, task_id: int) -> None:
        with self._write(f"accepted {number} task {task_id}"):
            await self._journal.write_accepted(number, task_id)
            self._process.world.known_tasks.add(task_id)

    async def write_ended(
        self,
        number: int,
        outcome: EntryOutcome,
        *,
        hostname: str | None = None,
        error: str | None = None,
    ) -> None:
        with self._write(f"ended {number} {outcome}"):
            await self._journal.write_ended(number, outcome, hostname=hostname, error=error)

    async def write_learnt(self, number: int, learnt: Mapping[str, Any]) -> None:
        with self._write(f"learnt {number} {', '.join(learnt)}"):
            await self._journal.write_learnt(number, learnt)

    async def write_closed(self, number: int) -> None:
        with self._write(f"closed {number}"):
            await self._journal.write_closed(number)

    def close(self) -> None:
        self._journal.close()

    @contextmanager
    def _write(self, what: str) -> Iterator[None]:
        process = self._process
        if process.is_dead:
            raise Killed
        process.writes += 1
        number = process.writes
        if process.meets("journal", number, "before"):
            process.die()
            raise Killed
        if process.meets("journal", number, "sent"):
            at_s = process.world.disk_chance.uniform(0, process.world.disk_s)
            asyncio.get_running_loop().call_later(at_s, process.die)
        yield
        if process.is_dead:
            raise Killed
        process.world.note(f"journal: {what}")
        if process.meets("journal", number, "answered"):
            process.die()
            raise Killed


def open_journal(process: Process) -> MortalJournal:
    """The stack's journal as the process finds it. Raises JournalError."""
    world = process.world
    journal = Journal.open(
        world.folder,
        account=ACCOUNT,
        stack=STACK,
        clock=world.clock,
        off_loop=process.off_loop,
    )
    return MortalJournal(journal, process)
