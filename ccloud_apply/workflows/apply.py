"""From stacks to a converged account: plan, show, ask, execute, verify. apply and destroy share it.

How a step is sent belongs to apply/, what is planned to plan/, what a person sees to the callbacks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from ccloud_apply.apply.engine.contents import bind_contents, check_contents
from ccloud_apply.apply.engine.request import check_references, find_plan_references
from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.queued_step import CREATE
from ccloud_apply.apply.result import ApplyOptions, ApplyResult
from ccloud_apply.apply.session import Session, SessionOptions
from ccloud_apply.errors import ApplyError, CcloudApplyError, UnreadableReferenceError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.event import Event, error_event
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.model.results.present import PresentServer
from ccloud_apply.plan.fingerprint import (
    StaleServer,
    compare_plans,
    find_left_out,
    find_overdue,
    restrict_plan,
)
from ccloud_apply.plan.matching.moves import find_names_since
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.views.present import NOTHING_SINCE, Name, find_present
from ccloud_apply.plan.windows.again import judge_again
from ccloud_apply.plan.windows.gated import hold_late
from ccloud_apply.workflows.account.connection import POLL_MAX_S, Execution
from ccloud_apply.workflows.account.held_stacks import Held, Hold, hold_stacks
from ccloud_apply.workflows.account.identity import describe_to, require_account
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.apply_request import Applied, ApplyRequest, Callbacks, Ending
from ccloud_apply.workflows.inputs.generated import GeneratedPasswords
from ccloud_apply.workflows.inputs.secrets import hide_secrets
from ccloud_apply.workflows.planning.allow import hold_disallowed
from ccloud_apply.workflows.planning.plan import add_prices, planner
from ccloud_apply.workflows.planning.stale import explain_stale
from ccloud_apply.workflows.planning.timing import time_plan
from ccloud_apply.workflows.present import HostnameListener, find_since


async def apply_stacks(
    request: ApplyRequest, run: Run, callbacks: Callbacks, *, hold: Hold = hold_stacks
) -> Applied:
    """Apply, with the stacks held and with their journals: by default by locks and files of the
    work dir.

    Raises ApplyError where it was not approved, is not certain or has not converged, LockedError,
    JournalError, StalePlanError, PlanError, ApiError.
    """
    warn = partial(_warn, run, callbacks)
    run.client.tell_waits(warn)
    async with hold(run, request.stacks, request.execution, warn) as held:
        return await _Apply(request, run, callbacks, held=held).play(await held.open_journals())


def _warn(run: Run, callbacks: Callbacks, message: str) -> None:
    """Tell something that belongs to no step."""
    callbacks.on_event(Event(type="warning", time=run.clock.now(), message=message))


_LEFT_HINT = "plan shows what is left"


class _Apply:
    def __init__(
        self,
        request: ApplyRequest,
        run: Run,
        callbacks: Callbacks,
        *,
        held: Held,
    ) -> None:
        self._request = request
        self._run = run
        self._callbacks = callbacks
        self._held = held
        self._started_s = run.clock.monotonic()
        self._told = HostnameListener(callbacks.on_event)
        self._settled: frozenset[Name] = frozenset()
        self._passwords = GeneratedPasswords(
            read_given=run.read_reference, look_up=run.look_up, ids=lambda: held.ids
        )

    async def play(self, journals: Mapping[str, Recorder]) -> Applied:
        """All stages, with journals that are open and under their lock."""
        # What an earlier run has sent may be quoted.
        hide_secrets(self._run, [one for stack in self._request.stacks for one in stack.servers])
        session = self._begin(journals)
        self._settled = _find_open_creates(journals, self._request.stacks)
        await session.recover()
        plan = await session.plan()
        assert plan.account is not None
        await self._held.learn(plan.account.customer_id)
        plan = await self._require_approved(plan)
        plan = self._hold(await self._price(session, plan))
        self._callbacks.on_plan(plan)
        disallowed = (*self._request.holds, *hold_disallowed(plan, self._request.allowed))
        if plan.held or disallowed:
            return Applied(ending="held", plan=plan, disallowed=disallowed)
        if not plan.has_changes:
            self._finish_passwords(plan, ApplyResult())
            servers = self._find_present(session, plan, ApplyResult(), session.planned_from[1])
            self._summarise(plan, ApplyResult(), servers, is_converged=plan.matches)
            if not plan.matches:
                raise ApplyError(f"nothing was changed, and {describe_left(plan)}", hint=_LEFT_HINT)
            return Applied(ending="unchanged", plan=plan, servers=servers)
        self._check_references(plan, is_approved=False)
        if not await self._callbacks.approve(plan):
            raise ApplyError("not approved: nothing was changed")
        # Somebody may have thought about it for an hour, and commands run only now.
        await self._run.run_commands(find_plan_references(plan))
        late = self._find_late(plan)
        if late:
            return Applied(ending="held", plan=plan, disallowed=late)
        self._check_references(plan, is_approved=True)
        self._run.client.withholds_errors = False  # what this run sends is known by now
        return await self._execute(session, plan)

    def _begin(self, journals: Mapping[str, Recorder]) -> Session:
        run, request = self._run, self._request
        return Session(
            client=run.client,
            clock=run.clock,
            stacks=request.stacks,
            options=replace(
                build_options(request.options, request.execution, run),
                concerns=self._restrict,
                slots=self._held.slots(request.execution.limits.creates),
            ),
            read_and_plan=planner(run.client),
            journals=journals,
            listen=self._told.on_event,
            may_send=self._may_send,
        )

    async def _may_send(self) -> None:
        """Raises ApplyError to refuse it; what nobody else may change is asked last."""
        await self._callbacks.may_send()
        await self._held.may_send()

    async def _price(self, session: Session, plan: Plan) -> Plan:
        """The plan with what it costs, held where a policy on money says so, and its times."""
        stacks, account = session.planned_from
        has_cost = self._request.has_cost
        client, parallelism = self._run.client, self._request.execution.parallelism
        plan = await add_prices(client, stacks, account, plan, has_cost=has_cost)
        return await time_plan(client, stacks, plan, parallelism=parallelism)

    async def _require_approved(self, plan: Plan) -> Plan:
        """The plan, or the part of it that was saved, with what is in its files by now.

        Raises StalePlanError if that is not what was saved, UnreadableReferenceError.
        """
        saved = self._request.saved
        if saved is not None:
            assert plan.account is not None
            require_account(saved.account, plan.account, is_read=True)
        stale: tuple[StaleServer, ...] = ()
        if saved is not None:
            stale = find_overdue(saved, self._run.clock.now().date())
        if saved is not None and self._request.options.is_destroy:
            # No cap holds the removal of all servers: of some of them it would evade the cap.
            stale = (*stale, *find_left_out(saved, plan))
        plan = bind_contents(self._restrict(plan), self._run.read_reference)
        if saved is not None:
            if plan.read_at is not None:
                plan = judge_again(self._request.stacks, plan, plan.read_at)
            stale = (*stale, *compare_plans(saved, plan))
        if stale:
            raise await explain_stale(self._run.client, stale)
        return plan

    def _restrict(self, plan: Plan) -> Plan:
        """The part of a plan that was approved: all of it, or what the saved plan touches."""
        saved = self._request.saved
        return plan if saved is None else restrict_plan(plan, saved)

    def _hold(self, plan: Plan) -> Plan:
        """The plan, held as it was when it was saved: a held plan is no approval, whatever the
        options in its file or those of this run let pass."""
        saved = self._request.saved.stacks if self._request.saved is not None else ()
        held = {stack.stack: stack.held for stack in saved}
        stacks = (replace(s, held=s.held or held.get(s.stack, ())) for s in plan.stacks)
        return replace(plan, stacks=tuple(stacks))

    def _find_late(self, plan: Plan) -> tuple[Diagnostic, ...]:
        """What was allowed when it was planned and is not any more: nothing has begun, so nothing
        does. Where such changes are deferred, the rest is done all the same."""
        options = self._request.options
        if options.is_deferring or options.override_window:
            return ()
        return hold_late(self._request.stacks, plan, self._run.clock.now())

    def _check_references(self, plan: Plan, *, is_approved: bool) -> None:
        """Raises UnreadableReferenceError, ChangedReferenceError: better now than half-way."""
        look = partial(self._passwords.look, is_approved=is_approved)
        check_references(plan, check_contents(plan, look))

    async def _execute(self, session: Session, plan: Plan) -> Applied:
        self._started_s = self._run.clock.monotonic()
        async with self._callbacks.executing(plan) as stop:
            result = await session.execute(
                plan,
                read_reference=self._passwords.read,
                stop=stop,
            )
        self._finish_passwords(plan, result)
        if stop.is_set() or result.failed or result.is_cut_short:
            account: Account | None = None
            if not stop.is_set():
                account = await self._mark_untaken(session, plan, result)
            servers = self._find_present(session, plan, result, account)
            self._summarise(plan, result, servers, is_converged=False)
            ending: Ending = "stopped" if stop.is_set() else "failed"
            return Applied(ending=ending, plan=plan, result=result, servers=servers)
        servers = await self._verify(session, plan, result)
        return Applied(ending="converged", plan=plan, result=result, servers=servers)

    def _finish_passwords(self, plan: Plan, result: ApplyResult) -> None:
        """The servers are there: what is in their passwords' files is theirs."""
        try:
            for text in self._passwords.finish(self._request.stacks, plan, result):
                _warn(self._run, self._callbacks, text)
        except UnreadableReferenceError as error:
            _warn(self._run, self._callbacks, error.message)

    async def _mark_untaken(
        self, session: Session, plan: Plan, result: ApplyResult
    ) -> Account | None:
        """Where the platform said that steps are done although others have failed, look at what
        there is, and mark what it did not take: the next apply would do it again. A read that fails
        is told: the steps have failed either way. Gives back the account, if it was read."""
        if not any(outcome.is_reported_done for outcome in result.outcomes):
            return None
        account: Account | None = None
        try:
            verified = await session.verify_applied(plan, result)
            account = verified.account
            told = await session.mark_untaken(verified)
        except CcloudApplyError as error:
            what = f"what the platform did not take cannot be marked: {error.message}"
            _warn(self._run, self._callbacks, what)
            return account
        for diagnostic in told:
            self._callbacks.on_event(error_event(diagnostic, self._run.clock.now()))
        return account

    def _find_present(
        self, session: Session, plan: Plan, result: ApplyResult, account: Account | None
    ) -> tuple[PresentServer, ...]:
        """The declared servers by the account as it was read at the end. If it was not, by the one
        that was planned from, and what is known of the steps since then."""
        since = NOTHING_SINCE
        if account is None:
            account = session.planned_from[1]
            since = find_since(plan, result, self._told.hostnames)
        return find_present(self._request.stacks, account, plan, since, settled=self._settled)

    async def _verify(
        self, session: Session, plan: Plan, result: ApplyResult
    ) -> tuple[PresentServer, ...]:
        """Read the account again: it is done when there is nothing left to plan, and nothing that
        cannot be compared. Gives back the declared servers that are there.

        What the platform did not take is marked. Raises ApplyError, PlanError, ApiError.
        """
        told: tuple[Diagnostic, ...] = ()
        account: Account | None = None
        try:
            verified = await session.verify_applied(plan, result)
            account = verified.account
            told = await session.mark_untaken(verified)
            if verified.left is not None and verified.left.account is not None:
                await self._held.note(verified.left.account.customer_id)
        except CcloudApplyError:
            servers = self._find_present(session, plan, result, account)
            self._summarise(plan, result, servers, is_converged=False)
            raise
        left = verified.left
        is_converged = left is not None and left.matches and not told
        servers = self._find_present(session, plan, result, account)
        self._summarise(plan, result, servers, is_converged=is_converged)
        if told:
            raise ApplyError(
                "applied, but the account does not match:"
                f" {'; '.join(f'{d.where}: {d.what}' for d in told)}",
                hint=told[0].hint,
            )
        if verified.error is not None:
            raise verified.error
        assert left is not None
        if left.has_changes:
            raise ApplyError(
                f"applied, but the account does not match yet: {describe_left(left)}",
                hint=_LEFT_HINT,
            )
        if not left.matches:
            raise ApplyError(f"applied, but {describe_left(left)}", hint=_LEFT_HINT)
        return servers

    def _summarise(
        self,
        plan: Plan,
        result: ApplyResult,
        servers: tuple[PresentServer, ...],
        *,
        is_converged: bool,
    ) -> None:
        stacks, clock = self._request.stacks, self._run.clock
        summary = Event(
            type="summary",
            time=clock.now(),
            stack=stacks[0].name if len(stacks) == 1 else None,
            done=result.done,
            failed=result.failed,
            skipped=result.skipped,
            converged=is_converged,
            seconds=round(clock.monotonic() - self._started_s, 3),
            servers=servers,
            override_window=self._request.options.override_window or None,
            deferred=sum(len(one.deferred) for one in plan.stacks) or None,
        )
        self._callbacks.on_event(summary)


