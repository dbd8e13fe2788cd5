"""One apply from the journals to the proof: recover, plan, settle, execute, verify.

The command line, and whoever else drives an apply, calls these in this order and shows what comes
of them. Locks and approval are the caller's; how a single step is done is `apply/engine/step.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from random import random

from ccloud_apply.api.client import Client
from ccloud_apply.apply.engine.executor import execute
from ccloud_apply.apply.events import EventEmitter, Listen
from ccloud_apply.apply.gate import Gate, NoGate, WindowGate
from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.left_off import LeftOff
from ccloud_apply.apply.marks import Marked, Marker
from ccloud_apply.apply.once.context import Context
from ccloud_apply.apply.once.creates.audit import CreateAudit
from ccloud_apply.apply.once.creates.slots import NoSlots, OpenSlots, Slots
from ccloud_apply.apply.once.creates.wait import CreateWait, find_creating, has_open
from ccloud_apply.apply.once.precondition import Precondition, build_planned_states
from ccloud_apply.apply.once.recovery import Recovery
from ccloud_apply.apply.once.safe_send import MaySend, Precautions, allow_all
from ccloud_apply.apply.once.unseen import UnseenChange
from ccloud_apply.apply.once.untaken import find_done, find_unseen
from ccloud_apply.apply.result import ApplyOptions, ApplyResult
from ccloud_apply.apply.tasks.waiting import (
    Concerns,
    all_of,
    look_until_compared,
    wait_until_free,
)
from ccloud_apply.apply.verification import Verification, Verified
from ccloud_apply.clock import Clock
from ccloud_apply.errors import PlanError, UnsettledError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.matching.ignored import settle_ignored
from ccloud_apply.plan.matching.moves import find_names_since
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.windows.deferred import find_deferred, leave_out
from ccloud_apply.plan.windows.gated import find_gated

_NAME_TAKEN = "custom-name-taken"
_MAX_ATTEMPTS = 4
"""The most plans that are made because something created does not show yet."""

ReadAndPlan = Callable[[Sequence[Stack], PlanOptions], Awaitable[tuple[Plan, Account]]]
"""Reads the account and plans; raises ApiError, PlanError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """How an apply is made.

    `settle_s` is the pause before servers are created for what may be on its way but does not show
    yet. `concerns` is the part of a plan that the apply is about, if not all of it. `slots` opens
    what all creates of the account share. `has_marks`: what earlier runs have left undone is marked
    before anything is planned, for which the plan has to compare the servers.
    """

    plan: PlanOptions = field(default_factory=PlanOptions)
    apply: ApplyOptions = field(default_factory=ApplyOptions)
    settle_s: float = 20.0
    concerns: Concerns = all_of
    slots: OpenSlots | None = None
    has_marks: bool = True


