"""One schedule from its first request to the proof: runs with faults, then none, then a plan.

The stages are those of the command: recover, plan, execute, verify.
"""

import asyncio
import random
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.apply.engine.request import check_references
from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.apply.session import Session, SessionOptions
from ccloud_apply.errors import CcloudApplyError
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.render.apply.events_json import render_event_json
from ccloud_apply.render.apply.events_text import render_event
from ccloud_apply.render.plan.text import render_plan
from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.faults import FaultPlan
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.state.seed import add_servers
from ccloud_apply.workflows.planning.plan import planner
from tests.simulator.ablation import Ablation, ablated
from tests.simulator.invariants import (
    Beginning,
    check_after_run,
    check_claim,
    check_end,
    list_tasks,
)
from tests.simulator.laws import find_writes
from tests.simulator.mending import add_found, mend_readings, mend_servers
from tests.simulator.retiring import draw_retiring
from tests.simulator.schedule import CLIENT_SECRET, SECRETS, Run, Schedule, draw_schedule
from tests.simulator.world import STACK, Process, Wire, World, open_journal
from tests.support.virtual_time import START, VirtualClock, run_virtually

TASK_TIMEOUT_S = 600.0
HEALED_RUNS = 2
HOLDS = frozenset({"build-failed", "change-untaken"})
"""Codes of what may hold a plan: a build that failed, a change that did not take."""

UNASKED = PlanOptions()

HEALED = PlanOptions(accept=("*",), retry=("*",))
"""What a person asks for once the faults are over: what did not take is tried once more, and what
was half made is taken as it is."""

CLAIM_S = 120.0
"""Seconds before a run in which what others do may not show to it."""

QUIET_S = 300.0
"""After the last run, for what is still on its way in the cloud."""


@dataclass(slots=True)
class Result:
    """What came of a schedule. `violations` is empty if everything held."""

    seed: int
    violations: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    runs: int = 0
    requests: int = 0
    kills: int = 0
    writes: int = 0
    """Journal writes of the first run."""
    first_requests: int = 0
    """Requests of the first run."""
    is_converged: bool = False


@dataclass(slots=True)
class Outcome:
    """What one process came to."""

    error: BaseException | None = None
    plan: Plan | None = None
    is_killed: bool = False
    is_held: bool = False
    is_clean: bool = False
    """It said that everything is as declared: exit code 0."""


def simulate(
    seed: int,
    journal: str = "kept",
    *,
    settle_s: float | None = None,
    without: Sequence[Ablation] = (),
    is_retiring: bool = False,
) -> Result:
    """Run the schedule of a seed. Everything depends on the seed alone. `is_retiring`: servers
    leave the file and come back."""
    schedule = draw_schedule(seed, journal, settle_s=settle_s)
    if is_retiring:
        schedule = draw_retiring(random.Random(f"{seed}/{journal}/retiring"), schedule)
    return play(schedule, without=without)


def play(
    schedule: Schedule,
    *,
    without: Sequence[Ablation] = (),
    doctor: Callable[[World], None] = lambda _world: None,
) -> Result:
    """Run a schedule. `doctor` falsifies the records before the last look at them."""
    shm = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as folder,
        ablated(without),
    ):
        return run_virtually(_Simulation(schedule, Path(folder), without, doctor).run())


