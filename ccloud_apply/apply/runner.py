"""One step, from its request to the end of its task. Which step and when is the executor's.

A request is sent once. Where it is not certain whether it happened, the step fails as unknown; only
a new look at the account can tell, and that is a new plan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ccloud_apply.apply.api import Api, Reply
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
from ccloud_apply.apply.schedule import QueuedStep
from ccloud_apply.apply.tasks import TaskWatcher
from ccloud_apply.errors import (
    ApiError,
    ApplyError,
    DecodeError,
    NotFoundError,
    TaskTimeoutError,
)
from ccloud_apply.model.account import Task
from ccloud_apply.model.ownership import read_ownership, stack_tag
from ccloud_apply.model.plan import Plan
from ccloud_apply.model.reference import Reference

Phase = Literal["preparing", "sending", "waiting"]

_KNOWN_STATUSES = frozenset({"processing", "done", "failed"})


@dataclass(slots=True, kw_only=True)
class Running:
    """A step in flight: how far it got, and what is known by now."""

    queued: QueuedStep
    phase: Phase = "preparing"
    hostname: str | None = None
    task_id: int | None = None
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
    ) -> None:
        self._api = api
        self._watcher = watcher
        self._reporter = reporter
        self._read_reference = read_reference
        self._task_timeout_s = task_timeout_s
        self._unknown_statuses: set[str] = set()
        self._hostnames = {
            (stack.stack, server.key): server.hostname
            for stack in plan.stacks
            for server in stack.servers
            if server.hostname is not None
        }
        self.is_stopping = False
        """Once True, a step whose request is answered does not wait for its task any more."""

    def hostname(self, queued: QueuedStep) -> str | None:
        """The hostname of the step's server, if it is known by now."""
        return self._hostnames.get(queued.server)

    async def run(self, running: Running) -> StepOutcome | None:
        """Run the step to its end. None: it was left to itself because of a stop."""
        running.hostname = self.hostname(running.queued)
        self._tell(running, "step_start")
        try:
            if not await self._carry_out(running):
                return None
        except TaskTimeoutError as error:
            return running.conclude(error=explain(error), is_unknown=True)
        except ApplyError as error:
            return running.conclude(error=explain(error))
        except ApiError as error:
            return self._fail(running, error)
        return running.conclude()

    async def _carry_out(self, running: Running) -> bool:
        """Returns False if it was left alone on the way."""
        queued = running.queued
        path = await self._prepare_path(running)
        body, running.secrets = fill_body(queued.step.body, self._read_reference)
        reply = await self._send(running, path, body)
        if reply is None or not queued.has_task:
            return True
        running.task_id = reply.task_id
        if running.task_id is None:
            raise fail_without_task(queued.step)
        running.phase = "waiting"
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
            for server in await self._api.list_servers(tag=stack_tag(stack))
            if server.hostname and not server.is_deleting
            if (owner := read_ownership(server.tags)).stacks == {stack} and owner.keys == {key}
        }
        if len(hostnames) != 1:
            found = "several servers carry its tags" if hostnames else "no server carries its tags"
            raise ApplyError(
                f"the hostname of {key} is not known: {found}", hint="run apply again to go on"
            )
        return hostnames.pop()

    async def _send(self, running: Running, path: str, body: Any) -> Reply | None:
        """The one place where a change leaves: a journal notes its intent before and its end after.

        None: what was to be deleted is gone already. Raises ApiError.
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
        if running.phase == "waiting" and running.task_id is not None:
            text = explain_unwatched(error, running.task_id)
            return running.conclude(error=text, is_unknown=True)
        may_have_happened = error.maybe_done or isinstance(error, DecodeError)
        if running.phase == "sending" and may_have_happened:
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
