"""From stacks to a converged account: plan, show, ask, execute, verify. apply and destroy share it.

Every way out says what happened: 0 converged, 1 something failed or is still different, 3 held,
128 + n stopped by a signal. How a step is sent belongs to apply/, what is planned to plan/.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ccloud_apply.api.client import Client
from ccloud_apply.apply.engine.contents import bind_contents, check_contents
from ccloud_apply.apply.engine.request import check_references
from ccloud_apply.apply.journal.journal import Journal, Recorder, account_id
from ccloud_apply.apply.result import ApplyOptions, ApplyResult
from ccloud_apply.apply.session import Session, SessionOptions
from ccloud_apply.apply.workdir.lock import lock_stacks
from ccloud_apply.cli.account import describe_account, place_of, require_account
from ccloud_apply.cli.output.apply_output import Report
from ccloud_apply.cli.output.github import publish_plan
from ccloud_apply.cli.output.stale import explain_stale
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.allow import hold_disallowed
from ccloud_apply.cli.settings import Settings
from ccloud_apply.cli.signals import Interrupted, Stop, run_until_signal
from ccloud_apply.cli.wiring import POLL_MAX_S, open_client, poll_min_s
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import ApplyError, CcloudApplyError, UsageError
from ccloud_apply.files import read_reference
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.fingerprint import compare_plans, restrict_plan
from ccloud_apply.plan.matching.select import PlanOptions

HELD = 3
QUESTION = "Do you want to apply this plan? Only 'yes' is accepted:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRequest:
    """What is to be applied, and how. `saved` is the plan that somebody approved before."""

    stacks: tuple[Stack, ...]
    options: PlanOptions
    saved: Plan | None = None
    allowed: frozenset[str] | None = None
    is_approved: bool = False
    parallelism: int = 10
    timeout_s: float = 1800
    lock_timeout_s: float = 0
    is_json: bool = False
    has_cost: bool = True


def run_apply(request: ApplyRequest, settings: Settings) -> int:
    """Apply and give back the exit code. Raises CcloudApplyError, and Interrupted by a signal."""

    async def command(stop: Stop) -> int:
        async with open_client(settings) as client:
            return await _Apply(request, settings, client).run(stop)

    return run_until_signal(command)


class _Apply:
    def __init__(self, request: ApplyRequest, settings: Settings, client: Client) -> None:
        self._request = request
        self._settings = settings
        self._client = client
        self._clock = SystemClock()
        self._terminal = Terminal()
        self._report = Report(self._terminal, self._clock, is_json=request.is_json)
        self._options = SessionOptions(
            plan=replace(request.options, account=describe_account(settings)),
            apply=ApplyOptions(
                parallelism=request.parallelism,
                task_timeout_s=request.timeout_s,
                poll_min_s=poll_min_s(settings),
                poll_max_s=POLL_MAX_S,
                grace_s=settings.grace_s,
            ),
            settle_s=settings.settle_s,
        )

    async def run(self, stop: Stop) -> int:
        settings = self._settings
        folder = Path(settings.work_dir)
        credentials = settings.credentials
        account = account_id(place_of(settings), credentials.client_id, credentials.token)
        names = [stack.name for stack in self._request.stacks]
        async with lock_stacks(
            folder,
            account=account,
            stacks=names,
            timeout_s=self._request.lock_timeout_s,
            clock=self._clock,
            tell=self._report.warn,
        ):
            with ExitStack() as opened:
                journals: dict[str, Recorder] = {}
                for name in names:
                    journal = Journal.open(folder, account=account, stack=name, clock=self._clock)
                    opened.callback(journal.close)
                    journals[name] = journal
                return await self._apply(journals, stop)

    async def _apply(self, journals: Mapping[str, Recorder], stop: Stop) -> int:
        session = Session(
            client=self._client,
            clock=self._clock,
            stacks=self._request.stacks,
            options=self._options,
            journals=journals,
            listen=self._report.listen,
        )
        await session.recover()
        plan = await self._require_approved(await session.plan())
        plan = self._hold(await session.price(plan, has_cost=self._request.has_cost))
        self._report.show_plan(plan)
        publish_plan(self._terminal, plan, file=None, digest=None)
        disallowed = hold_disallowed(plan, self._request.allowed)
        if plan.held or disallowed:
            self._report.show_held(plan, disallowed)
            return HELD
        if not plan.has_changes:
            if self._request.is_json:
                self._summarise(ApplyResult(outcomes=(), stopped=False), is_converged=True)
            return 0
        self._check_references(plan)
        await self._require_approval()
        self._check_references(plan)  # somebody may have thought about it for an hour
        return await self._execute(session, plan, stop)

    async def _require_approved(self, plan: Plan) -> Plan:
        """The plan, or the part of it that was saved, with what is in its files by now.

        Raises StalePlanError if that is not what was saved, UnreadableReferenceError.
        """
        saved = self._request.saved
        if saved is not None:
            assert plan.account is not None
            require_account(saved.account, plan.account, is_read=True)
        plan = bind_contents(self._restrict(plan), read_reference)
        stale = () if saved is None else compare_plans(saved, plan)
        if stale:
            raise await explain_stale(self._client, stale)
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

    def _check_references(self, plan: Plan) -> None:
        """Raises UnreadableReferenceError, ChangedReferenceError: better now than half-way."""
        check_references(plan, check_contents(plan, read_reference))

    async def _require_approval(self) -> None:
        if self._request.is_approved:
            return
        if not self._terminal.can_ask:
            raise UsageError(
                "nothing was changed: standard input is no terminal, so nobody can approve",
                hint="--auto-approve applies without asking",
            )
        if await self._terminal.ask(QUESTION) != "yes":
            raise ApplyError("not approved: nothing was changed")

    async def _execute(self, session: Session, plan: Plan, stop: Stop) -> int:
        self._report.begin(plan)
        try:
            with stop.watched() as event:
                async with self._ticking():
                    result = await session.execute(plan, read_reference=read_reference, stop=event)
        finally:
            self._report.end()
        if stop.number:
            self._summarise(result, is_converged=False)
            raise Interrupted(stop.number)
        if result.failed:
            self._summarise(result, is_converged=False)
            return 1
        return await self._verify(session, result)

    async def _verify(self, session: Session, result: ApplyResult) -> int:
        """Read the account again: it is done when there is nothing left to plan."""
        try:
            left = self._restrict(await session.verify())
        except CcloudApplyError:
            self._summarise(result, is_converged=False)
            raise
        self._summarise(result, is_converged=not left.has_changes)
        if not left.has_changes:
            return 0
        raise ApplyError(
            f"applied, but the account does not match yet: {describe_left(left)}",
            hint="plan shows what is left",
        )

    def _summarise(self, result: ApplyResult, *, is_converged: bool) -> None:
        stacks = self._request.stacks
        self._report.tell(
            "summary",
            stack=stacks[0].name if len(stacks) == 1 else None,
            done=result.done,
            failed=result.failed,
            skipped=result.skipped,
            converged=is_converged,
            seconds=round(self._report.seconds, 3),
        )
        self._report.publish()

    @asynccontextmanager
    async def _ticking(self) -> AsyncIterator[None]:
        """Meanwhile, say from time to time how far it is."""

        async def tick() -> None:
            while True:
                await self._clock.sleep(self._report.status_pause_s)
                self._report.tell_status()

        task = asyncio.create_task(tick())
        try:
            yield
        finally:
            task.cancel()


def describe_left(plan: Plan) -> str:
    """What a plan would still do, in a line."""
    servers = [server for stack in plan.stacks for server in stack.changed_servers()]
    parts = []
    for server in servers[:10]:
        fields = ", ".join(change.field for change in server.changes)
        parts.append(f"{server.key} ({server.action.value}{': ' if fields else ''}{fields})")
    if len(servers) > len(parts):
        parts.append(f"{len(servers) - len(parts)} more")
    return "; ".join(parts)
