"""A request that happens once: recorded before it leaves, resolved if its answer is lost, and
done only when it shows.

`apply/engine/` does a step and asks this module at each point. Each part can be left out: a test
without a journal is still an apply.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field, replace
from functools import partial
from typing import Any, TypeVar

from ccloud_apply.apply.api import Api, Reply
from ccloud_apply.apply.gate import Gate, NoGate, TooLateError
from ccloud_apply.apply.journal.recorder import NoJournal, Recorder
from ccloud_apply.apply.once.confirm import Confirmation
from ccloud_apply.apply.once.creates.guard import CreateGuard
from ccloud_apply.apply.once.creates.slots import HeldSlot, NoSlots, Slots
from ccloud_apply.apply.once.facts import read_facts
from ccloud_apply.apply.once.intent import RecordedIntent, build_intent
from ccloud_apply.apply.once.outcome import (
    CONSISTENCY_TIMEOUT_S,
    Change,
    Observation,
    Outcome,
    doubt_absence,
)
from ccloud_apply.apply.once.precondition import NotShownError, Precondition
from ccloud_apply.apply.once.preparation import Preparation, Prepared
from ccloud_apply.apply.once.resolver import Resolver
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.aspects.effects import Facts, Sent
from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.journal import EntryOutcome
from ccloud_apply.model.results.plan import FieldChange

FRESH_S = 1.0
"""Seconds for which what was read for a request counts as read right before it leaves."""

MaySend = Callable[[], Awaitable[None]]
"""Asked right before a change leaves. It raises ApplyError to refuse it."""


async def allow_all() -> None:
    """Lets every change leave."""


_Seen = TypeVar("_Seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Precautions:
    """What one apply does so that each change happens once. Each can be left out.

    - `precondition` judges each server again right before each of its requests.
    - `journals` hold each stack's record of what was sent.
    - `high_water_mark` is the newest create task of the account that the plan has accounted for.
    - `settled_at_s` is when all must show that an unknown earlier run has added, by stack and on
      the monotonic clock; nothing is added to a server before.
    - `may_send` is asked right before every change leaves, and raises ApplyError to refuse it.
    - `slots` keep the creates of the account in bounds, whoever sends them.
    - `gate` says which steps may begin now, by the windows and freezes of their stacks.
    - `override_window` is the reason for which windows and freezes do not count; the journal keeps
      it.
    - `is_confirmed`: a change counts as done only once the account shows it.
    """

    precondition: Precondition | None = None
    journals: Mapping[str, Recorder] = field(default_factory=dict)
    high_water_mark: int | None = None
    settled_at_s: Mapping[str, float] = field(default_factory=dict)
    may_send: MaySend = allow_all
    slots: Slots = field(default_factory=NoSlots)
    gate: Gate = field(default_factory=NoGate)
    override_window: str = ""
    is_confirmed: bool = True


@dataclass(slots=True, kw_only=True)
class SafeSend:
    """Sends the changes of one apply under its precautions.

    `closers` maps the id of a step that opens something (a shutdown) to the one that closes it, by
    stack. `changes` are those of the plan, by stack, server and field.
    """

    api: Api
    clock: Clock
    resolver: Resolver
    confirmation: Confirmation
    precautions: Precautions
    closers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    changes: Mapping[tuple[str, str, str], FieldChange] = field(default_factory=dict)
    own_tasks: set[int] = field(default_factory=set)
    _learnt: dict[str, Any] = field(init=False)
    _looked_at_s: dict[tuple[str, str], float] = field(init=False, default_factory=dict)
    _preparation: Preparation = field(init=False)
    _creates: CreateGuard = field(init=False)

    def __post_init__(self) -> None:
        journals = self.precautions.journals.values()
        self._learnt = {name: value for one in journals for name, value in one.learnt.items()}
        self._preparation = Preparation(
            api=self.api,
            precondition=self.precautions.precondition,
            changes=self.changes,
            learnt=self._learnt,
        )
        self._creates = CreateGuard(
            api=self.api,
            resolver=self.resolver,
            planned_mark=self.precautions.high_water_mark,
            own_tasks=self.own_tasks,  # the set itself: it grows while others are waited for
        )

    def has_learnt(self, name: str) -> bool:
        """True if this run, or one whose journal is here, has found this out about the platform."""
        return name in self._learnt

    async def learn(
        self, queued: QueuedStep, recorded: RecordedIntent, name: str, value: Any
    ) -> None:
        """Keep what a request has told of the platform, in the journal too; None forgets it.

        Raises JournalError.
        """
        if value is None:
            self._learnt.pop(name, None)
        else:
            self._learnt[name] = value
        await self._journal(queued).write_learnt(recorded.number, {name: value})

    async def keep_told(self, queued: QueuedStep, recorded: RecordedIntent, told: str) -> None:
        """Keep what the answer says was added, until it shows. Raises JournalError."""
        name = _name_kept(recorded)
        if name is not None:
            await self.learn(queued, recorded, name, [*self._learnt.get(name, ()), told])

    async def forget_told(self, queued: QueuedStep, recorded: RecordedIntent, told: str) -> None:
        """It shows: what becomes of it later is not ours. Raises JournalError."""
        name = _name_kept(recorded)
        if name is not None:
            rest = [other for other in self._learnt.get(name, ()) if other != told]
            await self.learn(queued, recorded, name, rest or None)

    def find_pause(self, queued: QueuedStep, now_s: float) -> float:
        """Seconds to wait before a step that adds, if no journal tells what was added before.

        0 for any other step.
        """
        effect = EFFECTS_BY_OPERATION.get(queued.step.operation_id)
        if effect is None or not effect.adds:
            return 0.0
        return max(0.0, self.precautions.settled_at_s.get(queued.stack, now_s) - now_s)

    def find_obstacle(self, queued: QueuedStep) -> str | None:
        """Why the step may not begin now; None if it may."""
        return self.precautions.gate.find_obstacle(queued)

    def withdraw(self, queued: QueuedStep) -> None:
        """What the step has sent did not happen, so nothing has begun."""
        self.precautions.gate.withdraw(queued)

    def _require_open(self, queued: QueuedStep) -> None:
        because = self.find_obstacle(queued)
        if because is not None:
            raise TooLateError(because)

    async def is_needed(self, queued: QueuedStep, hostname: str | None) -> bool:
        """False if the step is done already. Raises ApplyError if its precondition no longer holds,
        and ApiError."""
        look = partial(self._preparation.is_needed, queued, hostname)
        is_needed = await self._once_shown(queued, hostname, look)
        self._note_look(queued)
        return is_needed

    async def acquire_slot(self, say: Callable[[str], None]) -> HeldSlot:
        """A slot for a create, once there is one. Raises ApplyError, ApiError."""
        return await self.precautions.slots.acquire(say, self._creates.first_look)

    async def prepare(
        self, queued: QueuedStep, path: str, body: Any, hostname: str | None
    ) -> Prepared | None:
        """The request as it will leave, with its baseline; None if it is done already.

        The caller asks right before each request: the owner of a server can change at any moment.
        Raises ApplyError if the precondition no longer holds, and ApiError.
        """
        if queued.is_create:
            return await self._creates.prepare(queued, path, body)
        look = partial(self._preparation.prepare, queued, path, body, hostname)
        prepared = await self._once_shown(queued, hostname, look)
        self._note_look(queued)
        return prepared

    async def _once_shown(
        self, queued: QueuedStep, hostname: str | None, look: Callable[[], Awaitable[_Seen]]
    ) -> _Seen:
        """What there is to see of the server, once its own read shows it: the list, by which its
        create was confirmed, may be ahead."""
        try:
            return await look()
        except NotShownError:
            await self.confirmation.wait_until_passed(
                partial(self._preparation.require_unchanged, queued, hostname),
                timeout_s=CONSISTENCY_TIMEOUT_S,
            )
            return await look()

    async def record_intent(
        self,
        queued: QueuedStep,
        path: str,
        hostname: str | None,
        body: Any,
        baseline: Mapping[str, Any],
    ) -> RecordedIntent:
        """Write down what is about to be sent, and its baseline; durable when this returns.

        Raises JournalError, and TooLateError where it may not begin any more: then nothing may be
        sent.
        """
        self._require_open(queued)
        step = queued.step
        closed_by = self.closers.get((queued.stack, step.id))
        change = Change(
            stack=queued.stack,
            server=step.server,
            operation_id=step.operation_id,
            path=path,
            hostname=hostname,
            body=body,
            baseline=baseline,
            own_tasks=self.own_tasks,
        )
        intent = build_intent(
            step, change, closed_by=closed_by, override_window=self.precautions.override_window
        )
        number = await self._journal(queued).write_intent(intent)
        return RecordedIntent(number=number, change=change)

    async def send(self, queued: QueuedStep, recorded: RecordedIntent) -> Reply:
        """Send a recorded request: the one place where a change leaves.

        Right before each attempt `may_send` is asked, also before one that the client repeats by
        itself. The server is read again where it was read for an earlier request, and where this
        one has waited since: a look is good for one change, and for a moment.
        Raises ApiError, and ApplyError if an attempt was not allowed.
        """
        step, change = queued.step, recorded.change
        return await self.api.send(
            step.operation_id,
            step.method,
            change.path,
            change.body,
            before_each=lambda: self._allow(queued, recorded),
        )

    async def _allow(self, queued: QueuedStep, recorded: RecordedIntent) -> None:
        recorded.is_withheld = True
        looked_at_s = self._looked_at_s.pop((queued.stack, queued.step.server), None)
        if looked_at_s is None or self.clock.monotonic() - looked_at_s > FRESH_S:
            await self._preparation.require_unchanged(queued, recorded.change.hostname)
        await self.precautions.may_send()
        self._require_open(queued)
        self.precautions.gate.begin(queued)
        recorded.is_withheld = False
        recorded.attempts += 1

    def _note_look(self, queued: QueuedStep) -> None:
        self._looked_at_s[queued.stack, queued.step.server] = self.clock.monotonic()

    async def accept(self, queued: QueuedStep, recorded: RecordedIntent, task_id: int) -> None:
        """Record the task that the platform started. Raises JournalError."""
        self.own_tasks.add(task_id)
        recorded.change = replace(recorded.change, task_id=task_id)
        await self._journal(queued).write_accepted(recorded.number, task_id)

    async def end(
        self,
        queued: QueuedStep,
        recorded: RecordedIntent,
        outcome: EntryOutcome,
        *,
        hostname: str | None = None,
        error: str | None = None,
    ) -> None:
        """Record how it ended. Raises JournalError."""
        journal = self._journal(queued)
        await journal.write_ended(recorded.number, outcome, hostname=hostname, error=error)

    async def end_unsent(self, queued: QueuedStep, recorded: RecordedIntent) -> None:
        """Record that it never left. Raises JournalError."""
        await self.end(queued, recorded, "failed", error="not sent")

    async def find_out(self, recorded: RecordedIntent) -> Observation:
        """What became of a change whose answer was lost: HAPPENED or ABSENT.

        Raises ApplyError where it stays open, or where two servers have one identity.
        """
        found = await self.resolver.resolve(recorded.change)
        observation = doubt_absence(found, recorded.change, self._learnt)
        if observation.outcome is Outcome.PENDING:
            raise ApplyError(
                f"it is not known whether it happened: {observation.reason}",
                hint="run apply again: it checks what exists and continues",
            )
        return observation

    async def confirm_create(self, queued: QueuedStep, hostname: str | None) -> str | None:
        """The hostname of the new server, once the account shows it as ours. Raises ApplyError."""
        if not self.precautions.is_confirmed:
            return hostname
        server = await self.confirmation.find(queued.stack, queued.step.server, hostname)
        precondition = self.precautions.precondition
        if precondition is not None:
            precondition.learn(queued.stack, queued.step.server, server)
        return server.hostname

    async def confirm_change(self, queued: QueuedStep, recorded: RecordedIntent) -> None:
        """Come back once the account shows what the step has done. Raises ApplyError."""
        effect = recorded.change.effect
        if self.precautions.is_confirmed and effect is not None:
            await self.confirmation.confirm_change(
                recorded.change,
                what=f"{queued.step.id} is done",
                timeout_s=None if effect.adds else CONSISTENCY_TIMEOUT_S,
            )

    async def verify(self, recorded: RecordedIntent) -> None:
        """Come back once a value that was set shows: reads may be behind for a while.

        Raises ApplyError if it does not show in time, and ApiError.
        """
        effect = recorded.change.effect
        if effect is None or effect.verify is None or recorded.change.hostname is None:
            return
        await self.confirmation.wait_until_passed(
            partial(self._verify_now, recorded.change, effect.verify),
            timeout_s=CONSISTENCY_TIMEOUT_S,
        )

    async def _verify_now(self, change: Change, verify: Callable[[Facts, Sent], None]) -> None:
        reads = change.effect.reads if change.effect is not None else frozenset[str]()
        verify(await read_facts(self.api, change.hostname or "", reads), change.sent)

    async def close(self) -> None:
        """Cancel the reads that are under way."""
        await self._creates.close()

    def _journal(self, queued: QueuedStep) -> Recorder:
        return self.precautions.journals.get(queued.stack, _NO_JOURNAL)


def _name_kept(recorded: RecordedIntent) -> str | None:
    effect = recorded.change.effect
    return (
        None if effect is None or effect.keep_as is None else effect.keep_as(recorded.change.sent)
    )


_NO_JOURNAL = NoJournal()
