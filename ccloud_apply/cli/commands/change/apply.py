"""`apply PLANFILE or PATH...`: makes the account equal to the stacks."""

import os

import click

from ccloud_apply.cli.applying import run_apply
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    account_option,
    checks_option,
    connection_options,
    cost_option,
    defer_option,
    execution_options,
    format_option,
    full_option,
    lock_option,
    override_option,
    paths_argument,
    retire_option,
    selection_options,
    server_options,
    variable_options,
)
from ccloud_apply.cli.params.values import (
    ApprovalFlags,
    OutputFlags,
    PaceFlags,
    PlanFlags,
    StackFlags,
)
from ccloud_apply.cli.settings import Settings, read_plan_key, read_settings
from ccloud_apply.model.classes import CLASSES
from ccloud_apply.workflows.account.identity import describe_account, require_account
from ccloud_apply.workflows.apply_request import ApplyRequest
from ccloud_apply.workflows.inputs.passwords import add_weak_secrets
from ccloud_apply.workflows.inputs.saved_plan import (
    find_held,
    find_unrepeated,
    is_plan_file,
    read_given,
)
from ccloud_apply.workflows.inputs.stacks import require_stacks
from ccloud_apply.workflows.planning.allow import parse_allowed


@click.command(name="apply")
@paths_argument
@execution_options
@lock_option
@click.option(
    "--allow",
    metavar="CLASS,...",
    help=f"Block a plan with any other class of change. Classes: {', '.join(CLASSES)}.",
)
@click.option(
    "--rehearse",
    "is_rehearsed",
    is_flag=True,
    help="Try the plan on a copy of the account first, and apply it only if that works.",
)
@cost_option
@checks_option
@selection_options
@server_options
@defer_option
@override_option
@retire_option
@variable_options
@full_option
@format_option("text", "json")
@account_option
@connection_options
@click.pass_obj
@gather(
    stacks=StackFlags,
    planned=PlanFlags,
    pace=PaceFlags,
    approval=ApprovalFlags,
    output=OutputFlags,
)
def command(
    flags: Flags,
    stacks: StackFlags,
    planned: PlanFlags,
    pace: PaceFlags,
    approval: ApprovalFlags,
    output: OutputFlags,
) -> int:
    """Make the account match the stacks, or apply a saved plan (PLANFILE).

    Shows the plan and asks for confirmation. A saved plan is applied without asking, because it was
    approved when it was saved. Waits for every task, and compares the account again at the end.
    """
    allowed = parse_allowed(approval.allow)
    options = planned.options()
    key = read_plan_key(os.environ) if is_plan_file(stacks.paths) else None
    given, saved = read_given(stacks.request(flags, os.environ), options, key=key)
    found = require_stacks(given.stacks, os.environ, tell_skipped)
    loaded = found.stacks
    request = ApplyRequest(
        stacks=loaded,
        options=add_weak_secrets(given.options, loaded, os.environ),
        execution=pace.execution(),
        saved=saved,
        allowed=allowed,
        holds=() if saved is None else find_held(saved) or find_unrepeated(given.options, options),
        has_cost=not planned.no_cost,
    )
    settings = read_settings(flags, os.environ, found.project)
    if saved is not None:
        require_account(saved.account, describe_account(settings.connection), is_read=False)
    if approval.is_rehearsed:
        _rehearse(request, settings)
    is_approved = approval.auto_approve or saved is not None
    return run_apply(
        request,
        settings,
        is_approved=is_approved,
        is_json=output.format_name == "json",
        is_full=output.full,
    )


def _rehearse(request: ApplyRequest, settings: Settings) -> None:
    """Try it on a copy. Raises ApplyError if that does not go well."""
    from ccloud_apply.cli.output.rehearsal import tell_rehearsal
    from ccloud_apply.cli.rehearsing import run_rehearsal
    from ccloud_apply.workflows.rehearsal.rehearse import RehearsalRequest

    trial = RehearsalRequest(
        stacks=request.stacks, options=request.options, execution=request.execution
    )
    tell_rehearsal(run_rehearsal(trial, settings))
