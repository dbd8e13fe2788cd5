"""One server back to a snapshot: plan, show, ask, send once, wait, look at it again.

It runs under the lock and with the journal of the server's stack, as an apply does. What is planned
belongs to plan/restore.py, how the step is sent to apply/.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace

from ccloud_apply.api.account_reader import read
from ccloud_apply.api.client import Client
from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.result import ApplyResult
from ccloud_apply.apply.session import ReadAndPlan, Session
from ccloud_apply.aspects.effects import SERVER_TASKS_READ
from ccloud_apply.aspects.fields.snapshots.restore import RESTORE, may_have_restored
from ccloud_apply.aspects.lib.power_state import STATE
from ccloud_apply.aspects.lib.snapshot_pause import SNAPSHOTS
from ccloud_apply.errors import ApplyError, CcloudApplyError, NotFoundError, UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.event import Event
from ccloud_apply.model.journal import Entry
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.live.read import ALWAYS, Read
from ccloud_apply.model.ownership import describe_owner, read_ownership
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.expected_account import unknown_account
from ccloud_apply.plan.matching.index import AccountIndex, index_account
from ccloud_apply.plan.matching.named import NamedServer, find_server, is_hostname, names_of_key
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.restore import (
    UNOWNED_STACK,
    Restore,
    find_snapshot,
    plan_restore,
    require_no_restore,
    stand_in,
)
from ccloud_apply.plan.windows.gated import hold_late
from ccloud_apply.workflows.account.connection import Execution
from ccloud_apply.workflows.account.held_stacks import Held, hold_stacks
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.account.named_server import require_live
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.apply import build_options
from ccloud_apply.workflows.apply_request import Applied, Callbacks, Ending
from ccloud_apply.workflows.inputs.secrets import hide_secrets
from ccloud_apply.workflows.planning.plan import set_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRequest:
    """Which server goes back to which snapshot, and how.

    `name` is a key of the `stacks`, or a hostname; `snapshot` a name or an id. `allowed` are the
    classes of change that may be made; None allows all of them. `is_forced`: also a server of a
    stack whose file was not given. `override_window` is the reason for not waiting for a window.
    """

    name: str
    snapshot: str
    stacks: tuple[Stack, ...] = ()
    execution: Execution = field(default_factory=Execution)
    allowed: frozenset[str] | None = None
    allow_destroy: int | None = None
    is_forced: bool = False
    override_window: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """The stacks that are held for a restore; `is_given` unless they stand in for a file."""

    stacks: tuple[Stack, ...]
    is_given: bool
    is_owned: bool = True


async def restore_snapshot(request: RestoreRequest, run: Run, callbacks: Callbacks) -> Applied:
    """Restore, under the lock of the server's stack and with its journal.

    Raises UsageError for a server or a snapshot that is none, ApplyError where it was not approved
    or is not certain, LockedError, JournalError, ApiError.
    """

    def warn(message: str) -> None:
        callbacks.on_event(Event(type="warning", time=run.clock.now(), message=message))

    run.client.tell_waits(warn)
    target = await _find_target(request, run.client)
    # What an earlier run has sent may be quoted.
    hide_secrets(run, [one for stack in target.stacks for one in stack.servers])
    if not target.is_given:  # and here nobody knows what that was
        run.client.withholds_errors = True
    async with hold_stacks(run, target.stacks, request.execution, warn) as held:
        journals = await held.open_journals()
        return await _Restoring(request, run, callbacks, target, held, journals, warn).play()


async def _find_target(request: RestoreRequest, client: Client) -> _Target:
    """The stacks to hold: those that declare the key, or what stands in for a server by its
    hostname. Raises UsageError, ApiError."""
    name = request.name
    if request.stacks:
        declaring = [
            stack
            for stack in request.stacks
            if any(name in names_of_key(stack.name, spec.key) for spec in stack.servers)
        ]
        stacks = tuple(declaring) if len(declaring) == 1 else request.stacks
        return _Target(stacks=stacks, is_given=True)
    live = await _read_server(client, name)
    owner = read_ownership(live.tags)
    if not owner.stacks and not owner.keys:
        stack = stand_in(UNOWNED_STACK, live, live.hostname or "")
        return _Target(stacks=(stack,), is_given=False, is_owned=False)
    if len(owner.stacks) != 1 or len(owner.keys) != 1:
        raise UsageError(
            f"{live.name} belongs to {describe_owner(owner)}",
            hint="its tags have to name one stack and one key; correct them by hand",
        )
    (stack_name,), (key,) = owner.stacks, owner.keys
    return _Target(stacks=(stand_in(stack_name, live, key),), is_given=False)


async def _read_server(client: Client, hostname: str) -> LiveServer:
    if is_hostname(hostname):
        try:
            return await client.get_server(hostname)
        except NotFoundError:
            pass
    raise UsageError(
        f"{hostname}: no such server",
        hint="without a PATH it is a hostname; a key needs the file that declares it",
    )


class _Restoring:
    def __init__(
        self,
        request: RestoreRequest,
        run: Run,
        callbacks: Callbacks,
        target: _Target,
        held: Held,
        journals: Mapping[str, Recorder],
        warn: Callable[[str], None],
    ) -> None:
        self._request = request
        self._run = run
        self._callbacks = callbacks
        self._target = target
        self._held = held
        self._warn = warn
        self._journals = journals
        self._started_s = run.clock.monotonic()

    async def play(self) -> Applied:
        """All stages, under the lock."""
        session = self._begin()
        left_open = self._find_open()
        await session.recover()
        self._run.client.withholds_errors = False  # what this run sends holds no secret
        plan = await session.plan()
        assert plan.account is not None
        await self._held.learn(plan.account.customer_id)
        earlier = self._find_done(session, plan, left_open)
        if earlier is not None:
            return await self._conclude_earlier(plan, *earlier)
        await self._require_no_doubt(plan, left_open)
        self._callbacks.on_plan(plan)
        disallowed = self._find_disallowed(plan)
        if plan.held or disallowed:
            return Applied(ending="held", plan=plan, disallowed=disallowed)
        if not plan.has_changes:
            (server,) = plan.stacks[0].servers
            raise ApplyError(f"nothing was changed: {server.why}")
        if not await self._callbacks.approve(plan):
            raise ApplyError("not approved: nothing was changed")
        late = (
            ()
            if self._request.override_window
            else hold_late(self._target.stacks, plan, self._run.clock.now())
        )
        if late:
            return Applied(ending="held", plan=plan, disallowed=late)
        return await self._execute(session, plan)

    def _begin(self) -> Session:
        run, request = self._run, self._request
        planned = PlanOptions(has_checks=False, override_window=request.override_window)
        options = build_options(planned, request.execution, run)
        return Session(
            client=run.client,
            clock=run.clock,
            stacks=self._target.stacks,
            options=replace(options, has_marks=False),
            read_and_plan=_planner(run, request, self._target),
            journals=self._journals,
            listen=self._callbacks.on_event,
            may_send=self._callbacks.may_send,
        )

    # What an earlier run has left open

    def _find_open(self) -> dict[str, set[int]]:
        """The restores that an earlier run has left open, by stack: their entries' numbers."""
        return {
            name: {e.number for e in journal.open_entries if e.intent.operation_id == RESTORE}
            for name, journal in self._journals.items()
        }

    def _find_done(
        self, session: Session, plan: Plan, left_open: dict[str, set[int]]
    ) -> tuple[str, Entry] | None:
        """The same restore by an earlier run that was cut off, if it has happened: what was written
        since would be lost if it were done again."""
        unseen = {(change.stack, change.entry.number) for change in session.unseen}
        paths = {step.path for s in plan.stacks for step in s.steps}
        for stack, numbers in left_open.items():  # perhaps an earlier name of the stack
            for entry in self._journals[stack].entries:
                is_over = entry.outcome == "done" or (stack, entry.number) in unseen
                if entry.number in numbers and is_over and entry.intent.path in paths:
                    return stack, entry
        return None

    async def _conclude_earlier(self, plan: Plan, stack: str, entry: Entry) -> Applied:
        if entry.is_open:
            await self._journals[stack].write_ended(entry.number, "done")
        hostname = entry.hostname or entry.intent.server
        self._warn(
            f"an earlier run did this already ({entry.intent.operation}, {hostname}), so"
            " nothing is sent; run it again to restore it once more"
        )
        self._summarise(ApplyResult(), f"{hostname} has been taken back already.")
        return Applied(ending="unchanged", plan=plan)

    async def _require_no_doubt(self, plan: Plan, left_open: dict[str, set[int]]) -> None:
        """Raises ApplyError where an earlier run has sent the same restore, its answer was lost,
        and a task that may be it has run since: the API document names no action of such a task.
        That run is settled by now, so the next one restores."""
        paths = {step.path for s in plan.stacks for step in s.steps}
        for stack, numbers in left_open.items():
            for entry in self._journals[stack].entries:
                is_same = entry.number in numbers and entry.intent.path in paths
                hostname, newest = entry.intent.hostname, entry.intent.baseline.get("newest_task")
                if not is_same or entry.task_id is not None or hostname is None or newest is None:
                    continue
                for task in await self._run.client.read_part(SERVER_TASKS_READ, hostname):
                    if task.id > newest and may_have_restored(task):
                        raise ApplyError(
                            f"nothing was changed: an earlier run has sent this, and {hostname} had"
                            f" task {task.id} ({task.action}) since, which may be it",
                            hint="look at the server; run it again to restore it once more",
                        )

    # This run

    def _find_disallowed(self, plan: Plan) -> tuple[Diagnostic, ...]:
        """A restored snapshot is of class `destroy`, whatever else it does, and is held in an
        account that may be another than the expected one."""
        allowed = self._request.allowed
        if not plan.has_changes:
            return ()
        (server,) = plan.stacks[0].servers
        doubt = self._run.account_doubt
        if doubt is not None and not self._run.connection.is_unknown_accepted:
            return (unknown_account(f"{doubt}; {server.hostname} would lose data there"),)
        if allowed is None or "destroy" in allowed:
            return ()
        return (
            Diagnostic(
                code="not-allowed",
                where=server.hostname or server.key,
                what='a restored snapshot is a change of class "destroy", which --allow does not'
                " name",
                hint="--allow destroy",
                severity=Severity.HELD,
            ),
        )

    async def _execute(self, session: Session, plan: Plan) -> Applied:
        self._started_s = self._run.clock.monotonic()
        async with self._callbacks.executing(plan) as stop:
            result = await session.execute(plan, read_reference=self._run.read_reference, stop=stop)
        if stop.is_set() or result.failed:
            self._summarise(result, None)
            ending: Ending = "stopped" if stop.is_set() else "failed"
            return Applied(ending=ending, plan=plan, result=result)
        try:
            await self._verify(session, plan)
        except CcloudApplyError:
            self._summarise(result, None)
            raise
        (server,) = plan.stacks[0].servers
        (change,) = server.changes
        self._summarise(result, f"{server.hostname} is back at {change.after}.")
        return Applied(ending="converged", plan=plan, result=result)

    async def _verify(self, session: Session, plan: Plan) -> None:
        """Look at the server again. Raises ApplyError if it is another one, ApiError."""
        _, account = session.planned_from
        (server,) = plan.stacks[0].servers
        hostname = server.hostname or ""
        before = index_account(account).by_hostname[hostname]
        after = await self._run.client.get_server(hostname)
        if (after.id, after.created_at) != (before.id, before.created_at):
            raise ApplyError(f"restored, but {hostname} is another server now")
        state, was = await self._run.client.get_server_state(hostname), before.parts.get(STATE)
        if was is not None and state != was:
            self._warn(f"{hostname} was {was} and is {state} now")
        if self._target.is_given:
            path = plan.stacks[0].path
            self._warn(f"what {path} declares may differ now: `ccloud-apply plan {path}` shows it")

    def _summarise(self, result: ApplyResult, message: str | None) -> None:
        """`message` says that it is done; None: it is not, or not for certain."""
        stacks, clock = self._target.stacks, self._run.clock
        summary = Event(
            type="summary",
            time=clock.now(),
            stack=stacks[0].name if len(stacks) == 1 else None,
            done=result.done,
            failed=result.failed,
            skipped=result.skipped,
            operation="restore",
            message=message or "the snapshot is not restored for certain.",
            converged=message is not None,
            override_window=self._request.override_window or None,
            seconds=round(clock.monotonic() - self._started_s, 3),
        )
        self._callbacks.on_event(summary)


