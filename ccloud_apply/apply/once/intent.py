"""What stands around a request so that it happens once: the journal, a look before, a look after.

`apply/engine/step.py` does a step; this module knows what has to be noted before it leaves and how
to find out what became of it. Each part can be left out: a test without a journal is still an
apply.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.schedule import QueuedStep
from ccloud_apply.apply.journal.journal import NoJournal, Recorder
from ccloud_apply.apply.once.confirm import Confirmation
from ccloud_apply.apply.once.outcome import (
    ADDING,
    CONSISTENCY_TIMEOUT_S,
    CREATE,
    Change,
    Observation,
    Outcome,
    newest_create_task,
    note_before,
)
from ccloud_apply.apply.once.precondition import Precondition, Standing
from ccloud_apply.apply.once.resolver import Resolver
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.journal import EntryOutcome, Intent
from ccloud_apply.model.ownership import (
    describe_owner,
    read_ownership,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedIntent:
    """A change that is written in the journal and may leave now."""

    number: int
    change: Change


@dataclass(slots=True, kw_only=True)
class SafeSend:
    """The precautions of one apply.

    `journals` are the stacks' own; `closers` maps the id of a step that opens something (a
    shutdown) to the one that closes it, by stack. `high_water_mark` is the newest create task of
    the account that the plan has accounted for. `settled_at_s` is when all must show that an
    unknown earlier run has added, by stack and on the monotonic clock.
    """

    api: Api
    resolver: Resolver
    confirmation: Confirmation | None = None
    precondition: Precondition | None = None
    journals: Mapping[str, Recorder] = field(default_factory=dict)
    closers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    high_water_mark: int | None = None
    settled_at_s: Mapping[str, float] = field(default_factory=dict)
    own_tasks: set[int] = field(default_factory=set)
    _high_water_mark_task: "asyncio.Task[int] | None" = None

    def find_pause(self, queued: QueuedStep, now_s: float) -> float:
        """Seconds to wait before a step that adds something where no journal tells what was added
        before; 0 for any other step."""
        if queued.step.operation_id not in ADDING:
            return 0.0
        return max(0.0, self.settled_at_s.get(queued.stack, now_s) - now_s)

    async def is_due(self, queued: QueuedStep, hostname: str | None) -> bool:
        """False if what the step would do is so already. Raises ApplyError if what it rests on has
        changed since the plan, ApiError.

        To be asked right before each request: whose the server is may change at any moment.
        """
        if self.precondition is None:
            return True
        return await self.precondition.check(queued.stack, queued.step, hostname) is Standing.NEEDED

    async def note(
        self,
        queued: QueuedStep,
        path: str,
        hostname: str | None,
        body: Any,
        baseline: Mapping[str, Any],
    ) -> RecordedIntent:
        """Write down what is about to be sent, and what it rests on; durable when this returns.

        Raises JournalError (then nothing may be sent), ApiError, and ApplyError if somebody else
        has made the server since the plan.
        """
        step = queued.step
        change = Change(
            stack=queued.stack,
            server=step.server,
            operation_id=step.operation_id,
            path=path,
            hostname=hostname,
            body=body,
            baseline=baseline,
            own_tasks=self.own_tasks,  # the set itself: it grows while others are waited for
        )
        if step.operation_id == CREATE:
            await self._require_new(change)
        intent = Intent(
            step=step.id,
            server=step.server,
            operation=step.operation,
            operation_id=step.operation_id,
            method=step.method,
            path=path,
            hostname=hostname,
            digest=_digest(step.body),
            baseline=baseline,
            closed_by=self.closers.get((queued.stack, step.id)),
            closes=step.closes,
        )
        number = self._journal(queued).write_intent(intent)
        return RecordedIntent(number=number, change=change)

    async def look_before(
        self, queued: QueuedStep, path: str, hostname: str | None, body: Any
    ) -> Mapping[str, Any]:
        """What has to be known before the change to find its trace afterwards. Raises ApiError."""
        operation_id = queued.step.operation_id
        if operation_id == CREATE:
            return {
                "fence": await self._read_fence(),
                "custom_name": (body or {}).get("custom_name"),
            }
        if operation_id == "delete_server" and self.precondition is not None:
            return self.precondition.identity(queued.stack, queued.step.server)
        return await note_before(self.api, queued.step, path, hostname, body)

    async def _require_new(self, change: Change) -> None:
        """Where others have created servers since the plan, none of them is the one to be made."""
        if self.high_water_mark is None or change.baseline["fence"] <= self.high_water_mark:
            return
        since = {**change.baseline, "fence": self.high_water_mark}
        observation = await self.resolver.resolve(replace(change, baseline=since), has_grace=False)
        if observation.outcome is not Outcome.ABSENT:
            raise ApplyError(
                f"changed since the plan: {observation.reason}",
                hint="somebody else applies this stack; plan again when they are done",
            )

    async def _read_fence(self) -> int:
        """The newest create task before our first create; read once, whoever asks first."""
        if self._high_water_mark_task is None or (
            self._high_water_mark_task.done() and self._high_water_mark_task.exception()
        ):
            self._high_water_mark_task = asyncio.create_task(newest_create_task(self.api))
        return await asyncio.shield(self._high_water_mark_task)

    def accept(self, queued: QueuedStep, noted: RecordedIntent, task_id: int) -> None:
        """Note the task that the platform started. Raises JournalError."""
        self.own_tasks.add(task_id)
        self._journal(queued).write_accepted(noted.number, task_id)

    def end(
        self,
        queued: QueuedStep,
        noted: RecordedIntent,
        outcome: EntryOutcome,
        *,
        hostname: str | None = None,
        error: str | None = None,
    ) -> None:
        """Note how it ended. Raises JournalError."""
        self._journal(queued).write_ended(noted.number, outcome, hostname=hostname, error=error)

    async def find_out(self, noted: RecordedIntent) -> Observation:
        """What became of a change whose answer was lost: HAPPENED or ABSENT.

        Raises ApplyError where it stays open, or where two servers have one identity.
        """
        observation = await self.resolver.resolve(noted.change)
        if observation.outcome is Outcome.PENDING:
            raise ApplyError(
                f"it stays open whether it happened: {observation.reason}",
                hint="run apply again, it looks at what is there and goes on",
            )
        return observation

    async def confirm_create(self, queued: QueuedStep, hostname: str | None) -> str | None:
        """The hostname of the new server, once the account shows it as ours. Raises ApplyError."""
        if self.confirmation is None:
            return hostname
        server = await self.confirmation.find(queued.stack, queued.step.server, hostname)
        if self.precondition is not None:
            self.precondition.learn(queued.stack, queued.step.server, server)
        return server.hostname

    async def confirm_change(self, queued: QueuedStep, noted: RecordedIntent) -> None:
        """Come back once the account shows what the step has done. Raises ApplyError."""
        if self.confirmation is not None:
            await self.confirmation.confirm_change(
                noted.change,
                what=f"{queued.step.id} is done",
                patience_s=None if queued.step.operation_id in ADDING else CONSISTENCY_TIMEOUT_S,
            )

    async def unite_tags(self, body: Any, planned_before: Any, hostname: str) -> Any:
        """The body of a tags step with what others have added since the plan, a protection too.

        Raises ApplyError if the server has another owner by now than the plan saw, and ApiError.
        """
        live = set(await self.api.read_part("list_server_tags", hostname))
        before = set(planned_before or ())
        if _owner(live) not in (_owner(before), _owner(body["tags"])):
            raise ApplyError(
                f"changed since the plan: {hostname} belongs to"
                f" {describe_owner(read_ownership(live))}",
                hint="plan again",
            )
        return {"tags": sorted({*body["tags"], *(live - before)})}

    async def confirm_tags(self, body: Any, hostname: str) -> None:
        """Raises ApplyError if the server does not carry the tags that were set, and ApiError."""
        live = {tag.lower() for tag in await self.api.read_part("list_server_tags", hostname)}
        missing = sorted(tag for tag in body["tags"] if tag.lower() not in live)
        if missing:
            raise ApplyError(f"{hostname} does not carry the tags that were set: {missing}")

    async def close(self) -> None:
        """End what is still being read."""
        if self._high_water_mark_task is not None:
            self._high_water_mark_task.cancel()
            await asyncio.gather(self._high_water_mark_task, return_exceptions=True)

    def _journal(self, queued: QueuedStep) -> Recorder:
        return self.journals.get(queued.stack, _NO_JOURNAL)


_NO_JOURNAL = NoJournal()


def _owner(tags: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    owner = read_ownership(tags)
    return owner.stacks, owner.keys


def _digest(body: Any) -> str:
    """Of the request as planned: references count by their names, so that no secret is in it."""

    def plain(value: Any) -> Any:
        if isinstance(value, Reference):
            return {"$reference": [value.kind, value.name]}
        return str(value)

    text = json.dumps(body, sort_keys=True, default=plain)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
