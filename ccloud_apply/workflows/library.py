"""The Python API: load, plan, apply, drift, inventory, export and rehearse, each a plain call.

Nothing is printed, nobody is asked, no environment is read: approval and events are callbacks, and
variables are an argument. Each call opens the account and closes it again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Literal, TypeVar

from ccloud_apply.errors import CcloudApplyError, StackError, UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.build import check_stacks
from ccloud_apply.load.stack.join import join_stacks
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.event import Event
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits
from ccloud_apply.model.ownership import STACK_RULE, is_stack_name
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.model.results.inventory import Inventory
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.model.results.rehearsal import Rehearsal
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.views.export_selection import ExportRequest
from ccloud_apply.workflows.account.connect import open_run
from ccloud_apply.workflows.account.connection import Connection, Execution
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.apply import apply_stacks
from ccloud_apply.workflows.apply_request import Applied, ApplyRequest, Callbacks
from ccloud_apply.workflows.drift import compare_stacks
from ccloud_apply.workflows.export.export import Exported, export_servers
from ccloud_apply.workflows.inputs.passwords import add_weak_secrets
from ccloud_apply.workflows.inputs.project import ProjectChoice
from ccloud_apply.workflows.inputs.stacks import StackRequest, require_stacks
from ccloud_apply.workflows.inventory import InventoryRequest, list_inventory
from ccloud_apply.workflows.planning.plan import plan_run
from ccloud_apply.workflows.rehearsal.rehearse import RehearsalRequest, read_run, try_on_copy

__all__ = [
    "Applied",
    "CcloudApplyError",
    "Connection",
    "Execution",
    "Exported",
    "Inventory",
    "Limits",
    "PlanOptions",
    "Planned",
    "apply",
    "drift",
    "export",
    "inventory",
    "load",
    "plan",
    "rehearse",
]

Environment = Mapping[str, str]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan with all that it was made from, so that `apply` can make it again and compare.

    `plan` is what would be done: its stacks, servers, changes and steps.
    """

    plan: Plan
    stacks: tuple[Stack, ...]
    connection: Connection
    options: PlanOptions
    has_cost: bool
    environment: Environment = field(repr=False)


def load(
    *paths: str | Path,
    variables: Mapping[str, str] | None = None,
    var_file: str | None = None,
    environment: Environment | None = None,
    limits: Limits = DEFAULT_LIMITS,
    project: str | Path | Literal[False] | None = None,
    env: str | None = None,
) -> tuple[Stack, ...]:
    """The stacks in these files and folders; without any, those that the project file names.

    `variables` are what `--var` sets, `var_file` is a YAML or JSON file of them, and `environment`
    holds CCLOUD_VAR_*; whichever comes first here wins. `limits` is what the platform takes, where
    it differs from what is known of it; an `Execution` takes it too.

    `project` is the project file: left out, it is looked for from the paths upwards, as the command
    line does, and False does without one. `env` is its environment. Raises StackError with every
    mistake of every file, and UsageError for a path without a stack file, a project file that
    cannot be found, and an environment that it does not have.
    """
    choice = ProjectChoice(
        file=str(project) if project else None,
        is_off=project is False,
        env=env,
        env_origin="env",
    )
    request = StackRequest(
        paths=tuple(map(str, paths)),
        variables=variables or {},
        var_file=var_file,
        limits=limits,
        project=choice,
    )
    return require_stacks(request, environment or {}).stacks


def plan(
    stacks: Sequence[Stack],
    *,
    connection: Connection,
    options: PlanOptions | None = None,
    has_cost: bool = True,
    environment: Environment | None = None,
) -> Planned:
    """Read the account and say what would change. Changes nothing.

    `environment` holds the CCLOUD_SECRET_* that the stacks refer to; a plan needs none of them, but
    passwords that are there are checked. Raises PlanError with all that is wrong, ApiError, and
    UsageError for a connection that cannot be used.
    """
    given, known = _take_stacks(stacks), environment or {}
    connection = _expect(connection, given)
    wanted = replace(
        add_weak_secrets(options or PlanOptions(), given, known), has_fingerprints=True
    )
    made = _call(connection, known, lambda run: plan_run(run, given, wanted, has_cost=has_cost))
    return Planned(
        plan=made,
        stacks=given,
        connection=connection,
        options=wanted,
        has_cost=has_cost,
        environment=known,
    )


def apply(
    planned: Planned,
    *,
    approve: Callable[[Plan], bool],
    on_event: Callable[[Event], None] | None = None,
    execution: Execution | None = None,
) -> Applied:
    """Do what was planned, wait for every task, and read the account again.

    The account is planned anew first: StalePlanError if it is not as it was planned. `approve` gets
    the plan right before anything is sent, and is not asked where there is nothing to do.
    `on_event` is told each step. A step that fails is no exception: see `Applied.ending` and
    `Applied.result`.

    Raises ApplyError if it was not approved or the account is not as declared at the end,
    LockedError while another apply of a stack runs, JournalError, PlanError and ApiError.
    """

    async def ask(made: Plan) -> bool:
        return approve(made)

    request = ApplyRequest(
        stacks=planned.stacks,
        options=planned.options,
        execution=execution or Execution(),
        saved=planned.plan,
        has_cost=planned.has_cost,
    )
    callbacks = Callbacks(on_event=on_event or _ignore, approve=ask)
    return _call(
        planned.connection,
        planned.environment,
        lambda run: apply_stacks(request, run, callbacks),
    )