class Session:
    """The stages of one apply. `journals` are the stacks' own: open, and under their lock."""

    def __init__(
        self,
        *,
        client: Client,
        clock: Clock,
        stacks: Sequence[Stack],
        options: SessionOptions,
        read_and_plan: ReadAndPlan,
        journals: Mapping[str, Recorder],
        listen: Listen,
        may_send: MaySend = allow_all,
        random: Callable[[], float] = random,
    ) -> None:
        self._client = client
        self._clock = clock
        # What an apply verifies after midnight is what it has planned before.
        today = options.plan.today or clock.now().date()
        self._options = replace(options, plan=replace(options.plan, today=today))
        self._read_and_plan = read_and_plan
        self._journals = journals
        self._listen = listen
        self._emitter = EventEmitter(listen, clock)
        self._left_off = LeftOff({})
        self._given = tuple(stacks)
        self._stacks = tuple(stacks)
        self._counting = tuple(settle_ignored(stack, today) for stack in stacks)
        self._account: Account | None = None
        self._deferred: frozenset[tuple[str, str]] = frozenset()
        self._started_s = clock.monotonic()
        self._high_water_mark: int | None = None
        audit = CreateAudit(
            api=client,
            clock=clock,
            warn=self._emitter.warn,
            random=random,
            poll_s=options.apply.poll_max_s,
            timeout_s=options.apply.task_timeout_s,
        )
        self._marker = Marker(
            api=client,
            clock=clock,
            options=options.apply,
            stacks=self._counting,
            journals=journals,
            may_send=may_send,
            warn=self._emitter.warn,
        )
        self._may_send = may_send
        self._unseen: tuple[UnseenChange, ...] = ()
        self._creates = CreateWait(
            audit=audit,
            journals=journals,
            settle_s=options.settle_s,
            grace_s=options.apply.grace_s,
        )

    async def recover(self) -> None:
        """Settle what earlier runs left open. Raises ApplyError, ApiError, JournalError."""
        options = self._options.apply
        for name, journal in self._journals.items():
            for warning in journal.warnings:
                self._emitter.warn(f"{name}: {warning}")
        context = Context.build(self._client, self._clock, options, warn=self._emitter.warn)
        self._creates = replace(self._creates, is_cut_off=has_open(self._journals))
        names_since = find_names_since(self._given)
        try:
            for name, journal in self._journals.items():
                recovery = Recovery(
                    api=self._client,
                    stack=name,
                    journal=journal,
                    context=context,
                    timeout_s=options.task_timeout_s,
                    warn=self._emitter.warn,
                )
                for change in await recovery.settle():
                    since = names_since.get(change.name)
                    self._unseen = (*self._unseen, replace(change, since=since))
        finally:
            await context.close()
        self._left_off = LeftOff.find(self._journals, names_since)
        self._stacks = tuple(map(self._left_off.turn_on, self._given))

    async def plan(self) -> Plan:
        """The plan, once nobody else works on its servers, and once it is safe to create.

        Nothing happens to servers on which others work for longer than a task may take. Only a plan
        that creates servers waits for what may not show yet. Raises PlanError, ApiError, and
        ApplyError if creates of others do not come to an end in time.
        """
        plan = await self._plan_despite_a_taken_name()
        if await self._mark(plan):
            plan = await self._plan_when_free()
        reason = self._creates.reason_to_wait(plan)
        for attempt in range(_MAX_ATTEMPTS):
            if plan.held or not find_creating(plan):
                return plan
            if attempt or reason is None:
                assert self._account is not None
                found = await self._creates.find_unaccounted(
                    plan, self._account, has_settled=attempt > 0
                )
                self._high_water_mark, reason = found.newest, found.reason
            if reason is None:
                return plan
            await self._creates.audit.settle(reason, pause_s=self._creates.pause_s)
            plan = await self._plan_when_free()
            if await self._mark_unseen(plan):
                plan = await self._plan_when_free()
        raise UnsettledError(
            f"nothing was changed: {reason}",
            hint="compare the panel with `ccloud-apply export --all`, and run apply again",
        )

    async def _mark(self, plan: Plan) -> bool:
        """Mark what earlier runs have left half made or undone; True if there was any."""
        if not self._options.has_marks:
            return False
        is_any = await self._mark_unseen(plan)
        if self._options.plan.is_destroy:
            return is_any
        assert self._account is not None
        marked = await self._marker.mark_half_made(self._account)
        self._note_due(marked)
        return is_any or marked.is_any

    async def _mark_unseen(self, plan: Plan) -> bool:
        """Mark what earlier runs have done that does not show, as far as this plan can tell; True
        if there was any. A plan that is made later may tell the rest."""
        if not self._unseen:
            return False
        assert self._account is not None
        marked = await self._marker.mark_unseen(self._account, plan, self._unseen)
        self._unseen = marked.left
        self._note_due(marked)
        return marked.is_any

    def _note_due(self, marked: Marked) -> None:
        """Have marks that could not be set hold the plans of this run."""
        due = dict(self._options.plan.due_marks)
        for number, tags in marked.due.items():
            due[number] = (*due.get(number, ()), *tags)
        self._options = replace(self._options, plan=replace(self._options.plan, due_marks=due))

    @property
    def unseen(self) -> tuple[UnseenChange, ...]:
        """What earlier runs have sent, and whose task is done although it does not show."""
        return self._unseen

    @property
    def planned_from(self) -> tuple[tuple[Stack, ...], Account]:
        """The stacks and the account that the newest plan was made from."""
        assert self._account is not None
        return self._stacks, self._account

    async def _plan_despite_a_taken_name(self) -> Plan:
        """A server that is being made may show its name before its tags."""
        try:
            return await self._plan_when_free()
        except PlanError as error:
            if not any(diagnostic.code == _NAME_TAKEN for diagnostic in error.diagnostics):
                raise
        why = "a server that is being made may not show its tags yet"
        await self._creates.audit.settle(why, pause_s=self._options.settle_s)
        return await self._plan_when_free()

    async def execute(
        self,
        plan: Plan,
        *,
        read_reference: Callable[[Reference], str],
        stop: asyncio.Event,
    ) -> ApplyResult:
        """Apply the plan.

        Raises JournalError before anything was sent, if it cannot be noted.
        """
        assert self._account is not None
        touched = {stack.stack for stack in plan.stacks if stack.has_changes}
        settled_at_s = self._find_settled_at_s()
        await self._begin_runs(touched)
        servers = {
            (stack.stack, server.key): server for stack in plan.stacks for server in stack.servers
        }
        result = await execute(
            plan,
            api=self._client,
            clock=self._clock,
            options=self._options.apply,
            listen=self._listen,
            read_reference=read_reference,
            stop=stop,
            precautions=Precautions(
                precondition=Precondition(
                    self._client,
                    build_planned_states(self._stacks, self._account, servers, self._options.plan),
                ),
                journals=self._journals,
                high_water_mark=self._high_water_mark,
                settled_at_s=settled_at_s,
                may_send=self._may_send,
                slots=self._share_slots(),
                gate=self._find_gate(plan),
                override_window=self._options.plan.override_window,
            ),
        )
        for name, entry in self._left_off.find_closed(plan, result):
            await self._journals[name].write_closed(entry.number)
        return result

    async def _begin_runs(self, stacks: AbstractSet[str]) -> None:
        """Begin a run in the journals of these stacks, all at once, as each waits for its disk.

        Raises JournalError once all have begun or failed.
        """
        mark = self._high_water_mark or 0
        journals = [journal for name, journal in self._journals.items() if name in stacks]
        begun = await asyncio.gather(
            *(journal.begin_run(high_water_mark=mark) for journal in journals),
            return_exceptions=True,
        )
        for failure in begun:
            if failure is not None:
                raise failure

    def _find_gate(self, plan: Plan) -> Gate:
        """What keeps steps from beginning once their window has closed."""
        gated = {} if self._options.plan.override_window else find_gated(self._stacks, plan)
        return WindowGate(gated=gated, clock=self._clock) if gated else NoGate()

    def _share_slots(self) -> Slots:
        options = self._options
        if options.slots is None:
            return NoSlots()
        return options.slots(
            self._client,
            self._clock,
            poll_s=options.apply.poll_max_s,
            timeout_s=options.apply.task_timeout_s,
        )

    def _find_settled_at_s(self) -> Mapping[str, float]:
        """When what an unknown earlier run has added must show, for stacks without a journal."""
        return {
            name: self._started_s + self._creates.pause_s
            for name, journal in self._journals.items()
            if not journal.was_found
        }

    async def verify(self) -> Plan:
        """What is still different or unknown, by a new read and a new plan.

        A server on which others work is looked at again for a while. Raises ApiError, PlanError.
        """
        plan, _ = await self._look_again()
        return plan

    async def verify_applied(self, plan: Plan, result: ApplyResult) -> Verified:
        """What is still different once the account had the time to show what this plan has done.

        A server of which a step has failed is not waited for. Raises ApiError.
        """
        verification = Verification(
            read_and_plan=lambda: self._look_again(plan, result),
            stacks=self._counting,
            plan=plan,
            done=find_done(plan, result),
            unseen=find_unseen(plan, result),
            clock=self._clock,
            timeout_s=self._options.apply.consistency_timeout_s,
        )
        return await verification.verify()

    async def mark_untaken(self, verified: Verified) -> tuple[Diagnostic, ...]:
        """Mark what the platform did not take, so that no later apply repeats it, and say it.

        Raises JournalError.
        """
        return await self._marker.mark_untaken(verified.account, verified.untaken)

    async def _look_again(
        self, executed: Plan | None = None, result: ApplyResult | None = None
    ) -> tuple[Plan, Account]:
        """What is left, and the account that says so, once what was `executed` can be compared."""
        # What --replace asks for is done.
        options = replace(
            self._options.plan,
            has_checks=False,
            is_verification=True,
            leaves_busy=True,
            replace=(),
            # What was deferred stays out, and nothing else goes out because of the time by now.
            is_deferring=False,
        )
        deferred = self._deferred

        async def look() -> tuple[Plan, Account]:
            plan, account = await self._read_and_plan(self._stacks, options)
            return leave_out(plan, deferred), account

        stacks = () if executed is None else executed.stacks
        failed = frozenset() if result is None else result.failed_servers
        changed = {(stack.stack, step.server) for stack in stacks for step in stack.steps}
        given_up = {(s.stack, server.key) for s in stacks for server in s.uncompared_servers()}
        return await look_until_compared(
            look,
            client=self._client,
            clock=self._clock,
            options=self._options.apply,
            listen=self._listen,
            changed=changed - failed,
            given_up=given_up | failed,
            concerns=self._options.concerns,
        )

    async def _plan_when_free(self) -> Plan:
        plan, self._account = await wait_until_free(
            lambda leaves_busy: self._read_and_plan(
                self._stacks, replace(self._options.plan, leaves_busy=leaves_busy)
            ),
            client=self._client,
            clock=self._clock,
            options=self._options.apply,
            listen=self._listen,
            concerns=self._options.concerns,
        )
        self._deferred = find_deferred(plan)
        return plan
