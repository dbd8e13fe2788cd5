"""Several workers of a fleet on one stack in virtual time: each can stand still or die anywhere.

They share one database, whose transactions are done at once or not at all. What a run of the stack
does is the product's own: the lease, `apply_stacks` with the hold of leases, the journal.
"""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from ccloud_apply.api.client import Client
from ccloud_apply.api.client import Connection as ApiConnection
from ccloud_apply.errors import CcloudApplyError, StoreError
from ccloud_apply.fleet.lease.hold import LeaseHold
from ccloud_apply.fleet.lease.lease import Lease, hold_lease
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.journal import read_journal
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.state.seed import add_servers
from ccloud_apply.workflows.account.connection import Connection, Execution
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.apply import apply_stacks
from ccloud_apply.workflows.apply_request import ApplyRequest, Callbacks
from tests.simulator.frozen import Freeze, Steps, start
from tests.simulator.schedule import CLIENT_SECRET, PASSWORD, SECRETS, Schedule
from tests.simulator.truth import find_differences, owned_by
from tests.simulator.world import STACK, World
from tests.support.leases import open_virtual
from tests.support.virtual_time import START, VirtualClock, run_virtually

ENDPOINT = "http://sandbox/api/v1"
LEASE_S = 60.0
GRACE_S = 180.0
PAUSE_S = 10.0
ROUNDS = 60
"""Looks of one worker at the lease, at most."""
SAME = 3
"""After so many equal errors one after the other a worker gives up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Where a worker stands still: at its steps, or between the last check and the socket of its
    nth change, for so many seconds."""

    freezes: tuple[Freeze, ...] = ()
    at_socket: tuple[int, float] | None = None
    jump: tuple[int, float] | None = None
    """At this step of the worker the clock of the database jumps ahead by so many seconds."""


@dataclass(slots=True)
class Outcome:
    """What came of a simulation. `violations` is empty if everything held."""

    violations: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    """Of each worker."""
    left_at: list[tuple[int, ...]] = field(default_factory=list)
    """The steps of each worker at which its changes have left."""
    fences: int = 0
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)
    servers: dict[str, int] = field(default_factory=dict)

    @property
    def changes_by(self) -> list[int]:
        """How many changes each worker has sent."""
        return [len(steps) for steps in self.left_at]


def simulate_workers(schedule: Schedule, stops: Sequence[Stopped], *, seed: int = 1) -> Outcome:
    """Let one worker for each of `stops` work on the schedule's stack until it is converged."""
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as folder:
        return run_virtually(_Fleet(schedule, Path(folder), stops, seed).run())


class _Fleet:
    def __init__(
        self, schedule: Schedule, folder: Path, stops: Sequence[Stopped], seed: int
    ) -> None:
        self.schedule = schedule
        self.folder = folder
        self.stops = stops
        self.chance = random.Random(seed)
        self.outcome = Outcome()
        self.ahead_s = 0.0
        """How far the clock of the database is ahead."""

    async def run(self) -> Outcome:
        app = create_app(SandboxOptions(clock=VirtualClock(), seed="empty"))
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        try:
            add_servers(app.state.sandbox.store, self.schedule.orders, now=START)
            world = World(app=app, folder=self.folder, chance=self.chance)
            async with open_virtual(self.folder, lambda: self.ahead_s) as database:
                workers = [
                    _Worker(f"w{number}", self, world, database, stop)
                    for number, stop in enumerate(self.stops)
                ]
                await self._let_work(workers)
                await self._check(world, database, workers)
                for worker in workers:
                    worker.steps.bury()
                left = asyncio.all_tasks() - {asyncio.current_task()}
                for task in left:
                    task.cancel()
                await asyncio.gather(*left, return_exceptions=True)
        finally:
            app.state.sandbox.store.close()
        self.outcome.log = world.log
        self.outcome.violations += world.violations
        return self.outcome

    async def _let_work(self, workers: Sequence["_Worker"]) -> None:
        tasks = [start(worker.steps, worker.work()) for worker in workers]
        while pending := [
            task
            for task, worker in zip(tasks, workers, strict=True)
            if not (task.done() or worker.steps.is_dead)
        ]:
            await asyncio.wait(pending, timeout=5.0)

    async def _check(self, world: World, database: Database, workers: Sequence["_Worker"]) -> None:
        outcome = self.outcome
        await VirtualClock().sleep(GRACE_S)  # for what is on its way
        await world.app.catch_up()
        servers = list(world.store.all_servers())
        for spec in self.schedule.stack.servers:
            outcome.servers[spec.key] = len(owned_by(STACK, spec.key, servers))
        outcome.violations += find_differences(self.schedule.stack, servers)
        async with database.read() as tx:
            row = await tx.fetch_one("select max(fence) as fence from lease")
        outcome.fences = int(row["fence"]) if row is not None else 0
        outcome.steps = [worker.steps.count for worker in workers]
        outcome.left_at = [tuple(worker.left_at) for worker in workers]
        outcome.seconds = VirtualClock().monotonic()


