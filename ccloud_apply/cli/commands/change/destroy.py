"""`destroy PATH...`: plans the removal of all the stacks' servers, and applies it."""

import os
from dataclasses import replace

import click

from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    account_option,
    connection_options,
    cost_option,
    execution_options,
    format_option,
    lock_option,
    needed_paths_argument,
    override_option,
    retire_option,
    selection_options,
    variable_options,
)
from ccloud_apply.cli.params.values import ApprovalFlags, PaceFlags, PlanFlags, StackFlags


@click.command(name="destroy")
@needed_paths_argument
@execution_options
@lock_option
@cost_option
@selection_options
@override_option
@retire_option
@variable_options
@format_option("text", "json")
@account_option
@connection_options
@click.pass_obj
@gather(stacks=StackFlags, planned=PlanFlags, pace=PaceFlags, approval=ApprovalFlags)
def command(
    flags: Flags,
    stacks: StackFlags,
    planned: PlanFlags,
    pace: PaceFlags,
    approval: ApprovalFlags,
    format_name: str,
) -> int:
    """Remove every server of the stacks. Shows the plan and asks first."""
    from ccloud_apply.cli.applying import run_apply
    from ccloud_apply.cli.settings import read_settings
    from ccloud_apply.workflows.apply_request import ApplyRequest
    from ccloud_apply.workflows.inputs.stacks import require_stacks

    found = require_stacks(stacks.request(flags, os.environ), os.environ, tell_skipped)
    request = ApplyRequest(
        stacks=found.stacks,
        options=replace(planned.options(), is_destroy=True),
        execution=pace.execution(),
        has_cost=not planned.no_cost,
    )
    return run_apply(
        request,
        read_settings(flags, os.environ, found.project),
        is_approved=approval.auto_approve,
        is_json=format_name == "json",
    )
