"""The loop: start every free step, wait for any to end, record it, start what it set free.

The loop knows steps and no fields. `step.py` carries out one step; `schedule.py` says which are
free.
"""

import asyncio
from collections.abc import Mapping
from functools import partial

from ccloud_apply.apply.engine.running import Running, too_late
from ccloud_apply.apply.engine.schedule import Schedule
from ccloud_apply.apply.engine.step import StepRunner
from ccloud_apply.apply.events import EventEmitter
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.apply.result import ApplyResult, StepOutcome, StepStatus
from ccloud_apply.clock import Clock
from ccloud_apply.model.event import EventType

_STOP_GRACE_S = 4.0
"""Seconds to wait for in-flight requests when stopping. A response lost here would leave a task
that no one tracks."""

_END_EVENTS: Mapping[StepStatus, EventType] = {
    "done": "step_complete",
    "failed": "step_failed",
    "skipped": "step_skipped",
}

_StepTask = asyncio.Task[StepOutcome | None]


class Execution:
    """One apply while it runs. Whoever builds it closes what its runner uses."""

    def __init__(
        self,
        schedule: Schedule,
        runner: StepRunner,
        *,
        clock: Clock,
        emitter: EventEmitter,
        stop: asyncio.Event,
    ) -> None:
        self._schedule = schedule
        self._runner = runner
        self._clock = clock
        self._emitter = emitter
        self._stop = stop
        self._in_flight: dict[_StepTask, Running] = {}
        self._abandoned: set[int] = set()
        self._ended: asyncio.Queue[_StepTask | None] = asyncio.Queue()
        """The steps that have ended; None: look again, at a stop or at a place that is free."""

    async def run(self) -> ApplyResult:
        """Run every step that can run. An exception that is no failure of a step is passed on."""
        for queued, skipped in self._schedule.skipped_at_start:
            self._tell_end(queued, skipped, self._runner.hostname(queued))
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
            because = self._runner.find_obstacle(queued)
            if because is not None:
                self._tell_over(queued, too_late(queued, because), self._runner.hostname(queued))
                continue
            running = Running(queued=queued, give_back=partial(self._give_back, queued))
            task = asyncio.create_task(self._runner.run(running))
            self._in_flight[task] = running
            task.add_done_callback(self._ended.put_nowait)

    def _give_back(self, queued: QueuedStep) -> None:
        self._schedule.give_back(queued)
        self._ended.put_nowait(None)

    def _skip_rest(self) -> None:
        """Skip what is left, once something makes every further step useless."""
        if self._runner.halted is None or self._stop.is_set():
            return
        for queued, skipped in self._schedule.skip_rest(self._runner.halted):
            self._tell_end(queued, skipped, self._runner.hostname(queued))

    def _record(self, ended: _StepTask) -> None:
        """Record and emit a step's end, and the steps that are skipped because of it."""
        outcome = ended.result()  # an exception here is a bug, and is passed on
        running = self._in_flight.pop(ended)
        if outcome is None:
            self._tell_abandoned(running)
            return
        self._tell_over(running.queued, outcome, running.hostname)

    def _tell_over(self, over: QueuedStep, outcome: StepOutcome, hostname: str | None) -> None:
        self._tell_end(over, outcome, hostname)
        for queued, skipped in self._schedule.record(over, outcome):
            self._tell_end(queued, skipped, self._runner.hostname(queued))

    async def _abandon(self) -> None:
        """Cancel what is in flight: at once where it waits, after a grace where it is sending or
        writing to the journal."""
        self._runner.is_stopping = True
        for task, running in self._in_flight.items():
            if not running.must_finish:
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
                message=f"{hostname} was shut down for a resize and the run was stopped before its"
                f" {queued.step.operation}: it stays off until it is started",
            )

    def _tell_abandoned(self, running: Running) -> None:
        self._abandoned.add(running.queued.index)
        step = running.queued.step
        what = f"{step.operation}, {step.server}"
        if running.task_id is not None and running.phase == "confirming":
            message = (
                f"task {running.task_id} ({what}) is done, but the run was stopped before that"
                " showed"
            )
        elif running.task_id is not None:
            message = f"task {running.task_id} ({what}) continues in the cloud"
        elif running.phase == "sending":
            message = (
                f"a request ({what}) was stopped before its answer came: it may have been"
                " carried out"
            )
        else:
            return  # nothing has left
        self._emitter.tell(
            "warning",
            running.queued,
            hostname=running.hostname,
            task_id=running.task_id,
            message=message,
        )