def _planner(run: Run, request: RestoreRequest, target: _Target) -> ReadAndPlan:
    """What a restore reads and plans with, as often as it has to."""
    client = run.client

    async def read_and_plan(stacks: Sequence[Stack], options: PlanOptions) -> tuple[Plan, Account]:
        account = await _read_account(client, request, target, stacks)
        named = find_server(request.name, stacks, index_account(account))
        hostname = _require_ours(named, target)
        account = await read(client, account, {Read(SNAPSHOTS, hostname), Read(STATE, hostname)})
        index = index_account(account)
        restore = _describe_restore(request, target, named, index)
        stack = plan_restore(restore, account.read_at, leaves_busy=options.leaves_busy)
        customer = account.customer_id
        known = replace(describe_account(run.connection), customer_id=customer)
        plan = Plan(
            stacks=(stack,),
            account=known,
            read_at=account.read_at,
            override_window=request.override_window,
        )
        return plan, account

    return read_and_plan


async def _read_account(
    client: Client, request: RestoreRequest, target: _Target, stacks: Sequence[Stack]
) -> Account:
    """The account; of a server by its hostname alone only that server, and what runs on it."""
    limits = request.execution.limits
    if target.is_given:
        return set_limits(await read(client, Account(), ALWAYS), limits)
    hostname = stacks[0].servers[0].hostname or ""
    account = await read(client, Account(), {Read("list_tasks")})
    live = await client.get_server(hostname)
    return set_limits(replace(account, servers=(live,), read_at=client.clock.now()), limits)


