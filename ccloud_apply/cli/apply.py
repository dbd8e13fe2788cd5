"""`apply PLANFILE or PATH...`: makes the account equal to the stacks."""

import os
from dataclasses import replace

import click

from ccloud_apply.cli.allow import CLASSES, parse_allowed
from ccloud_apply.cli.applying import ApplyRequest, run_apply
from ccloud_apply.cli.options import (
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
from ccloud_apply.cli.passwords import find_weak_secrets
from ccloud_apply.cli.saved import PlanRequest, is_plan_file, read_plan_file, read_request
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.cli.stacks import StackRequest, parse_variables, require_stacks
from ccloud_apply.errors import UsageError
from ccloud_apply.plan.checks.registry import parse_codes
from ccloud_apply.plan.select import PlanOptions


@click.command(name="apply")
@paths_argument
@execution_options
@lock_option
@click.option(
    "--allow",
    metavar="CLASS,...",
    help=f"Hold a plan with any other class of change: {', '.join(CLASSES)}.",
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
    return run_apply(
        ApplyRequest(
            stacks=stacks,
            options=replace(request.options, weak_secrets=find_weak_secrets(stacks)),
            saved=saved,
            allowed=allowed,
            is_approved=auto_approve or saved is not None,
            parallelism=parallelism,
            timeout_s=timeout,
            lock_timeout_s=lock_timeout,
            is_json=format_name == "json",
            has_cost=not no_cost,
        ),
        read_settings(flags, os.environ),
    )
