"""Settles what earlier runs left open, before anything new is planned.

A task that was started is waited for. A change without an answer is observed. Afterwards the
account shows everything that the earlier run did, so planning needs no knowledge of it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.messages import shorten
from ccloud_apply.apply.once.context import Context
from ccloud_apply.apply.once.facts import is_there, read_trace
from ccloud_apply.apply.once.outcome import (
    CONSISTENCY_TIMEOUT_S,
    Change,
    Observation,
    Outcome,
    can_show,
    doubt_absence,
)
from ccloud_apply.apply.once.unseen import UnseenChange
from ccloud_apply.apply.queued_step import CREATE
from ccloud_apply.aspects.effects import count_if_added
from ccloud_apply.concurrency import task_group
from ccloud_apply.errors import ApplyError, NotFoundError, TaskTimeoutError, UnsettledError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.journal import Entry
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.text import count_of
from ccloud_apply.operations import OPERATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Settles the journal of one stack."""

    api: Api
    stack: str
    journal: Recorder
    context: Context
    timeout_s: float
    warn: Callable[[str], None]

    async def settle(self) -> tuple[UnseenChange, ...]:
        """Settle every open entry, but for those whose task is done and that do not show: they end
        once they are marked (`unseen.py`).

        Raises ApplyError if one stays open, ApiError, JournalError.
        """
        entries = self.journal.open_entries
        unclosed = self.journal.unclosed_entries
        if entries:
            left = count_of(len(entries), "step")
            self.warn(f"{self.stack}: an earlier run left {left} open; settling them first")
        own_tasks = frozenset(e.task_id for e in self.journal.entries if e.task_id is not None)
        async with task_group() as group:
            settled = [group.create_task(self._settle(entry, own_tasks)) for entry in entries]
            for entry in unclosed:
                group.create_task(self._is_shown(entry))
        return tuple(change for one in settled if (change := one.result()) is not None)

    async def _settle(self, entry: Entry, own_tasks: frozenset[int]) -> UnseenChange | None:
        task = await self._wait_for_task(entry)
        if task is not None and task.has_failed:
            error = shorten(task.error_message or "the platform gives no reason")
            reason = f"task {task.id} failed: {error}"
            await self._end(entry, "failed", reason, hostname=task.hostname)
        elif task is None and OPERATIONS[entry.intent.operation_id].repeat != "never":
            await self._end(entry, "failed", "it sets a value, which the plan compares")
        elif entry.intent.operation_id == CREATE:
            await self._settle_create(entry, task, own_tasks)
        elif task is None:
            await self._settle_lost(entry, own_tasks)
        # A server that was shut down for its change may be off still, or on again.
        elif await self._is_shown(entry) or entry.intent.closed_by is not None:
            await self._end(entry, "done", f"task {task.id} is done")
        else:
            return UnseenChange(stack=self.stack, entry=entry)
        return None

    async def _settle_lost(self, entry: Entry, own_tasks: frozenset[int]) -> None:
        observation = await self._observe(entry, own_tasks)
        has_happened = observation.outcome is Outcome.HAPPENED
        if has_happened:
            await self._is_shown(entry)
            await self._learn(entry)
        outcome = "done" if has_happened else "failed"
        await self._end(entry, outcome, f"its answer was lost; {observation.reason}")

    async def _wait_for_task(self, entry: Entry) -> Task | None:
        if entry.task_id is None:
            return None
        what = f"task {entry.task_id} ({entry.intent.operation}, {entry.intent.server})"
        self.warn(f"{self.stack}: waiting for {what} of an earlier run")
        try:
            return await self.context.watcher.wait(entry.task_id, timeout_s=self.timeout_s)
        except TaskTimeoutError as error:
            raise ApplyError(
                f"{what} of an earlier run is still running after {self.timeout_s:g} s;"
                " nothing was changed",
                hint=error.hint,
            ) from error
        except NotFoundError:
            return None  # the platform has forgotten it: what the account shows decides

    async def _is_shown(self, entry: Entry) -> bool:
        """True once it shows; False after the consistency timeout, for somebody may have undone it.

        Raises AuthError.
        """
        change = self._build_change(entry)
        try:
            await self.context.confirmation.confirm_change(
                change, what=f"{entry.intent.step} is done", timeout_s=CONSISTENCY_TIMEOUT_S
            )
        except ApplyError:
            return False
        return True

    async def _settle_create(
        self, entry: Entry, task: Task | None, own_tasks: frozenset[int]
    ) -> None:
        """Wait until the list shows the server, or until it is proven that there is none."""
        if task is None:
            observation = await self._observe(entry, own_tasks)
            if observation.outcome is Outcome.ABSENT:
                await self._end(entry, "failed", f"it was not carried out: {observation.reason}")
                return
        try:
            named = task.hostname if task is not None else None
            hostname = await self.context.confirmation.confirm(
                self.stack, entry.intent.server, named
            )
        except ApplyError:
            if task is None or not task.hostname or await is_there(self.api, task.hostname):
                raise
            await self._end(entry, "failed", f"{task.hostname} was created, and is gone again")
            return
        await self._end(entry, "done", f"it is {hostname}", hostname=hostname)

    async def _observe(self, entry: Entry, own_tasks: frozenset[int]) -> Observation:
        """HAPPENED or ABSENT. Raises ApplyError where it stays open."""
        intent = entry.intent
        change = self._build_change(entry, own_tasks)
        found = await self.context.resolver.resolve(change)  # all of the grace: clocks jump
        observation = doubt_absence(found, change, self.journal.learnt)
        if observation.outcome is Outcome.PENDING:
            raise UnsettledError(
                f"{intent.step} of an earlier run stays open, so nothing was changed:"
                f" {observation.reason}",
                hint="look at the account; `ccloud-apply journal` shows what was sent",
            )
        return observation

    async def _learn(self, entry: Entry) -> None:
        """Keep that an operation adds instead of setting, so that it does not add once more; forget
        what was kept until it shows."""
        change = self._build_change(entry)
        effect = change.effect
        if effect is None:
            return
        name = None if effect.keep_as is None else effect.keep_as(change.sent)
        kept = self.journal.learnt.get(name, ()) if name is not None else ()
        is_open = effect.addition is not None and count_if_added(change.sent) is not None
        if not kept and not is_open:
            return
        facts = await read_trace(self.api, change.hostname or "", effect, change.sent)
        learnt: dict[str, Any] = {}
        if is_open and effect.addition is not None and effect.addition.is_added(facts, change.sent):
            learnt[effect.adds_name] = True
        if name is not None and kept and effect.keep_unshown is not None:
            learnt[name] = effect.keep_unshown(facts, kept) or None
        if learnt:
            await self.journal.write_learnt(entry.number, learnt)

    def _build_change(self, entry: Entry, own_tasks: frozenset[int] = frozenset()) -> Change:
        intent = entry.intent
        change = Change(
            stack=self.stack,
            server=intent.server,
            operation_id=intent.operation_id,
            path=intent.path,
            hostname=entry.hostname or intent.hostname,
            body=None,
            baseline=intent.baseline,
            own_tasks=own_tasks,
            task_id=entry.task_id,
        )
        if intent.operation_id == CREATE or can_show(change):
            return change
        # Without a trace only the tasks are waited for: the plan compares the rest.
        return replace(change, operation_id="")

    async def _end(
        self, entry: Entry, outcome: str, reason: str, *, hostname: str | None = None
    ) -> None:
        is_done = outcome == "done"
        await self.journal.write_ended(
            entry.number,
            "done" if is_done else "failed",
            hostname=hostname,
            error=None if is_done else reason,
        )
        self.warn(f"{self.stack}: {entry.intent.step} of an earlier run: {reason}")
