"""Marks servers before and after the steps of an apply: half made ones, and untaken fields.

What is found is `once/half_made.py` and `once/untaken.py`, how it is sent `once/marking.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from itertools import groupby

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.once.context import Context
from ccloud_apply.apply.once.half_made import HalfMade, find_half_made
from ccloud_apply.apply.once.marking import Marking
from ccloud_apply.apply.once.precondition import Precondition, build_planned_states
from ccloud_apply.apply.once.safe_send import MaySend, Precautions, SafeSend
from ccloud_apply.apply.once.unseen import (
    UnseenChange,
    find_fields,
    is_gone,
    is_judged,
    is_marked,
    require_declared,
)
from ccloud_apply.apply.once.untaken import UntakenField, find_untaken
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.clock import Clock
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.ownership import (
    INCOMPLETE,
    SERVER_PREFIX,
    STACK_PREFIX,
)
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan
from ccloud_apply.plan.diff.marks import describe_untaken


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What came of marking: if there was anything to mark, and the marks that could not be set, by
    the id of their server. They hold this run all the same. `left` are the changes of which the
    plan could not tell what became of them."""

    is_any: bool = False
    due: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    left: tuple[UnseenChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Marks the servers of these stacks. `may_send` is asked before every mark leaves."""

    api: Api
    clock: Clock
    options: ApplyOptions
    stacks: Sequence[Stack]
    journals: Mapping[str, Recorder]
    may_send: MaySend
    warn: Callable[[str], None]

    async def mark_half_made(self, account: Account) -> Marked:
        """Mark what an earlier run has left half made.

        Raises ApiError, JournalError.
        """
        found = await find_half_made(self.api, account, self.journals)
        await self._begin({one.stack for one in found})
        due: dict[int, tuple[str, ...]] = {}
        for one in found:
            why = await self._mark(
                account, self._found_journals, one.stack, one.key, one.server, (INCOMPLETE,)
            )
            self.warn(_tell_half_made(one, why))
            if why is not None:
                due[one.server.id] = (INCOMPLETE,)
        return Marked(is_any=bool(found), due=due)

    async def mark_unseen(
        self, account: Account, plan: Plan, changes: Sequence[UnseenChange]
    ) -> Marked:
        """Mark what earlier runs have done that does not show, and end it in the journal. What
        cannot be marked, or cannot be told by this plan, stays open there, so that the next run
        sees to it again.

        Raises ApplyError if what destroys again has a server that no mark can hold, ApiError,
        JournalError.
        """
        left = tuple([c for c in changes if not await self._is_over(c, plan)])
        changes = [change for change in changes if change not in left]
        found = find_untaken(self.stacks, account, plan, find_fields(changes, plan))
        fields = tuple(one for one in found if not is_marked(one))
        await self._begin({one.stack for one in fields})
        marked = await self._mark_each(account, self._found_journals, fields)
        for one, why in marked:
            told = _tell_untaken(one, why, is_held=True)
            self.warn(f"{told.where}: {told.what}")
        unmarked = [one for one, why in marked if why is not None]
        declared = {(stack.name, spec.key) for stack in self.stacks for spec in stack.servers}
        for change in changes:
            await require_declared(self.api, change, declared)
            if any((*change.name, change.field) == (o.stack, o.key, o.field) for o in unmarked):
                continue
            journal = self.journals[change.stack]
            await journal.write_ended(change.entry.number, "failed", error=change.reason)
            self.warn(
                f"{change.stack}: {change.entry.intent.step} of an earlier run: {change.reason}"
            )
        due: dict[int, tuple[str, ...]] = {}
        for one in unmarked:
            due[one.server.id] = (*due.get(one.server.id, ()), one.tag)
        return Marked(is_any=bool(fields), due=due, left=left)

    async def _is_over(self, change: UnseenChange, plan: Plan) -> bool:
        return is_judged(change, plan) or await is_gone(self.api, change)

    @property
    def _found_journals(self) -> Mapping[str, Recorder]:
        """Those in which a run can begin before the pause of a cold start."""
        return {name: j for name, j in self.journals.items() if j.was_found}

    async def _begin(self, stacks: AbstractSet[str]) -> None:
        """Begin a run in the journals of these stacks, before their servers are marked."""
        for stack in sorted(stacks):
            journal = self.journals[stack]
            # One that begins here would tell the next run that it knows of every create.
            if journal.was_found:
                await journal.begin_run(high_water_mark=journal.high_water_mark)

    async def mark_untaken(
        self, account: Account, fields: Sequence[UntakenField]
    ) -> tuple[Diagnostic, ...]:
        """Mark these fields, and say of each server what the platform did not take.

        Raises JournalError.
        """
        marked = await self._mark_each(account, self.journals, fields)
        return tuple(_tell_untaken(one, why) for one, why in marked)

    async def _mark_each(
        self,
        account: Account,
        journals: Mapping[str, Recorder],
        fields: Sequence[UntakenField],
    ) -> list[tuple[UntakenField, str | None]]:
        """Each field, and why it could not be marked; None if it was."""
        marked = []
        for _, group in groupby(fields, key=lambda one: (one.stack, one.key)):
            several = tuple(group)
            first = several[0]
            tags = tuple(one.tag for one in several)
            why = await self._mark(account, journals, first.stack, first.key, first.server, tags)
            marked += [(one, why) for one in several]
        return marked

    async def _mark(
        self,
        account: Account,
        journals: Mapping[str, Recorder],
        stack: str,
        key: str,
        server: LiveServer,
        marks: tuple[str, ...],
    ) -> str | None:
        assert server.hostname is not None
        as_it_is = ServerPlan(key=key, hostname=server.hostname, action=Action.UNCHANGED)
        states = build_planned_states(self.stacks, account, {(stack, key): as_it_is})
        context = Context.build(self.api, self.clock, self.options, warn=self.warn)
        safe_send = SafeSend(
            api=self.api,
            clock=self.clock,
            resolver=context.resolver,
            confirmation=context.confirmation,
            precautions=Precautions(
                precondition=Precondition(self.api, states),
                journals=journals,
                may_send=self.may_send,
            ),
        )
        owned = [tag for tag in server.tags if tag.startswith((STACK_PREFIX, SERVER_PREFIX))]
        try:
            return await Marking(safe_send=safe_send, clock=self.clock).add(
                stack, key, server.hostname, owned=owned, marks=marks
            )
        finally:
            await safe_send.close()
            await context.close()


def _tell_half_made(one: HalfMade, why: str | None) -> str:
    what = f"{one.stack}: the build of {one.server.name} ({one.key}) failed (task {one.task_id})"
    if why is None:
        return f"{what}; it is marked as {INCOMPLETE}"
    return f"{what}, and it cannot be marked as {INCOMPLETE}: {why}"


def _tell_untaken(one: UntakenField, why: str | None, *, is_held: bool = False) -> Diagnostic:
    what = f"the platform did not take it: {describe_untaken(one.server.name, one.changes)}"
    if why is None:
        ending = f"it is marked {one.tag}, so the next apply does not change it again"
        hint = f"change the file, or write what the platform says; --retry {one.key} tries it again"
    else:
        after = "this apply does not change it" if is_held else "the next apply changes it again"
        ending = f"it cannot be marked {one.tag}, so {after}: {why}"
        hint = f"name {one.field} in lifecycle.ignore_changes, or leave it out"
    return Diagnostic(
        code="untaken", where=f"{one.key}.{one.field}", what=f"{what}; {ending}", hint=hint
    )