def build_options(options: PlanOptions, execution: Execution, run: Run) -> SessionOptions:
    """How the session of an apply is made at this account."""
    connection = run.connection
    return SessionOptions(
        plan=describe_to(run, options),
        apply=ApplyOptions(
            parallelism=execution.parallelism,
            task_timeout_s=execution.timeout_s,
            poll_min_s=connection.poll_min_s,
            poll_max_s=POLL_MAX_S,
            grace_s=execution.grace_at(connection),
            limits=execution.limits,
        ),
        settle_s=execution.settle_at(connection),
    )


def describe_left(plan: Plan) -> str:
    """What a plan would still do, and what it cannot compare, in a line."""
    servers = [server for stack in plan.stacks for server in stack.told_servers()]
    parts = []
    for server in servers[:10]:
        if server.why:
            hostname = f" ({server.hostname})" if server.hostname else ""
            parts.append(f"{server.key}{hostname} is not compared: {server.why}")
            continue
        fields = ", ".join(change.field for change in server.changes)
        parts.append(f"{server.key} ({server.action.value}{': ' if fields else ''}{fields})")
    if len(servers) > len(parts):
        parts.append(f"{len(servers) - len(parts)} more")
    return "; ".join(parts)


def _find_open_creates(
    journals: Mapping[str, Recorder], stacks: Sequence[Stack]
) -> frozenset[Name]:
    """The servers whose creates an earlier run has left open, as they are called now."""
    since = find_names_since(stacks)
    names = (
        (stack, entry.intent.server)
        for stack, journal in journals.items()
        for entry in journal.open_entries
        if entry.intent.operation_id == CREATE
    )
    return frozenset(since.get(name, name) for name in names)
