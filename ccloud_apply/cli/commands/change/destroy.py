"""`destroy PATH...`: plans the removal of all the stacks' servers, and applies it."""

import os

import click

from ccloud_apply.cli.params.options import (
    Flags,
    connection_options,
    cost_option,
    execution_options,
    format_option,
    lock_option,
    paths_argument,
    selection_options,
    variable_options,
)


@click.command(name="destroy")
@paths_argument
@execution_options
@lock_option
@cost_option
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
    no_cost: bool,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    allow_destroy: int | None,
    variables: tuple[str, ...],
    var_file: str | None,
    format_name: str,
) -> int:
    """Remove every server of the stacks. Shows the plan and asks before."""
    from ccloud_apply.cli.applying import ApplyRequest, run_apply
    from ccloud_apply.cli.inputs.stacks import StackRequest, parse_variables, require_stacks
    from ccloud_apply.cli.settings import read_settings
    from ccloud_apply.plan.matching.select import PlanOptions

    stacks = StackRequest(paths=paths, variables=parse_variables(variables), var_file=var_file)
    loaded = require_stacks(stacks, os.environ)
    request = ApplyRequest(
        stacks=loaded.stacks,
        options=PlanOptions(
            target=target, exclude=exclude, is_destroy=True, allow_destroy=allow_destroy
        ),
        is_approved=auto_approve,
        parallelism=parallelism,
        timeout_s=timeout,
        lock_timeout_s=lock_timeout,
        is_json=format_name == "json",
        has_cost=not no_cost,
    )
    return run_apply(request, read_settings(flags, os.environ))
