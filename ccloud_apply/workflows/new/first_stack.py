"""The text of a first stack file, proved before it is written: it loads, and it plans at once.

New servers are created by that plan, existing ones are adopted, and nothing else happens.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ccloud_apply.errors import ApiError, CcloudApplyError, PlanError, StackError, UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.write.first_stack import write_first_stack
from ccloud_apply.model.declared.first_stack import FirstStack
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, has_errors
from ccloud_apply.model.limits import Limits
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.ownership import stack_tag
from ccloud_apply.model.results.plan import Action, Plan
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.views.export_selection import ExportRequest
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.export.export import read_choice
from ccloud_apply.workflows.export.into import Target, build_text
from ccloud_apply.workflows.inputs.project import LOOK_FOR_IT, ProjectChoice
from ccloud_apply.workflows.inputs.stacks import StackRequest, load_text
from ccloud_apply.workflows.new.offer import Offer
from ccloud_apply.workflows.planning.plan import add_prices, plan_read, read_live_alone


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenStack:
    """The text of a first stack file.

    `plan` is what applying it would do; None where the account or a catalogue could not be read:
    the file is valid then, nothing more is known of it, and `why` says the reason.
    """

    text: str
    plan: Plan | None
    why: str = ""
    warnings: tuple[Diagnostic, ...] = ()


async def build_first_stack(
    run: Run,
    path: str,
    first: FirstStack,
    offer: Offer,
    *,
    adopted: Sequence[str] = (),
    limits: Limits,
    project: ProjectChoice = LOOK_FOR_IT,
) -> WrittenStack:
    """The text for this path, with `adopted` servers by their hostnames.

    Raises UsageError for what cannot be (a stack that has servers already, nothing to declare),
    StackError and PlanError for what the platform would refuse, ApiError for an adopted server that
    cannot be read.
    """
    if offer.has_stack(first.name):
        raise UsageError(
            f"the stack {first.name} has live servers already: a file without them would destroy"
            " them",
            hint="choose another name with --stack, or export these servers to a file:"
            f" ccloud-apply export --tag {stack_tag(first.name)} --out {shlex.quote(path)}",
        )
    text = write_first_stack(first)
    request = StackRequest(paths=(path,), limits=limits, project=project)
    stack = _load(text, path, request)
    account = offer.account
    warnings: tuple[Diagnostic, ...] = ()
    if adopted:
        wish = ExportRequest(hostnames=tuple(adopted), stack=first.name, into=stack, limits=limits)
        choice, account = await read_choice(run, wish)
        target = Target(path=path, text=text, stack=stack, request=request, environment={})
        text, found = build_text(target, choice, account)
        warnings, stack = tuple(found), _load(text, path, request)
    elif first.server is None:
        raise UsageError(
            "there is nothing to write: no server is to be adopted, and no new one is declared",
            hint="give --pool, --image, --cores, --memory and --disk for a new server, or no"
            " option at all to be asked at a terminal",
        )
    plan, why = None, offer.unread.get("servers", "")
    if account is not None:
        try:
            plan = await _plan(run, stack, account)
        except ApiError as error:
            why = error.message
    return WrittenStack(text=text, plan=plan, why=why, warnings=warnings)


def _load(text: str, path: str, request: StackRequest) -> Stack:
    environment: Mapping[str, str] = {}  # a variable of the shell says nothing of a new file
    loaded = load_text(text.encode(), path, request, environment)
    if loaded.stack is None or has_errors(loaded.diagnostics):
        raise StackError(_without_places(loaded.diagnostics))
    return loaded.stack


def _without_places(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics without places in a file that is not written."""
    return tuple(replace(diagnostic, source=None) for diagnostic in diagnostics)


async def _plan(run: Run, stack: Stack, account: Account) -> Plan:
    options = PlanOptions(account=describe_account(run.connection))
    matched = await read_live_alone(run.client, [stack], options, account)
    try:
        plan = plan_read(matched, options)
    except PlanError as error:
        raise PlanError(_without_places(error.diagnostics)) from None
    surprises = [
        f"{server.key}: {server.action}"
        for server in plan.stacks[0].servers
        if server.action not in (Action.CREATE, Action.ADOPT, Action.NOT_COMPARED)
    ]
    if surprises:
        raise CcloudApplyError(
            f"the file would do more than create and adopt: {', '.join(surprises[:5])}",
            hint="someone is changing the account: run the command again",
        )
    return await add_prices(run.client, [stack], matched.account, plan, has_cost=True)