def _require_ours(named: NamedServer, target: _Target) -> str:
    """The hostname of a server that may be restored under these stacks.

    Raises UsageError, ApplyError.
    """
    live = require_live(named)
    owner = read_ownership(live.tags)
    if live.is_deleting:
        raise ApplyError(f"{live.name} is being deleted")
    if not live.hostname or live.is_building:
        raise ApplyError(f"{named.name} is being built, so it has no snapshots yet")
    if not target.is_given:
        if named.stack is None:
            raise ApplyError(
                f"nothing was changed: {live.name} belongs to {describe_owner(owner)} by now",
                hint="run the command again",
            )
        return live.hostname
    if named.stack is None:
        raise UsageError(
            f"{live.name} belongs to {describe_owner(owner)}, and to none of the given files",
            hint="name its own file, or the hostname without any file",
        )
    if owner.stacks != {named.stack.name}:
        raise UsageError(
            f"{named.name} is not the stack's own yet: it belongs to {describe_owner(owner)}",
            hint="apply adopts or moves it; or name the hostname without any file",
        )
    return live.hostname


def _describe_restore(
    request: RestoreRequest, target: _Target, named: NamedServer, index: AccountIndex
) -> Restore:
    live = index.by_hostname[require_live(named).hostname or ""]
    stack, task = named.stack, index.running.get(live.hostname or "")
    assert stack is not None
    require_no_restore(live, task)
    return Restore(
        stack=stack,
        key=named.key or "",
        live=live,
        snapshot=find_snapshot(request.snapshot, live, task),
        spec=named.spec,
        is_given=target.is_given,
        is_owned=target.is_owned,
        is_forced=request.is_forced,
        allow_destroy=request.allow_destroy,
        live_count=len(index.owned.get(stack.name, ())) or 1,
        task=task,
        override_window=request.override_window,
    )
