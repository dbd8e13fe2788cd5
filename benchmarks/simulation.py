"""The whole way from stacks to a converged account, against the emulator, in virtual time.

Tasks take what the emulator says, an hour passes in a moment, and every run is the same. What is
counted is what leaves the client; the clock and the event loop are those of the tests.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.apply.engine.executor import ApplyOptions, execute
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.sandbox.app import SandboxApp, create_app
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.state.record import TaskRecord
from ccloud_apply.sandbox.state.store import Store
from ccloud_apply.workflows.account.connection import POLL_MAX_S, POLL_MIN_S
from ccloud_apply.workflows.planning.plan import plan_stacks
from tests.support.virtual_time import START, VirtualClock, run_virtually

LATENCY_S = 0.02
"""What every request takes, in virtual seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTime:
    """A task that the emulator ran: of which server, what, and when, in virtual seconds."""

    server_id: int
    action: str
    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """One apply that is over and verified; requests are by operation."""

    plan: Plan
    seconds: float
    tasks: tuple[TaskTime, ...]
    plan_requests: Mapping[str, int]
    apply_requests: Mapping[str, int]
    verify_requests: Mapping[str, int]
    looks: Mapping[float, int]
    """How many requests each look at the task list took, by its moment."""


@dataclass(slots=True)
class _Wire(httpx.AsyncBaseTransport):
    """The way to the emulator: takes its time, and notes when the task list was read."""

    inner: httpx.AsyncBaseTransport
    looks: list[float] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        clock = VirtualClock()
        if request.url.path.endswith("/ccloud/tasks"):
            self.looks.append(clock.monotonic())
        await clock.sleep(LATENCY_S)
        return await self.inner.handle_async_request(request)


def apply_in_turn(
    runs: Sequence[Sequence[Stack]],
    *,
    parallelism: int = 10,
    task_s: tuple[float, float] | None = None,
) -> list[Applied]:
    """Apply one set of stacks after the other to one account with the demo's servers.

    The time of each task is drawn between the two of `task_s`; None: each action has its own.
    Raises AssertionError unless each is planned, applied without a failure, and the plan afterwards
    is empty.
    """

    async def main() -> list[Applied]:
        shortest, longest = task_s or (None, None)
        app = create_app(
            SandboxOptions(
                clock=VirtualClock(),
                seed="demo",
                shortest_task_s=shortest,
                longest_task_s=longest,
            )
        )
        try:
            return [await _apply(app, stacks, parallelism) for stacks in runs]
        finally:
            app.state.sandbox.store.close()

    return run_virtually(main())


async def _apply(app: SandboxApp, stacks: Sequence[Stack], parallelism: int) -> Applied:
    wire = _Wire(httpx.ASGITransport(app=app))
    clock = VirtualClock()
    connection = Connection(endpoint="http://sandbox/api/v1", token="sandbox-benchmark")
    async with Client(connection, clock=clock, transport=wire) as client:
        last_task = _last_task(app)
        plan = await plan_stacks(client, stacks, PlanOptions())
        planned = Counter(client.requests_by_operation)
        wire.looks.clear()
        begin = clock.monotonic()
        result = await execute(
            plan,
            api=client,
            clock=clock,
            options=ApplyOptions(
                parallelism=parallelism, poll_min_s=POLL_MIN_S, poll_max_s=POLL_MAX_S
            ),
            listen=lambda _event: None,
            read_reference=lambda reference: f"what {reference.name} holds",
            stop=asyncio.Event(),
        )
        seconds = clock.monotonic() - begin
        applied = Counter(client.requests_by_operation)
        looks = _count_looks(wire.looks)
        left = await plan_stacks(client, stacks, PlanOptions())
        assert result.done == len(result.outcomes), [o for o in result.outcomes if not o.is_done]
        assert not left.has_changes
        return Applied(
            plan=plan,
            seconds=seconds,
            tasks=_list_tasks(app, after=last_task),
            plan_requests=planned,
            apply_requests=applied - planned,
            verify_requests=Counter(client.requests_by_operation) - applied,
            looks=looks,
        )


def _count_looks(moments: Sequence[float]) -> Mapping[float, int]:
    """Pages that follow one another at once are one look."""
    looks: dict[float, int] = {}
    first = before = float("-inf")
    for moment in moments:
        if moment - before > LATENCY_S * 1.5:
            first = moment
        looks[first] = looks.get(first, 0) + 1
        before = moment
    return looks


def _last_task(app: SandboxApp) -> int:
    return max((task["id"] for task in _read_tasks(app)), default=0)


def _list_tasks(app: SandboxApp, *, after: int) -> tuple[TaskTime, ...]:
    return tuple(
        TaskTime(
            server_id=task["server_id"],
            action=task["action"],
            start_s=_since_start(task["created_at"]),
            end_s=_since_start(task["due"]),
        )
        for task in _read_tasks(app)
        if task["id"] > after and task["due"] is not None
    )


def _read_tasks(app: SandboxApp) -> list[TaskRecord]:
    store: Store = app.state.sandbox.store
    return store.list_tasks(limit=1_000_000, offset=0)


def _since_start(moment: str) -> float:
    return (datetime.fromisoformat(moment) - START).total_seconds()