class _Worker:
    """A process: one lease at a time, one run after the other."""

    def __init__(
        self, name: str, fleet: _Fleet, world: World, database: Database, stop: Stopped
    ) -> None:
        self.name = name
        self.steps = Steps(stop.freezes, self._jump)
        self._jumps = stop.jump
        self.left_at: list[int] = []
        self.lease: Lease | None = None
        self.at_socket = stop.at_socket
        self.world = world
        self._fleet = fleet
        self._database = WorkersDatabase(database, self.steps)

    def _jump(self, step: int) -> None:
        if self._jumps is not None and step == self._jumps[0]:
            self._fleet.ahead_s += self._jumps[1]

    async def work(self) -> None:
        clock = VirtualClock()
        errors: list[str] = []
        for _ in range(ROUNDS):
            try:
                if await self._try_once(clock):
                    return
            except CcloudApplyError as error:
                self.world.note(f"{self.name}: {error}")
                errors.append(str(error))
                self._fleet.outcome.errors.append(str(error))
            if len(errors) >= SAME and len(set(errors[-SAME:])) == 1:
                break  # a person has to look at it
            await clock.sleep(PAUSE_S)
        self._fleet.outcome.violations.append(f"{self.name} never saw it converged")

    async def _try_once(self, clock: VirtualClock) -> bool:
        """True once there is nothing left to do."""
        holding = hold_lease(self._database, clock, "stack", "a", STACK, self.name, LEASE_S)
        async with holding as lease:
            self.lease = lease
            if lease is None:
                return False
            self.world.note(f"{self.name}: has fence {lease.fence}")
            async with self._open_client(clock) as client:
                applied = await apply_stacks(
                    ApplyRequest(
                        stacks=(self._fleet.schedule.stack,),
                        options=PlanOptions(),
                        execution=Execution(settle_s=20.0, grace_s=GRACE_S),
                        has_cost=False,
                    ),
                    self._build_run(client, clock),
                    Callbacks(
                        on_event=self._note, executing=lambda plan: _stop_when_lost(plan, lease)
                    ),
                    hold=LeaseHold(database=self._database, lease=lease),
                )
            self.world.note(f"{self.name}: {applied.ending}")
            return applied.is_converged

    def _open_client(self, clock: VirtualClock) -> Client:
        return Client(
            ApiConnection(endpoint=ENDPOINT, client_id="sim", client_secret=CLIENT_SECRET),
            clock=clock,
            transport=_Wire(self),
            random=self._fleet.chance.random,
        )

    def _build_run(self, client: Client, clock: VirtualClock) -> Run:
        return Run(
            client=client,
            clock=clock,
            connection=Connection(endpoint=ENDPOINT, client_id="sim", client_secret=CLIENT_SECRET),
            environment={PASSWORD: SECRETS[PASSWORD]},
        )

    def _note(self, event: Event) -> None:
        text = event.message or event.error or ""
        self.world.note(f"{self.name}: {event.type} {event.step or ''} {text}")

    async def require_lease(self, method: str, path: str) -> None:
        """Nothing leaves but under a lease that the database knows too, and with an intent."""
        assert self.lease is not None
        async with self._database.look() as tx:
            row = await tx.fetch_one(
                "select fence, until - {now} as left_s, holder from lease"
                " where kind = 'stack' and name = :name",
                name=STACK,
            )
            lines = await read_journal(tx, "a", STACK)
        assert row is not None
        if (row["fence"], row["holder"]) != (self.lease.fence, self.name) or row["left_s"] <= 0:
            self.world.violate(f"{method} {path} left without the lease")
        if not any(f'"path":"{path}"' in line and '"intent"' in line for line in lines):
            self.world.violate(f"{method} {path} left without an intent")


@asynccontextmanager
async def _stop_when_lost(_plan: Plan, lease: Lease) -> AsyncIterator[asyncio.Event]:
    yield lease.is_lost


class WorkersDatabase:
    """The database as one worker reaches it: a way there and a way back, and none for the dead."""

    def __init__(self, database: Database, steps: Steps) -> None:
        self._database = database
        self._steps = steps
        self.dialect = database.dialect

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        async with self._way(), self._database.write() as tx:
            yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        async with self._way(), self._database.read() as tx:
            yield tx

    def look(self) -> AbstractAsyncContextManager[Transaction]:
        """For the simulation itself: takes no step."""
        return self._database.read()

    async def close(self) -> None:
        """It belongs to all of them."""

    @asynccontextmanager
    async def _way(self) -> AsyncIterator[None]:
        await VirtualClock().sleep(0.001)
        if self._steps.is_dead:
            raise StoreError("it is over")
        yield
        await VirtualClock().sleep(0.001)


class _Wire(httpx.AsyncBaseTransport):
    def __init__(self, worker: _Worker) -> None:
        self._worker = worker

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        worker, delay_s = self._worker, 0.0
        if request.method != "GET" and not request.url.path.endswith("/oauth/token"):
            worker.left_at.append(worker.steps.count)
            path = request.url.raw_path.decode().removeprefix("/api/v1")
            await worker.require_lease(request.method, path)
            number, seconds = worker.at_socket or (0, 0.0)
            if len(worker.left_at) == number:
                worker.steps.freeze(seconds)
                delay_s = seconds
        answer: Any = await asyncio.shield(worker.world.deliver(request, delay_s))
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx.Response)
        return answer