def drift(
    stacks: Sequence[Stack],
    *,
    connection: Connection,
    options: PlanOptions | None = None,
    lists_only: bool = False,
) -> DriftReport:
    """What is live against what is declared, and who changed it last. Changes nothing.

    Of the options, `target` and `exclude` count. With `lists_only` no server is read for itself:
    `not_looked_at` of the report names the fields of which it then says nothing. Raises PlanError,
    ApiError, and UsageError for a connection that cannot be used.
    """
    given, wanted = _take_stacks(stacks), options or PlanOptions()
    expecting = _expect(connection, given)
    return _call(
        expecting, {}, lambda run: compare_stacks(run, given, wanted, lists_only=lists_only)
    )


def inventory(
    stacks: Sequence[Stack] = (),
    *,
    connection: Connection,
    is_all: bool = False,
    has_state: bool = False,
    has_cost: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Inventory:
    """The servers of these stacks with their addresses; with `is_all` every server of the account.

    `has_state` reads the state of each server, `has_cost` asks what each costs per month, and
    `limits` are what the platform takes: a size beyond them is unknown. Raises ApiError, and
    UsageError for neither stacks nor `is_all`, or a connection that cannot be used.
    """
    request = InventoryRequest(
        stacks=_take_stacks(stacks),
        is_all=is_all,
        has_state=has_state,
        has_cost=has_cost,
        limits=limits,
    )
    expecting = _expect(connection, request.stacks)
    return _call(expecting, {}, lambda run: list_inventory(run, request))


def export(
    *,
    connection: Connection,
    hostnames: Sequence[str] = (),
    tag: str | None = None,
    stack: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Exported:
    """Live servers as the text of a stack file whose plan is adoption and nothing else.

    These servers, or those with this tag, or else every server that no other stack owns; `stack` is
    the name of the stack, `limits` what the platform takes. Raises PlanError for what cannot be
    exported, ApiError, and UsageError for a name that no stack may have, or hostnames beside a tag.
    """
    if isinstance(hostnames, str):
        raise UsageError("hostnames: a text is not a list of names", hint=f'write ["{hostnames}"]')
    if hostnames and tag is not None:
        raise UsageError("which servers?", hint="give hostnames, or a tag, or neither")
    if stack is not None and not is_stack_name(stack):
        raise UsageError(f"stack: a stack's name is {STACK_RULE}")
    request = ExportRequest(hostnames=tuple(hostnames), tag=tag, stack=stack, limits=limits)
    return _call(connection, {}, lambda run: export_servers(run, request))


def rehearse(
    stacks: Sequence[Stack],
    *,
    connection: Connection,
    options: PlanOptions | None = None,
    execution: Execution | None = None,
    environment: Environment | None = None,
) -> Rehearsal:
    """Try the plan on a copy of the account, in memory and in virtual time. Changes nothing.

    See `Rehearsal.has_passed`, and `seconds` for what the apply would take. Raises PlanError and
    ApiError where the account cannot be read or planned.
    """
    given = _take_stacks(stacks)
    request = RehearsalRequest(
        stacks=given,
        options=add_weak_secrets(options or PlanOptions(), given, environment or {}),
        execution=execution or Execution(),
    )
    basis = _call(_expect(connection, given), {}, lambda run: read_run(run, request))
    return try_on_copy(request, basis)


def _take_stacks(stacks: Sequence[Stack]) -> tuple[Stack, ...]:
    """The stacks of one call. Raises StackError for what cannot be true of all of them, such as two
    of one name."""
    given = tuple(stacks)
    found = check_stacks(given)
    if found:
        raise StackError(found)
    return join_stacks(given)


def _expect(connection: Connection, stacks: Sequence[Stack]) -> Connection:
    """The connection, which has to be to the account that the stacks' project expects, unless it
    says itself which one is. Raises UsageError for stacks that expect different ones."""
    told = {stack.accounts: stack for stack in stacks if stack.accounts}
    if connection.expected or not told:
        return connection
    if len(told) > 1:
        one, other = list(told.values())[:2]
        raise UsageError(
            f"{one.path} and {other.path} expect different accounts",
            hint="call it once for each account",
        )
    return replace(connection, expected=next(iter(told)))


def _call(
    connection: Connection, environment: Environment, work: Callable[[Run], Awaitable[Value]]
) -> Value:
    """Open the account, do the work, and close it. Raises UsageError within an event loop."""

    async def main() -> Value:
        async with open_run(connection, environment=environment) as run:
            return await work(run)

    _require_no_loop()
    return asyncio.run(main())


def _require_no_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise UsageError(
        "this call cannot be made from within an event loop",
        hint="call it in a thread: await asyncio.to_thread(...)",
    )


def _ignore(event: Event) -> None:
    """Nobody listens."""
