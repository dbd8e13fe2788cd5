"""One apply from the journals to the proof: recover, plan, settle, execute, verify.

The command line, and whoever else drives an apply, calls these in this order and shows what comes
of them. Locks and approval are the caller's; how a single step is done is `runner.py`.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ccloud_apply.api.client import Client
from ccloud_apply.apply.evidence import read_creates
from ccloud_apply.apply.executor import execute
from ccloud_apply.apply.journal import Recorder
from ccloud_apply.apply.planning import plan_account, read_live
from ccloud_apply.apply.readback import ReadBack
from ccloud_apply.apply.recheck import Recheck, build_bases
from ccloud_apply.apply.recover import Recovery
from ccloud_apply.apply.report import Listen, Reporter
from ccloud_apply.apply.resolve import Resolver
from ccloud_apply.apply.result import ApplyOptions, ApplyResult
from ccloud_apply.apply.tasks import TaskWatcher
from ccloud_apply.apply.waiting import wait_until_free
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError, PlanError
from ccloud_apply.model.account import Account
from ccloud_apply.model.journal import Entry
from ccloud_apply.model.plan import Plan
from ccloud_apply.model.reference import Reference
from ccloud_apply.model.stack import Declared, ServerSpec, Stack
from ccloud_apply.operations import OPERATIONS
from ccloud_apply.plan.select import PlanOptions

_CREATE = OPERATIONS["create_server"].id
_POWER = OPERATIONS["change_server_state"].id
_NAME_TAKEN = "custom-name-taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """How an apply is made.

    `settle_s` is the pause for what may be on its way but does not show yet: where no journal tells
    what an earlier run has added, and after one that was cut off;
    `fresh_s` how long a server that was read counts as seen.
    """

    plan: PlanOptions = field(default_factory=PlanOptions)
    apply: ApplyOptions = field(default_factory=ApplyOptions)
    settle_s: float = 20.0
    fresh_s: float = 5.0


class Session:
    """The stages of one apply. `journals` are the stacks' own: open, and under their lock."""

    def __init__(
        self,
        *,
        client: Client,
        clock: Clock,
        stacks: Sequence[Stack],
        options: SessionOptions,
        journals: Mapping[str, Recorder],
        listen: Listen,
    ) -> None:
        self._client = client
        self._clock = clock
        self._options = options
        self._journals = journals
        self._listen = listen
        self._reporter = Reporter(listen, clock)
        self._left_off: dict[tuple[str, str], Entry] = {}
        self._given = tuple(stacks)
        self._stacks = tuple(stacks)
        self._account: Account | None = None
        self._read_at_s = 0.0
        self._is_cut_off = False
        """True if an earlier run ended in the middle: what it did last may not show yet."""

    async def recover(self) -> None:
        """Settle what earlier runs left open. Raises ApplyError, ApiError, JournalError."""
        options = self._options.apply
        for name, journal in self._journals.items():
            for warning in journal.warnings:
                self._reporter.warn(f"{name}: {warning}")
        watcher = TaskWatcher(
            self._client,
            self._clock,
            poll_min_s=options.poll_min_s,
            poll_max_s=options.poll_max_s,
            warn=self._reporter.warn,
        )
        readback = ReadBack(
            self._client,
            self._clock,
            patience_s=max(options.grace_s, 10.0),
            pause_s=options.poll_min_s,
        )
        resolver = Resolver(
            self._client,
            self._clock,
            grace_s=options.grace_s,
            timeout_s=options.task_timeout_s,
            pause_s=options.poll_min_s,
            warn=self._reporter.warn,
        )
        self._is_cut_off = any(
            journal.open_entries or journal.unclosed_entries for journal in self._journals.values()
        )
        try:
            for name, journal in self._journals.items():
                await Recovery(
                    api=self._client,
                    stack=name,
                    journal=journal,
                    watcher=watcher,
                    resolver=resolver,
                    readback=readback,
                    timeout_s=options.task_timeout_s,
                    warn=self._reporter.warn,
                ).settle()
        finally:
            await watcher.close()
            await readback.close()
        self._left_off = {
            (name, entry.intent.server): entry
            for name, journal in self._journals.items()
            for entry in journal.unclosed_entries
        }
        self._stacks = tuple(self._with_power(stack) for stack in self._given)

    async def plan(self) -> Plan:
        """The plan, once nobody else works on its servers, and once it is safe to create.

        Raises PlanError, ApiError, and ApplyError if others do not come to an end in time.
        """
        if self._is_cut_off:
            await self._settle("an earlier run was cut off, and what it did may not show yet")
        try:
            plan = await self._plan_when_free()
        except PlanError as error:
            if not any(diagnostic.code == _NAME_TAKEN for diagnostic in error.diagnostics):
                raise
            await self._settle("a server that is being made may not show its tags yet")
            plan = await self._plan_when_free()
        if plan.held:
            return plan
        if self._is_cold(plan):
            await self._settle("no journal tells whether an earlier run was creating something")
            return await self._plan_when_free()
        if self._is_behind(plan):  # a journal can be an old copy, and others create servers too
            await self._settle("a server is being made that does not show yet")
            return await self._plan_when_free()
        return plan

    async def _settle(self, why: str) -> None:
        """Let everything show that may be on its way: a pause in which no server was created.

        Whose server a create task makes shows when it ends, or a while later: it may be the one
        that we miss. Raises ApplyError if there is no such pause in the time that a task may take.
        """
        start = self._clock.monotonic()
        pause_s = self._options.settle_s
        if pause_s:
            self._reporter.warn(f"{why}; looking again in {pause_s:g} s")
        has_told = False
        creates = await read_creates(self._client)
        while True:
            await self._clock.sleep(self._options.apply.poll_max_s if creates.running else pause_s)
            before, creates = creates, await read_creates(self._client)
            if creates == before and not creates.running:
                return
            names = ", ".join(str(number) for number in creates.running[:5])
            if self._clock.monotonic() - start >= self._options.apply.task_timeout_s:
                raise ApplyError(
                    f"servers of unknown origin are still being created (task {names});"
                    " nothing was changed",
                    hint="run apply again when they are done",
                )
            if names and not has_told:
                has_told = True
                self._reporter.warn(f"waiting for create tasks of unknown origin: {names}")

    async def execute(
        self, plan: Plan, *, read_reference: Callable[[Reference], str], stop: asyncio.Event
    ) -> ApplyResult:
        """Do it. Raises JournalError before anything was sent, if it cannot be noted."""
        assert self._account is not None
        touched = {stack.stack for stack in plan.stacks if stack.has_changes}
        for name, journal in self._journals.items():
            if name in touched:
                journal.begin_run()
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
            recheck=Recheck(
                self._client,
                self._clock,
                build_bases(self._stacks, self._account, servers),
                read_at_s=self._read_at_s,
                fresh_s=self._options.fresh_s,
            ),
            journals=self._journals,
        )
        self._close(plan, result)
        return result

    async def verify(self) -> Plan:
        """What is still different, by a new read and a new plan. Raises ApiError, PlanError."""
        plan, _ = await self._read_and_plan()
        return plan

    async def _read_and_plan(self) -> tuple[Plan, Account]:
        self._read_at_s = self._clock.monotonic()
        account = await read_live(self._client, self._stacks, self._options.plan)
        return plan_account(self._stacks, account, self._options.plan), account

    async def _plan_when_free(self) -> Plan:
        plan, self._account = await wait_until_free(
            self._read_and_plan,
            client=self._client,
            clock=self._clock,
            options=self._options.apply,
            listen=self._listen,
        )
        return plan

    def _is_cold(self, plan: Plan) -> bool:
        """True if it creates servers of a stack of which no journal was found."""
        return any(
            step.operation_id == _CREATE
            for stack in plan.stacks
            if stack.stack in self._journals and not self._journals[stack.stack].was_found
            for step in stack.steps
        )

    def _is_behind(self, plan: Plan) -> bool:
        """True if it creates servers while one is being made that the list does not show."""
        assert self._account is not None
        listed = {server.hostname for server in self._account.servers}
        return any(
            step.operation_id == _CREATE for stack in plan.stacks for step in stack.steps
        ) and any(
            task.action == "create-server" and task.is_processing and task.hostname not in listed
            for task in self._account.tasks
        )

    def _with_power(self, stack: Stack) -> Stack:
        """The stack with the power that an interrupted resize took from some of its servers."""
        off = {key for name, key in self._left_off if name == stack.name}
        if not off:
            return stack
        return replace(stack, servers=tuple(_turn_on(spec, off) for spec in stack.servers))

    def _close(self, plan: Plan, result: ApplyResult) -> None:
        """Note which servers that were left off are no longer so."""
        done = {(o.stack, o.step) for o in result.outcomes if o.is_done}
        stacks = {stack.stack for stack in plan.stacks if stack.has_changes}
        switched = {
            (stack.stack, step.server)
            for stack in plan.stacks
            for step in stack.steps
            if step.operation_id == _POWER and (stack.stack, step.id) not in done
        }
        for (name, key), entry in self._left_off.items():
            if name in stacks and (name, key) not in switched:
                self._journals[name].write_closed(entry.number)


def _turn_on(spec: ServerSpec, off: Iterable[str]) -> ServerSpec:
    if spec.key not in off or spec.declares("power"):
        return spec
    return replace(spec, fields={**spec.fields, "power": Declared("running", spec.source)})
