"""`apply PLANFILE or PATH...`: makes the account equal to the stacks."""

import os
from dataclasses import replace

import click

from ccloud_apply.cli.account import describe_account, require_account
from ccloud_apply.cli.applying import ApplyRequest, run_apply
from ccloud_apply.cli.inputs.passwords import find_weak_secrets
from ccloud_apply.cli.inputs.saved import PlanRequest, is_plan_file, read_plan_file, read_request
from ccloud_apply.cli.inputs.stacks import StackRequest, parse_variables, require_stacks
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.allow import CLASSES, parse_allowed
from ccloud_apply.cli.params.options import (
    Flags,
    checks_option,
    connection_options,
    cost_option,
    execution_options,
    format_option,
    lock_option,
    paths_argument,
    selection_options,
    variable_options,
)
from ccloud_apply.cli.settings import Settings, read_settings
from ccloud_apply.errors import ApplyError, UsageError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.plan.checks.lib.registry import parse_codes
from ccloud_apply.plan.matching.select import PlanOptions


@click.command(name="apply")
@paths_argument
@execution_options
@lock_option
@click.option(
    "--allow",
    metavar="CLASS,...",
    help=f"Hold a plan with any other class of change: {', '.join(CLASSES)}.",
)
@click.option(
    "--rehearse",
    "is_rehearsed",
    is_flag=True,
    help="Try it on a copy of the account first; apply only if that goes well.",
)
@cost_option
@checks_option
@selection_options
@variable_options
@format_option("text", "json")
@connection_options
@click.pass_obj
def command(
    flags: Flags,
    paths: tuple[str, ...],
    auto_approve: bool,
    parallelism: int,
    timeout: float,
    lock_timeout: float,
    allow: str | None,
    is_rehearsed: bool,
    no_cost: bool,
    no_checks: tuple[str, ...],
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    allow_destroy: int | None,
    variables: tuple[str, ...],
    var_file: str | None,
    format_name: str,
) -> int:
    """Make the account equal to the stacks, or apply a saved plan (PLANFILE).

    Shows the plan and asks; a saved plan was approved when it was saved. Waits for every task, and
    reads the account again at the end.
    """
    allowed = parse_allowed(allow)
    options = PlanOptions(
        target=target,
        exclude=exclude,
        allow_destroy=allow_destroy,
        no_checks=parse_codes(no_checks),
    )
    given = StackRequest(paths=paths, variables=parse_variables(variables), var_file=var_file)
    request, saved = PlanRequest(stacks=given, options=options), None
    if is_plan_file(paths):
        if options != PlanOptions() or variables or var_file:
            raise UsageError(
                f"{paths[0]} is a saved plan, which has its options and variables already",
                hint="give those to ccloud-apply plan, and save again",
            )
        file = read_plan_file(paths[0])
        request, saved = read_request(file), file.plan
    stacks = require_stacks(request.stacks, os.environ).stacks
    options = replace(request.options, weak_secrets=find_weak_secrets(stacks))
    settings = read_settings(flags, os.environ)
    if saved is not None:
        require_account(saved.account, describe_account(settings), is_read=False)
    if is_rehearsed:
        _rehearse(stacks, options, settings, parallelism=parallelism, timeout=timeout)
    return run_apply(
        ApplyRequest(
            stacks=stacks,
            options=options,
            saved=saved,
            allowed=allowed,
            is_approved=auto_approve or saved is not None,
            parallelism=parallelism,
            timeout_s=timeout,
            lock_timeout_s=lock_timeout,
            is_json=format_name == "json",
            has_cost=not no_cost,
        ),
        settings,
    )


def _rehearse(
    stacks: tuple[Stack, ...],
    options: PlanOptions,
    settings: Settings,
    *,
    parallelism: int,
    timeout: float,
) -> None:
    """Tell on standard error what comes of it. Raises ApplyError if that is nothing good."""
    from ccloud_apply.cli.commands.plan.rehearse import render_text
    from ccloud_apply.cli.rehearsing import RehearsalRequest, rehearse

    request = RehearsalRequest(
        stacks=stacks, options=options, parallelism=parallelism, timeout_s=timeout
    )
    rehearsal = rehearse(request, settings)
    if rehearsal.plan.held:
        return  # which the apply itself says, and with what exit code
    terminal = Terminal()
    terminal.write_note(render_text(rehearsal, is_coloured=terminal.has_coloured_errors))
    if not rehearsal.has_passed:
        raise ApplyError(
            "the rehearsal failed: nothing was changed",
            hint="correct the stack, or apply without --rehearse",
        )
