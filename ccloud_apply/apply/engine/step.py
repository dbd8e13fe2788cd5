"""One step, from its request to the end of its task. Which step and when is the executor's.

A request is written down before it leaves. Where its answer is lost, the account is looked at until
it is certain what became of it; only a change that is proven absent is sent a second time.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from ccloud_apply.apply.api import Api, Reply
from ccloud_apply.apply.engine.late import Request, look_up
from ccloud_apply.apply.engine.messages import (
    explain,
    explain_unknown,
    explain_unwatched,
    is_transient,
    shorten,
    task_failed,
    task_not_named,
)
from ccloud_apply.apply.engine.request import fill_body
from ccloud_apply.apply.engine.running import Hostnames, Running
from ccloud_apply.apply.engine.schedule import QueuedStep
from ccloud_apply.apply.engine.schedule_change import ScheduleChange
from ccloud_apply.apply.engine.schedule_standing import SET
from ccloud_apply.apply.events import EventEmitter
from ccloud_apply.apply.once.intent import SafeSend
from ccloud_apply.apply.once.outcome import EFFECTS, TAKE_SNAPSHOT, Outcome, running_tasks
from ccloud_apply.apply.once.snapshot_pause import SnapshotPause
from ccloud_apply.apply.result import StepOutcome
from ccloud_apply.apply.tasks.watcher import TaskWatcher
from ccloud_apply.clock import Clock
from ccloud_apply.errors import (
    ApiError,
    ApplyError,
    AuthError,
    DecodeError,
    JournalError,
    NotFoundError,
    StatusError,
    TaskTimeoutError,
)
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.journal import EntryOutcome
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.ownership import PREVENT_DESTROY
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.operations import OPERATIONS

_REFUSAL_PAUSES_S = (5.0, 10.0, 20.0)
"""Before the second try of what is refused for now, before the third, and so on."""

_KNOWN_STATUSES = frozenset({"processing", "done", "failed"})


class StepRunner:
    """Runs steps, and remembers the hostnames of the servers that come into being meanwhile."""

    def __init__(
        self,
        plan: Plan,
        *,
        api: Api,
        watcher: TaskWatcher,
        emitter: EventEmitter,
        read_reference: Callable[[Reference], str],
        task_timeout_s: float,
        clock: Clock,
        safety: SafeSend,
    ) -> None:
        self._api = api
        self._watcher = watcher
        self._emitter = emitter
        self._read_reference = read_reference
        self._task_timeout_s = task_timeout_s
        self._clock = clock
        self._safe_send = safety
        self._unknown_statuses: set[str] = set()
        self._hostnames = Hostnames(plan, api)
        self._pause = SnapshotPause(plan, api, clock)
        self._schedule_change = ScheduleChange(
            api=api, safety=safety, clock=clock, is_stopping=lambda: self.is_stopping
        )
        self._tags_before = {
            (stack.stack, server.key): change.before
            for stack in plan.stacks
            for server in stack.servers
            for change in server.changes
            if change.field == "tags"
        }
        self.is_stopping = False
        """Once True, a step whose request is answered does not wait for its task any more."""
        self.halted: str | None = None
        """Why no further step may start: the journal or the credentials are of no use."""

    def hostname(self, queued: QueuedStep) -> str | None:
        """The hostname of the step's server, if it is known by now."""
        return self._hostnames.get(queued)

    async def run(self, running: Running) -> StepOutcome | None:
        """Run the step to its end. None: it was left to itself because of a stop."""
        running.hostname = self.hostname(running.queued)
        self._tell(running, "step_start")
        try:
            outcome = await self._try(running)
            self._note_end(running, outcome)
        except JournalError as error:
            self.halted = error.message
            is_open = running.phase != "preparing"
            return running.conclude(error=explain(error), is_unknown=is_open)
        return outcome

    async def _try(self, running: Running) -> StepOutcome | None:
        try:
            if not await self._run_with_retries(running):
                return None
        except TaskTimeoutError as error:
            return running.conclude(error=explain(error), is_unknown=True)
        except JournalError:
            raise
        except ApplyError as error:
            is_unknown = running.phase == "resolving" or _is_unseen(running)
            return running.conclude(error=explain(error), is_unknown=is_unknown)
        except ApiError as error:
            return self._fail(running, error)
        return running.conclude()

    def _note_end(self, running: Running, outcome: StepOutcome | None) -> None:
        if running.noted is None or outcome is None:
            return
        ended: EntryOutcome = "done" if outcome.is_done else "failed"
        self._safe_send.end(
            running.queued,
            running.noted,
            "unknown" if outcome.is_unknown else ended,
            hostname=running.hostname,
            error=outcome.error,
        )

    async def _run_with_retries(self, running: Running) -> bool:
        """Carry it out, and again where it is refused for a reason that passes.

        Each time all that it rests on is looked at anew. Returns False if it was left alone.
        """
        queued = running.queued
        for pause_s in _REFUSAL_PAUSES_S:
            try:
                return await self._carry_out(running)
            except StatusError as error:
                is_sent = running.phase == "sending" and running.noted is not None
                if not is_sent or self.is_stopping:
                    raise
                if not is_transient(queued.step, error) and not await self._wait_out(running):
                    raise
                self._tell(running, "warning", message=f"refused, tried again: {explain(error)}")
                self._note_end(running, running.conclude(error=explain(error)))
            running.begin_again()
            await self._clock.sleep(pause_s)
            await self._wait_for_others(running)
        return await self._carry_out(running)

    async def _wait_out(self, running: Running) -> bool:
        return await self._pause.wait_out(running.queued, running.hostname, self._say(running))

    def _say(self, running: Running) -> Callable[[str], None]:
        return lambda text: self._tell(running, "step_progress", message=text)

    async def _wait_for_others(self, running: Running) -> None:
        """Wait for the tasks that run on the step's server. Raises ApplyError, ApiError."""
        if running.hostname is None:
            return
        for task in await running_tasks(self._api, running.hostname):
            try:
                await self._watcher.wait(task.id, timeout_s=self._task_timeout_s)
            except TaskTimeoutError as error:
                raise ApplyError(f"{running.hostname} is busy: {error.message}") from error

    async def _wait_until_settled(self, running: Running) -> None:
        """Give what an unknown earlier run added the time to show. Raises ApplyError, ApiError."""
        pause_s = self._safe_send.find_pause(running.queued, self._clock.monotonic())
        if pause_s:
            text = "no journal tells whether an earlier run has added it; looking again in"
            self._tell(running, "step_progress", message=f"{text} {pause_s:.0f} s")
            await self._clock.sleep(pause_s)
            await self._wait_for_others(running)

    async def _carry_out(self, running: Running) -> bool:
        """Returns False if it was left alone on the way."""
        queued = running.queued
        path = await self._hostnames.fill_path(running)
        await self._wait_until_settled(running)
        # The pause before a snapshot may be long, and is not for one that is there already.
        is_early = queued.step.operation_id == TAKE_SNAPSHOT
        if is_early and not await self._is_due(running):
            return True
        if await self._pause.is_needless(queued, running.hostname, self._say(running)):
            return True
        body, running.secrets = fill_body(queued.step.body, self._read_reference)
        if queued.step.operation_id == SET:
            return await self._change_schedule(running, path, body)
        request, baseline = await self._look_before(running, Request(path, body))
        if request is None:
            self._tell(running, "step_progress", message="it is so already")
            return True
        # Whose the server is, is read last of all, so that nothing lies between it and the request.
        if not await self._is_due(running):
            return True
        path, body = request.path, request.body
        is_tags = queued.step.operation_id == "set_server_tags" and running.hostname is not None
        if is_tags:
            body = await self._unite_tags(running, body)
        if self.is_stopping:
            return False
        running.noted = await self._safe_send.note(queued, path, running.hostname, body, baseline)
        if not await self._send_exactly_once(running, path, body):
            return False
        if is_tags:
            await self._safe_send.confirm_tags(body, running.hostname or "")
        if queued.step.operation_id in EFFECTS:
            running.phase = "confirming"
            await self._safe_send.confirm_change(queued, running.noted)
        if queued.is_create:
            running.phase = "confirming"
            running.hostname = await self._safe_send.confirm_create(queued, running.hostname)
            self._hostnames.keep(running)
        return True

    async def _change_schedule(self, running: Running, path: str, body: Any) -> bool:
        if not await self._is_due(running):
            return True
        return await self._schedule_change.carry_out(running, path, body, self._say(running))

    async def _is_due(self, running: Running) -> bool:
        if await self._safe_send.is_due(running.queued, running.hostname):
            return True
        self._tell(running, "step_progress", message="it is so already")
        return False

    async def _look_before(
        self, running: Running, request: Request
    ) -> tuple[Request | None, Mapping[str, Any]]:
        """The request with what only the live server can tell, None if it is so already; and what
        finds its trace afterwards. Raises ApplyError, ApiError."""
        queued, hostname = running.queued, running.hostname
        try:
            if queued.step.late:
                found = await look_up(self._api, queued.step, request, hostname or "")
                if found is None:
                    return None, {}
                request = found
            return request, await self._safe_send.look_before(
                queued, request.path, hostname, request.body
            )
        except NotFoundError:
            await self._safe_send.is_due(queued, hostname)  # says so if the server is gone
            raise

    async def _unite_tags(self, running: Running, body: Any) -> Any:
        before = self._tags_before.get(running.queued.server)
        united = await self._safe_send.unite_tags(body, before, running.hostname or "")
        if PREVENT_DESTROY in united["tags"] and PREVENT_DESTROY not in body["tags"]:
            text = f"somebody has set {PREVENT_DESTROY} since the plan: it stays"
            self._tell(running, "warning", message=text)
        return united

    async def _send_exactly_once(self, running: Running, path: str, body: Any) -> bool:
        """Send, and wait for the task; where the answer is lost, find out, and send once more only
        if it is proven that nothing has happened. Returns False if it was left alone."""
        for is_last in (False, True):
            try:
                return await self._send_and_wait(running, path, body)
            except ApiError as error:
                if running.phase != "sending" or not _may_have_happened(error):
                    raise
                if OPERATIONS[running.queued.step.operation_id].repeat != "never":
                    raise  # a value that was set, and will be seen to be or not to be
                running.phase = "resolving"
                self._tell(running, "warning", message=f"its answer was lost: {explain(error)}")
                assert running.noted is not None
                observation = await self._safe_send.find_out(running.noted)
                running.hostname = observation.hostname or running.hostname
                if observation.outcome is Outcome.HAPPENED:
                    self._tell(running, "step_progress", message=f"found: {observation.reason}")
                    return True
                effect = EFFECTS.get(running.queued.step.operation_id)
                is_once = effect is not None and effect.is_once
                if is_last or is_once or self.is_stopping:
                    running.phase = "sending"
                    raise
                self._tell(running, "step_progress", message="proven absent; sent once more")
                running.phase = "preparing"
                if not await self._is_due(running):
                    return True
        raise AssertionError("a request is sent twice at most")

    async def _send_and_wait(self, running: Running, path: str, body: Any) -> bool:
        queued = running.queued
        reply = await self._send(running, path, body)
        if reply is None or not queued.has_task:
            return True
        if reply.task_id is None:
            raise task_not_named(queued.step)
        running.task_id = reply.task_id
        running.phase = "waiting"
        assert running.noted is not None
        self._safe_send.accept(queued, running.noted, reply.task_id)
        self._tell(running, "step_progress", status="processing")
        if self.is_stopping:
            return False
        task = await self._watcher.wait(
            running.task_id,
            timeout_s=self._task_timeout_s,
            on_progress=lambda task: self._note_progress(running, task),
        )
        if task.has_failed:
            raise task_failed(task)
        if queued.is_create and task.hostname:
            running.hostname = task.hostname
            self._hostnames.keep(running)
        return True

    async def _send(self, running: Running, path: str, body: Any) -> Reply | None:
        """The one place where a change leaves. None: what was to be deleted is gone already.

        Raises ApiError.
        """
        step = running.queued.step
        running.phase = "sending"
        try:
            return await self._api.send(step.operation_id, step.method, path, body)
        except NotFoundError:
            if not step.operation_id.startswith("delete_"):
                raise
            self._tell(running, "step_progress", message="it was gone already")
            return None

    def _fail(self, running: Running, error: ApiError) -> StepOutcome:
        if isinstance(error, AuthError) and error.status == 401:
            self.halted = explain(error)
        if running.phase == "waiting" and running.task_id is not None:
            text = explain_unwatched(error, running.task_id)
            return running.conclude(error=text, is_unknown=True)
        is_lost = running.phase == "sending" and _may_have_happened(error)
        if is_lost or running.phase == "resolving":  # then the look failed, and the answer is lost
            return running.conclude(error=explain_unknown(error), is_unknown=True)
        return running.conclude(error=explain(error), is_unknown=_is_unseen(running))

    def _note_progress(self, running: Running, task: Task) -> None:
        if running.queued.is_create:
            running.hostname = task.hostname or running.hostname
        if not task.is_processing:
            return  # the step's end says it
        self._tell(running, "step_progress", status=shorten(task.status, 40))
        if task.status not in _KNOWN_STATUSES | self._unknown_statuses:
            self._unknown_statuses.add(task.status)
            self._tell(
                running,
                "warning",
                message=f"task {task.id} has the unknown status {shorten(task.status, 40)!r}, "
                "which counts as processing",
            )

    def _tell(
        self,
        running: Running,
        type: Literal["step_start", "step_progress", "warning"],
        *,
        status: str | None = None,
        message: str | None = None,
    ) -> None:
        self._emitter.tell(
            type,
            running.queued,
            hostname=running.hostname,
            task_id=running.task_id,
            status=status,
            message=message,
        )


def _is_unseen(running: Running) -> bool:
    """True for what its task says is done and the account has not shown: the next run looks."""
    return running.phase == "confirming" and running.queued.step.operation_id in EFFECTS


def _may_have_happened(error: ApiError) -> bool:
    return error.maybe_done or isinstance(error, DecodeError)
