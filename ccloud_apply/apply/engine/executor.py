"""The loop: start every step that is free, wait for any to end, record it, start what it set free.

It knows no field and no aspect, only steps; all it adds to a plan is time. How one step is done is
`step.py`, which steps are free `schedule.py`. The events `plan` and `summary` are the command's.
"""

import asyncio
from collections.abc import Callable, Mapping

from ccloud_apply.apply.api import Api, Reply, TaskApi
from ccloud_apply.apply.context import Context
from ccloud_apply.apply.engine.contents import check_contents
from ccloud_apply.apply.engine.running import Running
from ccloud_apply.apply.engine.schedule import QueuedStep, Schedule
from ccloud_apply.apply.engine.step import StepRunner
from ccloud_apply.apply.events import EventEmitter, Listen
from ccloud_apply.apply.journal.journal import Recorder
from ccloud_apply.apply.once.precondition import Precondition
from ccloud_apply.apply.once.preparation import find_changes
from ccloud_apply.apply.once.safe_send import MaySend, SafeSend, allow_all
from ccloud_apply.apply.result import ApplyOptions, ApplyResult, StepOutcome, StepStatus
from ccloud_apply.clock import Clock
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.event import EventType
from ccloud_apply.model.results.plan import Plan

__all__ = [
    "Api",
    "ApplyOptions",
    "ApplyResult",
    "Reply",
    "StepOutcome",
    "StepStatus",
    "TaskApi",
    "execute",
]

_STOP_GRACE_S = 4.0
"""So long a stop waits for requests on their way: a lost answer is a task nobody knows of."""

_END_EVENTS: Mapping[StepStatus, EventType] = {
    "done": "step_complete",
    "failed": "step_failed",
    "skipped": "step_skipped",
}

_StepTask = asyncio.Task[StepOutcome | None]


async def execute(
    plan: Plan,
    *,
    api: Api,
    clock: Clock,
    options: ApplyOptions,
    listen: Listen,
    read_reference: Callable[[Reference], str],
    stop: asyncio.Event | None = None,
    precondition: Precondition | None = None,
    journals: Mapping[str, Recorder] | None = None,
    high_water_mark: int | None = None,
    settled_at_s: Mapping[str, float] | None = None,
    is_confirmed: bool = True,
    may_send: MaySend = allow_all,
) -> ApplyResult:
    """Do all steps of all stacks of the plan, as far as they do not depend on one that failed.

    Once `stop` is set no step starts. Requests on their way get a few seconds for their answer, and
    what goes on in the cloud is told as warnings.

    - `precondition` judges each server again right before each of its requests.
    - `journals` hold each stack's record of what was sent.
    - `high_water_mark` is the newest create task that the plan has accounted for.
    - `settled_at_s` is, by stack, the moment before which nothing is added to a server.
    - `may_send` is asked right before every change leaves, and raises ApplyError to refuse it.
    - `is_confirmed`: a change counts as done only once the account shows it.

    A step fails if a file is not what the plan's `contents` say. Raises ValueError for a plan that
    is held or contradicts itself, before anything is sent. An exception that is no failure of a
    step ends everything and is passed on.
    """
    if plan.held:
        raise ValueError("a plan that a guard holds back cannot be applied")
    execution = _Execution(
        plan,
        api=api,
        clock=clock,
        options=options,
        emitter=EventEmitter(listen, clock),
        read_reference=check_contents(plan, read_reference),
        stop=stop or asyncio.Event(),
        precondition=precondition,
        journals=journals or {},
        high_water_mark=high_water_mark,
        settled_at_s=settled_at_s or {},
        is_confirmed=is_confirmed,
        may_send=may_send,
    )
    return await execution.run()


