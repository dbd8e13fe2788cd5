"""One step, from its request to the end of its task. Which step and when is the executor's.

A request is written down before it leaves. Where its answer is lost, the account is looked at until
it is certain what became of it; only a change that is proven absent is sent a second time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ccloud_apply.apply.api import Api, Reply
from ccloud_apply.apply.evidence import Verdict, filter_owned
from ccloud_apply.apply.failure import (
    explain,
    explain_unknown,
    explain_unwatched,
    fail_task,
    fail_without_task,
    shorten,
)
from ccloud_apply.apply.report import Reporter
from ccloud_apply.apply.request import HOSTNAME, fill_body, fill_path, redact
from ccloud_apply.apply.result import StepOutcome
from ccloud_apply.apply.safety import Noted, Safety
from ccloud_apply.apply.schedule import QueuedStep
from ccloud_apply.apply.tasks import TaskWatcher
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
from ccloud_apply.model.account import Task
from ccloud_apply.model.journal import Outcome
from ccloud_apply.model.ownership import stack_tag
from ccloud_apply.model.plan import Plan
from ccloud_apply.model.reference import Reference
from ccloud_apply.operations import OPERATIONS

Phase = Literal["preparing", "sending", "resolving", "waiting", "confirming"]

_CLOSING_TRIES = 4
_CLOSING_PAUSE_S = 5.0

_ONCE = frozenset({"redeploy_server"})
"""Leaves no trace to look for, and done twice it destroys twice: a person decides."""

_KNOWN_STATUSES = frozenset({"processing", "done", "failed"})


@dataclass(slots=True, kw_only=True)
class Running:
    """A step in flight: how far it got, and what is known by now."""

    queued: QueuedStep
    phase: Phase = "preparing"
    hostname: str | None = None
    task_id: int | None = None
    noted: Noted | None = None
    secrets: tuple[str, ...] = ()

    def conclude(self, *, error: str | None = None, is_unknown: bool = False) -> StepOutcome:
        """How it ended: done, or failed with this error, in which no secret is left."""
        return StepOutcome(
            stack=self.queued.stack,
            server=self.queued.step.server,
            step=self.queued.step.id,
            status="done" if error is None else "failed",
            error=None if error is None else shorten(redact(error, self.secrets)),
            task_id=self.task_id,
            is_unknown=is_unknown,
        )


class StepRunner:
    """Runs steps, and remembers the hostnames of the servers that come into being meanwhile."""

    def __init__(
        self,
        plan: Plan,
        *,
        api: Api,
        watcher: TaskWatcher,
        reporter: Reporter,
        read_reference: Callable[[Reference], str],
        task_timeout_s: float,
        clock: Clock,
        safety: Safety,
    ) -> None:
        self._api = api
        self._watcher = watcher
        self._reporter = reporter
        self._read_reference = read_reference
        self._task_timeout_s = task_timeout_s
        self._clock = clock
        self._safety = safety
        self._unknown_statuses: set[str] = set()
        self._hostnames = {
            (stack.stack, server.key): server.hostname
            for stack in plan.stacks
            for server in stack.servers
            if server.hostname is not None
        }
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
        return self._hostnames.get(queued.server)

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
            if not await self._carry_out(running):
                return None
        except TaskTimeoutError as error:
            return running.conclude(error=explain(error), is_unknown=True)
        except JournalError:
            raise
        except ApplyError as error:
            return running.conclude(error=explain(error), is_unknown=running.phase == "resolving")
        except ApiError as error:
            return self._fail(running, error)
        return running.conclude()

    def _note_end(self, running: Running, outcome: StepOutcome | None) -> None:
        if running.noted is None or outcome is None:
            return
        ended: Outcome = "done" if outcome.is_done else "failed"
        self._safety.end(
            running.queued,
            running.noted,
            "unknown" if outcome.is_unknown else ended,
            hostname=running.hostname,
            error=outcome.error,
        )

    async def _carry_out(self, running: Running) -> bool:
        """Returns False if it was left alone on the way."""
        queued = running.queued
        path = await self._prepare_path(running)
        if not await self._safety.is_due(queued):
            self._tell(running, "step_progress", message="it is so already")
            return True
        body, running.secrets = fill_body(queued.step.body, self._read_reference)
        is_tags = queued.step.operation_id == "set_server_tags" and running.hostname is not None
        if is_tags:
            before = self._tags_before.get(queued.server)
            body = await self._safety.unite_tags(body, before, running.hostname or "")
        if self.is_stopping:
            return False
        running.noted = await self._safety.note(queued, path, running.hostname, body)
        if not await self._send_insistently(running, path, body):
            return False
        if is_tags:
            await self._safety.confirm_tags(body, running.hostname or "")
        if queued.step.operation_id == "add_server_disk":
            running.phase = "confirming"
            await self._safety.confirm_disk(running.noted)
        if queued.is_create:
            running.phase = "confirming"
            running.hostname = await self._safety.confirm_create(queued, running.hostname)
            if running.hostname is not None:
                self._hostnames[queued.server] = running.hostname
        return True

    async def _send_insistently(self, running: Running, path: str, body: Any) -> bool:
        """As `_send_until_certain`; what closes something is tried more than once, for a refused
        start would leave a server off that nobody asked to be off."""
        tries = _CLOSING_TRIES if running.queued.step.closes is not None else 1
        for left in reversed(range(tries)):
            try:
                return await self._send_until_certain(running, path, body)
            except StatusError as error:
                if not left or isinstance(error, AuthError) or self.is_stopping:
                    raise
                self._tell(running, "warning", message=f"refused, tried again: {explain(error)}")
                await self._clock.sleep(_CLOSING_PAUSE_S)
        raise AssertionError("the last try returns or raises")

    async def _send_until_certain(self, running: Running, path: str, body: Any) -> bool:
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
                evidence = await self._safety.find_out(running.noted)
                running.hostname = evidence.hostname or running.hostname
                if evidence.verdict is Verdict.HAPPENED:
                    self._tell(running, "step_progress", message=f"found: {evidence.words}")
                    return True
                is_once = running.queued.step.operation_id in _ONCE
                if is_last or is_once or self.is_stopping:
                    running.phase = "sending"
                    raise
                self._tell(running, "step_progress", message="proven absent; sent once more")
        raise AssertionError("a request is sent twice at most")

    async def _send_and_wait(self, running: Running, path: str, body: Any) -> bool:
        queued = running.queued
        reply = await self._send(running, path, body)
        if reply is None or not queued.has_task:
            return True
        if reply.task_id is None:
            raise fail_without_task(queued.step)
        running.task_id = reply.task_id
        running.phase = "waiting"
        assert running.noted is not None
        self._safety.accept(queued, running.noted, reply.task_id)
        self._tell(running, "step_progress", status="processing")
        if self.is_stopping:
            return False
        task = await self._watcher.wait(
            running.task_id,
            timeout_s=self._task_timeout_s,
            on_progress=lambda task: self._note_progress(running, task),
        )
        if task.has_failed:
            raise fail_task(task)
        if queued.is_create and task.hostname:
            running.hostname = self._hostnames[queued.server] = task.hostname
        return True

    async def _prepare_path(self, running: Running) -> str:
        """The step's path, with the server's hostname where the plan did not know it yet."""
        queued = running.queued
        if queued.is_create:  # a replaced server's hostname is not the new one's
            self._hostnames.pop(queued.server, None)
            running.hostname = None
        path = queued.step.path
        if HOSTNAME not in path:
            return path
        if running.hostname is None:
            running.hostname = await self._find_hostname(queued)
            self._hostnames[queued.server] = running.hostname
        return fill_path(path, running.hostname)

    async def _find_hostname(self, queued: QueuedStep) -> str:
        """The hostname of a server whose create task did not say it: by its ownership tags."""
        stack, key = queued.server
        hostnames = {
            server.hostname
            for server in filter_owned(
                await self._api.list_servers(tag=stack_tag(stack)), stack, key
            )
            if server.hostname
        }
        if len(hostnames) != 1:
            found = "several servers carry its tags" if hostnames else "no server carries its tags"
            raise ApplyError(
                f"the hostname of {key} is not known: {found}", hint="run apply again to go on"
            )
        return hostnames.pop()

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
        if running.phase in ("sending", "resolving") and _may_have_happened(error):
            return running.conclude(error=explain_unknown(error), is_unknown=True)
        return running.conclude(error=explain(error))

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
        self._reporter.tell(
            type,
            running.queued,
            hostname=running.hostname,
            task_id=running.task_id,
            status=status,
            message=message,
        )


def _may_have_happened(error: ApiError) -> bool:
    return error.maybe_done or isinstance(error, DecodeError)
