"""A recorded request leaves, is answered, and its task is waited for.

Where the answer is lost, the account is observed until it is certain what became of the request;
only one that is proven absent is sent a second time.
"""

from collections.abc import Callable
from dataclasses import field

from ccloud_apply.apply.api import Reply
from ccloud_apply.apply.engine.running import Hostnames, Running
from ccloud_apply.apply.events import EventEmitter
from ccloud_apply.apply.messages import (
    explain,
    shorten,
    task_failed,
    task_not_named,
)
from ccloud_apply.apply.once.outcome import Outcome
from ccloud_apply.apply.once.safe_send import SafeSend
from ccloud_apply.apply.tasks.watcher import TaskWatcher
from ccloud_apply.errors import ApiError, DecodeError, NotFoundError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Task
from ccloud_apply.operations import OPERATIONS

_KNOWN_STATUSES = frozenset({"processing", "done", "failed"})


def may_have_happened(error: ApiError) -> bool:
    """True if the platform may have acted although the answer does not say so."""
    return error.maybe_done or isinstance(error, DecodeError)


@dataclass(slots=True, kw_only=True)
class Sender:
    """Sends the recorded requests of one apply. `is_stopping`: no step may begin any more."""

    safe_send: SafeSend
    watcher: TaskWatcher
    emitter: EventEmitter
    hostnames: Hostnames
    task_timeout_s: float
    is_stopping: Callable[[], bool]
    _unknown_statuses: set[str] = field(default_factory=set)

    async def send_exactly_once(self, running: Running) -> bool:
        """Send, and wait for the task; where the answer is lost, find out, and send once more only
        if it is proven that nothing has happened. Returns False if it was left alone.

        Raises ApiError, ApplyError, JournalError.
        """
        for is_last in (False, True):
            try:
                return await self._send_and_wait(running)
            except ApiError as error:
                if running.phase != "sending" or not may_have_happened(error):
                    raise
                if OPERATIONS[running.queued.step.operation_id].repeat != "never":
                    raise  # a value that was set, and will be seen to be or not to be
                if await self._is_found(running, error):
                    return True
                is_once = running.effect is not None and running.effect.is_once
                if is_last or is_once or self.is_stopping():
                    running.phase = "sending"
                    raise
            self.safe_send.withdraw(running.queued)
            running.tell(
                self.emitter, "step_progress", message="it did not happen; sending it again"
            )
            running.phase = "preparing"
            if not await self.safe_send.is_needed(running.queued, running.hostname):
                running.tell(self.emitter, "step_progress", message="already done")
                return True
        raise AssertionError("a request is sent twice at most")

    async def _is_found(self, running: Running, error: ApiError) -> bool:
        """Whether a request whose answer was lost has happened. Raises ApplyError, ApiError."""
        running.phase = "resolving"
        running.tell(self.emitter, "warning", message=f"the answer was lost: {explain(error)}")
        assert running.recorded is not None
        observation = await self.safe_send.find_out(running.recorded)
        running.hostname = observation.hostname or running.hostname
        if observation.outcome is not Outcome.HAPPENED:
            return False
        running.tell(self.emitter, "step_progress", message=f"found: {observation.reason}")
        return True

    async def _send_and_wait(self, running: Running) -> bool:
        queued, recorded = running.queued, running.recorded
        assert recorded is not None
        reply = await self._send(running)
        if reply is not None and reply.told:
            running.told = reply.told
            await self.safe_send.keep_told(queued, recorded, reply.told)
        if reply is None or not queued.has_task:
            return True
        if reply.task_id is None:
            raise task_not_named(queued.step)
        running.task_id = reply.task_id
        if running.slot is not None:
            running.slot.note_task(reply.task_id)
        await self.safe_send.accept(queued, recorded, reply.task_id)
        running.phase = "waiting"
        running.tell(self.emitter, "step_progress", status="processing")
        if self.is_stopping():
            return False
        task = await self.watcher.wait(
            running.task_id,
            timeout_s=self.task_timeout_s,
            kind=queued.step.operation_id,
            on_progress=lambda task: self._note_progress(running, task),
        )
        if task.has_failed:
            running.failed_task = task
            running.hostname = task.hostname or running.hostname
            raise task_failed(task)
        if queued.is_create and task.hostname:
            running.hostname = task.hostname
            self.hostnames.keep(running)
        return True

    async def _send(self, running: Running) -> Reply | None:
        """None: what was to be deleted is gone already. Raises ApiError."""
        step, recorded = running.queued.step, running.recorded
        assert recorded is not None
        running.phase = "sending"
        try:
            return await self.safe_send.send(running.queued, recorded)
        except NotFoundError:
            if step.method != "DELETE":
                raise
            running.tell(self.emitter, "step_progress", message="it was already gone")
            return None

    def _note_progress(self, running: Running, task: Task) -> None:
        if running.queued.is_create:
            running.hostname = task.hostname or running.hostname
        if not task.is_processing:
            return  # the step's end says it
        status = shorten(task.status, 40)
        running.tell(self.emitter, "step_progress", status=status)
        if task.status not in _KNOWN_STATUSES | self._unknown_statuses:
            self._unknown_statuses.add(task.status)
            running.tell(
                self.emitter,
                "warning",
                message=f"task {task.id} has the unknown status {status!r}, "
                "which counts as processing",
            )
