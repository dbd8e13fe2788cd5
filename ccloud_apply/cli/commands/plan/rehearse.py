"""`rehearse PATH...`: the plan, tried on a copy of the account."""

import os

import click

from ccloud_apply.cli.exit_codes import HELD
from ccloud_apply.cli.output.rehearsal import show_rehearsal
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    account_option,
    checks_option,
    connection_options,
    format_option,
    pace_options,
    paths_argument,
    retire_option,
    selection_options,
    server_options,
    variable_options,
)
from ccloud_apply.cli.params.values import PaceFlags, PlanFlags, StackFlags
from ccloud_apply.cli.rehearsing import run_rehearsal
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.inputs.passwords import add_weak_secrets
from ccloud_apply.workflows.inputs.stacks import require_stacks
from ccloud_apply.workflows.rehearsal.rehearse import RehearsalRequest


@click.command(name="rehearse")
@paths_argument
@click.option("--destroy", is_flag=True, help="Rehearse the removal of every server.")
@pace_options
@checks_option
@selection_options
@server_options
@retire_option
@variable_options
@format_option(*formats_of("rehearsal"))
@account_option
@connection_options
@click.pass_obj
@gather(stacks=StackFlags, planned=PlanFlags, pace=PaceFlags)
def command(
    flags: Flags, stacks: StackFlags, planned: PlanFlags, pace: PaceFlags, format_name: str
) -> int:
    """Try the plan on a copy of the account. The account itself is only read.

    Copies the account into the embedded API, applies the plan there, plans again, and checks that
    no rule was broken. Exits with 1 if anything goes wrong, and with 3 if the plan is blocked.
    """
    found = require_stacks(stacks.request(flags, os.environ), os.environ, tell_skipped)
    loaded = found.stacks
    request = RehearsalRequest(
        stacks=loaded,
        options=add_weak_secrets(planned.options_for(stacks), loaded, os.environ),
        execution=pace.execution(),
    )
    rehearsal = run_rehearsal(request, read_settings(flags, os.environ, found.project))
    show_rehearsal(Terminal(), rehearsal, format_name)
    if rehearsal.plan.held:
        return HELD
    return 0 if rehearsal.has_passed else 1