class _Execution:
    """One apply while it runs."""

    def __init__(
        self,
        plan: Plan,
        *,
        api: Api,
        clock: Clock,
        options: ApplyOptions,
        emitter: EventEmitter,
        read_reference: Callable[[Reference], str],
        stop: asyncio.Event,
        precondition: Precondition | None,
        journals: Mapping[str, Recorder],
        high_water_mark: int | None,
        settled_at_s: Mapping[str, float],
        is_confirmed: bool,
        may_send: MaySend,
    ) -> None:
        self._clock = clock
        self._emitter = emitter
        self._stop = stop
        self._schedule = Schedule(plan, parallelism=options.parallelism)
        self._context = Context.build(api, clock, options, warn=emitter.warn)
        self._safe_send = SafeSend(
            api=api,
            resolver=self._context.resolver,
            confirmation=self._context.confirmation if is_confirmed else None,
            precondition=precondition,
            journals=journals,
            high_water_mark=high_water_mark,
            settled_at_s=settled_at_s,
            changes=find_changes(plan),
            may_send=may_send,
            closers={
                (stack.stack, step.closes): step.id
                for stack in plan.stacks
                for step in stack.steps
                if step.closes is not None
            },
        )
        self._runner = StepRunner(
            plan,
            api=api,
            watcher=self._context.watcher,
            emitter=emitter,
            read_reference=read_reference,
            task_timeout_s=options.task_timeout_s,
            clock=clock,
            safe_send=self._safe_send,
        )
        self._in_flight: dict[_StepTask, Running] = {}
        self._abandoned: set[int] = set()
        self._ended: asyncio.Queue[_StepTask | None] = asyncio.Queue()  # None: stop

    async def run(self) -> ApplyResult:
        stop_notice = asyncio.create_task(self._notice_stop())
        try:
            while not self._stop.is_set():
                self._start_free_steps()
                if not self._in_flight:
                    break
                ended = await self._ended.get()
                if ended is not None:
                    self._record(ended)
            if self._in_flight:
                await self._abandon()
            if self._stop.is_set():
                self._tell_unclosed()
        finally:
            leftovers = [stop_notice, *self._in_flight]
            for task in leftovers:
                task.cancel()
            await asyncio.gather(*leftovers, return_exceptions=True)
            await self._safe_send.close()
            await self._context.close()
        self._skip_rest()
        is_complete = self._schedule.is_complete
        if not is_complete and not self._stop.is_set():
            raise RuntimeError("the apply ended before all of its steps had")
        return ApplyResult(outcomes=self._schedule.outcomes, stopped=not is_complete)

    async def _notice_stop(self) -> None:
        await self._stop.wait()
        self._ended.put_nowait(None)

    def _start_free_steps(self) -> None:
        while self._runner.halted is None:
            queued = self._schedule.take()
            if queued is None:
                return
            running = Running(queued=queued)
            task = asyncio.create_task(self._runner.run(running))
            self._in_flight[task] = running
            task.add_done_callback(self._ended.put_nowait)

    def _skip_rest(self) -> None:
        """After something that makes every further step useless, say so of each."""
        if self._runner.halted is None or self._stop.is_set():
            return
        for queued, skipped in self._schedule.skip_rest(self._runner.halted):
            self._tell_end(queued, skipped, self._runner.hostname(queued))

    def _record(self, ended: _StepTask) -> None:
        """Note a step's end and tell it, with the steps that are skipped because of it."""
        outcome = ended.result()  # anything but a failed step is a bug and passed on
        running = self._in_flight.pop(ended)
        if outcome is None:
            self._tell_abandoned(running)
            return
        self._tell_end(running.queued, outcome, running.hostname)
        for queued, skipped in self._schedule.record(running.queued, outcome):
            self._tell_end(queued, skipped, self._runner.hostname(queued))

    async def _abandon(self) -> None:
        """Let go of what is in flight: at once where it waits, after a grace where it is sent."""
        self._runner.is_stopping = True
        for task, running in self._in_flight.items():
            if running.phase != "sending":
                task.cancel()
        await self._wait_for_answers()
        for task in self._in_flight:
            task.cancel()
        await asyncio.gather(*self._in_flight, return_exceptions=True)
        for task in list(self._in_flight):
            if task.cancelled():
                self._tell_abandoned(self._in_flight.pop(task))
            else:
                self._record(task)

    async def _wait_for_answers(self) -> None:
        grace = asyncio.create_task(self._clock.sleep(_STOP_GRACE_S))
        try:
            while not grace.done():
                unanswered = [task for task in self._in_flight if not task.done()]
                if not unanswered:
                    break
                await asyncio.wait([grace, *unanswered], return_when=asyncio.FIRST_COMPLETED)
        finally:
            grace.cancel()

    def _tell_end(self, queued: QueuedStep, outcome: StepOutcome, hostname: str | None) -> None:
        self._emitter.tell(
            _END_EVENTS[outcome.status],
            queued,
            hostname=hostname,
            task_id=outcome.task_id,
            error=outcome.error,
            because=outcome.because,
        )

    def _tell_unclosed(self) -> None:
        for queued in self._schedule.find_unclosed(self._abandoned):
            hostname = self._runner.hostname(queued)
            self._emitter.tell(
                "warning",
                queued,
                hostname=hostname,
                message=f"{hostname} was shut down for a resize and the stop came before its"
                f" {queued.step.operation}: it stays off until it is started",
            )

    def _tell_abandoned(self, running: Running) -> None:
        self._abandoned.add(running.queued.index)
        step = running.queued.step
        what = f"{step.operation}, {step.server}"
        if running.task_id is not None:
            message = f"task {running.task_id} ({what}) goes on in the cloud"
        elif running.phase == "sending":
            message = f"a request ({what}) was stopped before its answer came: it may be done"
        else:
            return  # nothing has left
        self._emitter.tell(
            "warning",
            running.queued,
            hostname=running.hostname,
            task_id=running.task_id,
            message=message,
        )
