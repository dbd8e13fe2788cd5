"""A step in flight, and the hostnames of the servers that come into being meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.request import HOSTNAME, fill_path, redact
from ccloud_apply.apply.events import EventEmitter
from ccloud_apply.apply.messages import shorten
from ccloud_apply.apply.once.create import filter_owned
from ccloud_apply.apply.once.creates.slots import HeldSlot
from ccloud_apply.apply.once.intent import RecordedIntent
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.apply.result import StepOutcome
from ccloud_apply.aspects.effects import Effect
from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.ownership import stack_tag
from ccloud_apply.model.results.plan import Plan

Phase = Literal["preparing", "sending", "resolving", "waiting", "confirming"]


def _keep_place() -> None:
    """For a step that has none to give back."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A step in flight: how far it got, and what is known by now.

    `give_back` is called once its task has ended and nothing more is sent: its place is free.
    """

    queued: QueuedStep
    give_back: Callable[[], None] = _keep_place
    phase: Phase = "preparing"
    hostname: str | None = None
    task_id: int | None = None
    recorded: RecordedIntent | None = None
    secrets: tuple[str, ...] = ()
    failed_task: Task | None = None
    slot: HeldSlot | None = None
    told: str | None = None
    is_recording: bool = False

    @contextmanager
    def recording(self) -> Iterator[None]:
        """While inside, a stop waits: what is being written to the journal is told as it is."""
        self.is_recording = True
        try:
            yield
        finally:
            self.is_recording = False

    @property
    def must_finish(self) -> bool:
        """True while a stop has to wait for it: for an answer, or for the journal."""
        return self.phase == "sending" or self.is_recording

    @property
    def effect(self) -> Effect | None:
        """The effect of its operation; None for a create."""
        return EFFECTS_BY_OPERATION.get(self.queued.step.operation_id)

    @property
    def is_sent(self) -> bool:
        """True once its recorded request has left, as long as no answer was taken."""
        return self.phase == "sending" and self.recorded is not None

    @property
    def is_unconfirmed(self) -> bool:
        """True for what its task says is done and the account does not show."""
        is_confirmed = self.effect is not None and self.effect.is_confirmed
        return self.phase == "confirming" and is_confirmed

    @property
    def is_unsure(self) -> bool:
        """True if it may have happened before a further attempt was withheld."""
        return self.phase == "sending" and self.recorded is not None and self.recorded.is_unsure

    def begin_again(self) -> None:
        """It was refused, and is tried once more from the start."""
        self.phase, self.recorded, self.told = "preparing", None, None

    def tell(
        self,
        emitter: EventEmitter,
        type: Literal["step_start", "step_progress", "warning"],
        *,
        status: str | None = None,
        message: str | None = None,
    ) -> None:
        """Emit an event about it."""
        emitter.tell(
            type,
            self.queued,
            hostname=self.hostname,
            task_id=self.task_id,
            status=status,
            message=message,
        )

    def conclude(
        self, *, error: str | None = None, is_unknown: bool = False, is_unseen: bool = False
    ) -> StepOutcome:
        """Its outcome: done, or failed with this error, without the secrets."""
        return StepOutcome(
            stack=self.queued.stack,
            server=self.queued.step.server,
            step=self.queued.step.id,
            status="done" if error is None else "failed",
            error=None if error is None else shorten(redact(error, self.secrets)),
            task_id=self.task_id,
            is_unknown=is_unknown,
            is_unseen=is_unseen,
        )

    def pass_over(self, because: str) -> StepOutcome:
        """Its outcome: skipped, as it is too late to begin it."""
        return too_late(self.queued, because)


def too_late(queued: QueuedStep, because: str) -> StepOutcome:
    """The outcome of a step that may not begin any more."""
    return StepOutcome(
        stack=queued.stack,
        server=queued.step.server,
        step=queued.step.id,
        status="skipped",
        because=because,
        is_too_late=True,
    )


class Hostnames:
    """The hostname of each server of a plan, as far as it is known by now."""

    def __init__(self, plan: Plan, api: Api) -> None:
        self._api = api
        self._known = {
            (stack.stack, server.key): server.hostname
            for stack in plan.stacks
            for server in stack.servers
            if server.hostname is not None
        }

    def get(self, queued: QueuedStep) -> str | None:
        """The hostname of the step's server, if it is known."""
        return self._known.get(queued.server)

    def keep(self, running: Running) -> None:
        """Remember the hostname that the step has found."""
        if running.hostname is not None:
            self._known[running.queued.server] = running.hostname

    async def fill_path(self, running: Running) -> str:
        """The step's path, with the server's hostname where the plan did not know it yet.

        Raises ApplyError where it cannot be told, and ApiError.
        """
        queued = running.queued
        if queued.is_create:  # a replaced server's hostname is not the new one's
            self._known.pop(queued.server, None)
            running.hostname = None
        path = queued.step.path
        if HOSTNAME not in path:
            return path
        if running.hostname is None:
            running.hostname = await self._find(queued)
            self.keep(running)
        return fill_path(path, running.hostname)

    async def _find(self, queued: QueuedStep) -> str:
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
                f"the hostname of {key} is not known: {found}", hint="run apply again to continue"
            )
        return hostnames.pop()
