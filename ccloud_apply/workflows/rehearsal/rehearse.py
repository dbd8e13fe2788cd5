"""A plan, tried on a copy of the account in this process, in virtual time.

The account is read as for a plan and never written to. Everything after that happens in an embedded
API that begins as the account is, with the real planner, executor and client.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.apply.session import Session, SessionOptions
from ccloud_apply.errors import CcloudApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.event import Event
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.model.results.rehearsal import Rehearsal, RehearsedStep, Rule, Usage
from ccloud_apply.plan.kinds import kind_of
from ccloud_apply.plan.matching.select import PlanOptions, find_day, find_moment
from ccloud_apply.plan.views.rehearsal_copy import LIMITED, copied_servers, describe_account
from ccloud_apply.plan.views.rehearsal_rules import (
    check_compared,
    check_converged,
    check_destroyed,
    check_identities,
    check_same_plan,
    check_steps,
    check_untouched,
    find_end_state,
)
from ccloud_apply.plan.views.rehearsal_scope import limit_to_known, tell_unknown
from ccloud_apply.sandbox.app import SandboxApp, create_app
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.state.copying import load_copy
from ccloud_apply.virtual_time import VirtualClock, run_virtually
from ccloud_apply.workflows.account.connection import POLL_MAX_S, POLL_MIN_S, Execution
from ccloud_apply.workflows.account.identity import describe_to
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.account.sandbox_limits import sandbox_limits
from ccloud_apply.workflows.account.sandbox_transport import (
    SANDBOX_TOKEN,
    SANDBOX_URL,
    SandboxTransport,
)
from ccloud_apply.workflows.planning.plan import plan_read, planner, read_live_alone
from ccloud_apply.workflows.rehearsal.steps import StepRecorder

_SECRET = "Rehearsal-1"  # noqa: S105 - the copy needs no real one
_RESOURCES: Mapping[str, str] = {"cores": "cores", "memory": "memory", "disks": "disk"}
"""The amounts, and what the sandbox calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRequest:
    """What is to be rehearsed, and how it would be applied."""

    stacks: tuple[Stack, ...]
    options: PlanOptions
    execution: Execution = field(default_factory=Execution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The account as it was read, and the plan for it."""

    account: Account
    plan: Plan
    requests: int


async def read_run(run: Run, request: RehearsalRequest) -> Basis:
    """As `read_basis`; the plan names the account of the run."""
    options = describe_to(run, request.options)
    return await read_basis(run.client, replace(request, options=options))


async def read_basis(client: Client, request: RehearsalRequest) -> Basis:
    """Read the account and plan. Raises ApiError, PlanError."""
    # What a silenced check would have read, the copy needs all the same.
    matched = await read_live_alone(
        client, request.stacks, replace(request.options, no_checks=frozenset())
    )
    plan = plan_read(matched, request.options)
    return Basis(account=matched.account, plan=plan, requests=client.requests)


def try_on_copy(request: RehearsalRequest, basis: Basis) -> Rehearsal:
    """Apply the plan to a copy of what was read, in virtual time: it begins a loop of its own.

    A plan that is held is not tried: the result then has no rules. What is not compared is left out
    with what rests on it, and the rehearsal does not pass.
    """
    if basis.plan.held:
        return _begin(basis)
    stacks, account, plan = limit_to_known(request.stacks, basis.account, basis.plan)
    known = replace(basis, account=account, plan=plan)
    rehearsed = run_virtually(_Copy(replace(request, stacks=stacks), known).play())
    unknown = tell_unknown(basis.plan)
    whole = _begin(basis)
    return replace(
        rehearsed,
        plan=basis.plan,
        left_out=(*whole.left_out, *(f"{told} (not compared)" for told in unknown)),
        rules=(check_compared(unknown), *rehearsed.rules),
    )


def _begin(basis: Basis) -> Rehearsal:
    copied = copied_servers(basis.account)
    ids = {server.id for server in copied}
    left_out = [server.name for server in basis.account.servers if server.id not in ids]
    return Rehearsal(
        plan=basis.plan,
        read_at=basis.account.read_at,
        servers_copied=len(copied),
        requests=basis.requests,
        unread=dict(basis.account.unread),
        left_out=tuple(f"{name}, which is being built or deleted" for name in left_out),
    )


class _Copy:
    """One rehearsal on one copy."""

    def __init__(self, request: RehearsalRequest, basis: Basis) -> None:
        self._request = request
        self._basis = basis
        self._clock = VirtualClock(basis.account.read_at)
        self._recorder = StepRecorder()
        self._peaks: dict[str, int] = {}
        self._error: str | None = None

    async def play(self) -> Rehearsal:
        """Apply the plan to the copy, and look at what came of it."""
        account = self._basis.account
        limits = self._find_limits()
        options = SandboxOptions(
            clock=self._clock,
            seed="empty",
            limits=limits,
            page_limit=100,
            max_page_limit=100,
            **sandbox_limits(self._request.execution.limits),
        )
        app = create_app(options)
        try:
            load_copy(
                app.state.sandbox.store,
                describe_account(self._request.stacks, account),
                now=account.read_at,
            )
            return await self._play(app)
        finally:
            app.state.sandbox.store.close()

    async def _play(self, app: SandboxApp) -> Rehearsal:
        store = app.state.sandbox.store
        before = {server["hostname"]: server for server in store.all_servers()}
        used_before = store.sum_resources()
        self._peaks = dict(used_before)

        def listen(event: Event) -> None:
            self._recorder.listen(event, self._clock.monotonic())
            for name, amount in store.sum_resources().items():
                self._peaks[name] = max(self._peaks[name], amount)

        connection = Connection(endpoint=SANDBOX_URL, token=SANDBOX_TOKEN)
        transport = SandboxTransport(app)
        async with Client(
            connection, clock=self._clock, transport=transport, random=_middle
        ) as client:
            session = Session(
                client=client,
                clock=self._clock,
                stacks=self._request.stacks,
                options=self._session_options(),
                read_and_plan=planner(client),
                journals={},
                listen=listen,
                random=_middle,
            )
            copied, left = await self._apply(session)
            servers = await client.list_servers()
        after = {server["hostname"]: server for server in store.all_servers()}
        steps = self._recorder.finished()
        plan = self._basis.plan
        rules: list[Rule] = [] if copied is None else [check_same_plan(plan, copied)]
        rules += [
            check_steps(steps, self._error),
            check_converged(left),
            check_untouched(plan, before, after),
            check_destroyed(plan, before, after),
            check_identities(servers),
        ]
        return replace(
            _begin(self._basis),
            steps=steps,
            servers=find_end_state(plan, servers),
            rules=tuple(rules),
            usage=self._find_usage(used_before, store.sum_resources()),
            seconds=round(max(_ends(steps), default=0.0), 3),
            warnings=tuple(self._recorder.warnings),
        )

    async def _apply(self, session: Session) -> tuple[Plan | None, Plan | None]:
        """The plan on the copy, and what a second one still has to do."""
        copied: Plan | None = None
        try:
            copied = await session.plan()
            if copied.has_changes:
                await session.execute(copied, read_reference=_read_nothing, stop=asyncio.Event())
            return copied, await session.verify()
        except CcloudApplyError as error:
            self._error = str(error)
            return copied, None

    def _session_options(self) -> SessionOptions:
        account, options = self._basis.account, self._request.options
        return SessionOptions(
            plan=replace(
                options,
                has_checks=False,
                is_verification=True,  # a target that is left out of the copy is no mistake
                # Virtual hours pass on the copy: no window closes and no day comes by them.
                moment=find_moment(account, options),
                today=find_day(account, options),
            ),
            apply=ApplyOptions(
                parallelism=self._request.execution.parallelism,
                task_timeout_s=self._request.execution.timeout_s,
                poll_min_s=POLL_MIN_S,
                poll_max_s=POLL_MAX_S,
                grace_s=0,
                limits=self._request.execution.limits,
            ),
            settle_s=0,
        )

    def _find_limits(self) -> Mapping[str, int] | None:
        """The limits for what the servers of the copy use together."""
        offsets = self._find_offsets()
        resources = self._basis.account.resources
        if resources is None or not resources.is_limited:
            return None
        found: dict[str, int] = {}
        for name, attribute in LIMITED.items():
            limit = getattr(resources.limits, attribute)
            if limit is not None:
                found[_RESOURCES[name]] = limit - offsets[name]
        return found

    def _find_offsets(self) -> Mapping[str, int]:
        """How much more the account says is in use than its servers have together."""
        resources = self._basis.account.resources
        servers: Sequence[object] = copied_servers(self._basis.account)
        offsets = {}
        for name, attribute in LIMITED.items():
            usage = None if resources is None else getattr(resources.usage, attribute)
            own = sum(getattr(server, attribute) or 0 for server in servers)
            offsets[name] = 0 if usage is None else usage - own
        return offsets

    def _find_usage(
        self, before: Mapping[str, int], after: Mapping[str, int]
    ) -> Mapping[str, Usage]:
        offsets = self._find_offsets()
        limits = self._find_limits() or {}
        return {
            name: Usage(
                before=before[own] + offsets[name],
                peak=self._peaks[own] + offsets[name],
                after=after[own] + offsets[name],
                limit=limits[own] + offsets[name] if own in limits else None,
                kind=kind_of(name),
            )
            for name, own in _RESOURCES.items()
        }


def _ends(steps: Sequence[RehearsedStep]) -> list[float]:
    return [(step.start_s or 0.0) + (step.seconds or 0.0) for step in steps]


def _middle() -> float:
    """In place of chance: the same account gives the same rehearsal."""
    return 0.5


def _read_nothing(reference: Reference) -> str:
    """Something in the place of a secret or a file, which a copy has no need of."""
    return _SECRET