class _Simulation:
    def __init__(
        self,
        schedule: Schedule,
        folder: Path,
        without: Sequence[Ablation],
        doctor: Callable[[World], None],
    ) -> None:
        self._schedule = schedule
        self._doctor = doctor
        self._folder = folder
        self._has_journal = "journal" not in without
        self._result = Result(seed=schedule.seed)
        self._copies: list[bytes | None] = [None]

    async def run(self) -> Result:
        schedule, result = self._schedule, self._result
        faults = FaultPlan.from_data({"seed": schedule.seed, "rules": list(schedule.rules)})
        options = SandboxOptions(
            clock=VirtualClock(),
            seed="empty",
            faults=faults,
            **{**schedule.sandbox, **schedule.odd},
        )
        app = create_app(options)
        try:
            add_servers(app.state.sandbox.store, schedule.orders, now=START)
            add_found(app.state.sandbox.store, schedule.found)
            beginning = Beginning.read(app.state.sandbox.store)
            world = World(
                app=app,
                folder=self._folder / "work",
                chance=random.Random(schedule.seed),
                keeps_journal=self._has_journal,
                disk_s=schedule.disk_s,
                disk_chance=random.Random(f"{schedule.seed}/disk"),
                records=dict(beginning.servers),
            )
            asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
            for run in schedule.runs:
                await self._run_once(world, run, beginning)
            faults.disable()
            await self._heal(world, beginning)
            is_kept = all(run.fate == "kept" for run in schedule.runs) and self._has_journal
            self._doctor(world)
            check_end(world, schedule, beginning, is_journal_kept=is_kept)
        finally:
            app.state.sandbox.store.close()
        result.violations = world.violations
        result.log = world.log
        result.requests = len(app.state.sandbox.request_log)
        return result

    async def _heal(self, world: World, beginning: Beginning) -> None:
        """No fault any more: within two runs there is nothing left to do."""
        # What others have begun ends, a late request arrives, and a read that is behind is not.
        late = max((rule["fault"].get("late", 0) for rule in self._schedule.rules), default=0)
        await world.clock.sleep(max(late, 60.0 if self._schedule.runs[-1].acts else 20.0))
        lags = [rule["fault"].get("visibility_lag", 0) for rule in self._schedule.rules]
        if any(lags):
            await self._let_tasks_end(world)  # a read is behind from the end of a task on
            await world.clock.sleep(max(15.0, *lags))
        mend_servers(world.store, self._schedule)
        mend_readings(world.app.state.sandbox, self._schedule)
        world.note("healed")
        world.accepted_at.append(world.clock.now())
        outcome = Outcome()
        for _ in range(HEALED_RUNS):
            last = Run(absent=self._schedule.absent)
            outcome = await self._run_once(world, last, beginning, HEALED)
            if outcome.is_held:
                world.violate("the plan is held although a person has decided")
            if outcome.is_clean:
                break
        await world.clock.sleep(QUIET_S)
        await world.app.catch_up()
        plan = await self._plan_only(world)
        self._result.is_converged = isinstance(plan, Plan) and plan.matches and not plan.held
        if not self._result.is_converged:
            why = render_plan(plan) if isinstance(plan, Plan) else repr(plan)
            world.violations.append(f"not converged: {outcome.error!r}; {why}")

    async def _let_tasks_end(self, world: World) -> None:
        for _ in range(60):
            await world.app.catch_up()
            if all(task["status"] != "processing" for task in list_tasks(world)):
                return
            await world.clock.sleep(5.0)

    async def _plan_only(self, world: World) -> Plan | BaseException:
        process = Process(world, None)

        async def plan() -> Plan:
            async with self._client(process) as client:
                session = self._session(
                    world, client, {}, lambda _event: None, PlanOptions(), self._schedule.last_stack
                )
                return await session.verify()

        found = await process.run(plan())
        assert isinstance(found, (Plan, BaseException))
        return found

    async def _run_once(
        self,
        world: World,
        run: Run,
        beginning: Beginning,
        options: PlanOptions = UNASKED,
    ) -> Outcome:
        world.note(f"run {run}")
        since = world.clock.now() - timedelta(seconds=CLAIM_S)
        world.absent_at.append((world.clock.now(), run.absent))
        process = Process(world, run.kill, self._schedule.stack_without(run.absent))
        outcome = Outcome()
        found = await process.run(self._apply(process, run, outcome, options))
        for text in (
            find_writes(list(world.request_log)[world.held_at :]) if outcome.is_held else ()
        ):
            world.violate(f"a held plan has changed something: {text}")
        if isinstance(found, BaseException):
            outcome.error = found
            world.outputs.append("".join(traceback.format_exception(found)))
            world.note(f"ended with {found!r}")
            if not isinstance(found, CcloudApplyError):
                world.violations.append(f"a bug: {world.outputs[-1]}")
        outcome.is_killed = process.is_dead
        if not self._result.runs:
            self._result.first_requests, self._result.writes = process.requests, process.writes
        self._result.runs += 1
        self._result.kills += outcome.is_killed
        if outcome.is_clean and outcome.plan is not None and not process.is_dead:
            stack = self._schedule.stack_without(run.absent)
            check_claim(world, stack, outcome.plan, since=since)
        await self._pass(world, run)
        await world.app.catch_up()
        check_after_run(world, self._schedule, beginning)
        return outcome

    async def _pass(self, world: World, run: Run) -> None:
        """What happens between this run and the next one."""
        disk = world.read_disk()
        world.outputs.append((disk or b"").decode("utf-8", "replace"))
        if run.fate == "lost":
            world.write_disk(None)
        elif run.fate == "torn" and disk:
            last = disk[:-1].rfind(b"\n") + 1
            world.write_disk(disk[: world.chance.randint(last, len(disk) - 1)])
        elif run.fate == "stale":
            world.write_disk(world.chance.choice(self._copies))
        self._copies.append(disk)
        for act in run.acts:
            hostname = await world.app.act_as_other_client(
                act.action, seed=f"{self._schedule.seed}", **act.settings
            )
            world.note(f"somebody else: {act.action} {hostname}")
        await world.clock.sleep(run.pause_s)

    async def _apply(
        self, process: Process, run: Run, outcome: Outcome, options: PlanOptions
    ) -> None:
        world = process.world
        journals: dict[str, Recorder] = {}
        journal = None
        if self._has_journal:
            journal = open_journal(process)
            journals[STACK] = journal
        try:
            async with self._client(process) as client:
                session = self._session(
                    world,
                    client,
                    journals,
                    lambda event: _listen(world, event),
                    options,
                    self._schedule.stack_without(run.absent),
                )
                await session.recover()
                plan = await session.plan()
                outcome.plan = plan
                world.outputs.append(render_plan(plan))
                if plan.held:
                    outcome.is_held = True
                    self._check_held(world, plan)
                    return
                if not plan.has_changes:
                    outcome.is_clean = plan.matches
                    return
                check_references(plan, read_reference)
                await self._execute(world, session, plan, run, outcome)
        finally:
            if journal is not None:
                journal.close()

    def _check_held(self, world: World, plan: Plan) -> None:
        """Only what a person has to decide may hold a plan here, and it has changed nothing."""
        for held in plan.held:
            world.note(f"held: {held.what}")
            if held.code not in HOLDS:
                world.violate(f"the plan is held: {held.what}")
        world.held_at = len(world.request_log)

    async def _execute(
        self, world: World, session: Session, plan: Plan, run: Run, outcome: Outcome
    ) -> None:
        for step in (step for stack in plan.stacks for step in stack.steps):
            world.planned.append(step)
            world.note(f"planned {step.id}")
        stop = asyncio.Event()
        handle = None
        if run.stop_after_s is not None:
            loop = asyncio.get_running_loop()
            handle = loop.call_later(run.stop_after_s, stop.set)
        try:
            result = await session.execute(plan, read_reference=read_reference, stop=stop)
        finally:
            if handle is not None:
                handle.cancel()
        world.outputs.append(repr(result))
        if result.stopped:
            return
        if result.failed and not any(step.is_reported_done for step in result.outcomes):
            return
        verified = await session.verify_applied(plan, result)
        told = await session.mark_untaken(verified)
        for diagnostic in told:
            world.note(f"untaken: {diagnostic.what}")
            if "cannot be marked" in diagnostic.what:  # and it says that it is changed again
                world.accepted_at.append(world.clock.now())
        left = verified.left
        if left is not None and not result.failed:
            outcome.plan, outcome.is_clean = left, left.matches and not left.held and not told

    def _client(self, process: Process) -> Client:
        return Client(
            Connection(
                endpoint="http://sandbox/api/v1", client_id="sim", client_secret=CLIENT_SECRET
            ),
            clock=process.world.clock,
            transport=Wire(process),
            random=process.world.chance.random,
        )

    def _session(
        self,
        world: World,
        client: Client,
        journals: Mapping[str, Recorder],
        listen: Any,
        options: PlanOptions,
        stack: Stack,
    ) -> Session:
        schedule = self._schedule
        return Session(
            client=client,
            clock=client.clock,
            stacks=[stack],
            options=SessionOptions(
                plan=options,
                apply=ApplyOptions(
                    parallelism=schedule.parallelism,
                    task_timeout_s=TASK_TIMEOUT_S,
                    poll_min_s=3.0,
                    poll_max_s=15.0,
                    grace_s=schedule.grace_s,
                ),
                settle_s=schedule.settle_s,
            ),
            read_and_plan=planner(client),
            journals=journals,
            listen=listen,
            random=world.chance.random,
        )


def _listen(world: World, event: Event) -> None:
    world.note(f"event {event.type} {event.step or ''} {event.message or event.error or ''}")
    world.outputs.append(render_event_json(event))
    world.outputs.append(render_event(event) or "")


def read_reference(reference: Reference) -> str:
    """The secrets of every schedule."""
    return SECRETS[reference.name.rsplit("/", 1)[-1]]
