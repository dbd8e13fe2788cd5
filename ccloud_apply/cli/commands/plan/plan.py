"""`plan PATH...`: what apply would change, and nothing more than that."""

import os
from dataclasses import replace

import click

from ccloud_apply.apply.engine.contents import bind_contents
from ccloud_apply.apply.planning import plan_stacks
from ccloud_apply.cli.account import describe_account
from ccloud_apply.cli.inputs.passwords import find_weak_secrets
from ccloud_apply.cli.inputs.saved import PlanRequest, write_plan_file
from ccloud_apply.cli.inputs.stacks import StackRequest, parse_variables, require_stacks
from ccloud_apply.cli.output.github import publish_plan
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import (
    Flags,
    checks_option,
    connection_options,
    cost_option,
    format_option,
    paths_argument,
    selection_options,
    variable_options,
)
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.cli.signals import Stop, run_until_signal
from ccloud_apply.cli.wiring import open_client
from ccloud_apply.files import read_reference
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.checks.lib.registry import parse_codes
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.render.registry import find_format, formats_of

CHANGES = 2
HELD = 3


@click.command(name="plan")
@paths_argument
@click.option("--out", metavar="FILE", help="Save the plan, to be applied as it is.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@click.option("--destroy", is_flag=True, help="Plan the removal of every server.")
@cost_option
@checks_option
@selection_options
@variable_options
@format_option(*formats_of("plan"))
@connection_options
@click.pass_obj
def command(
    flags: Flags,
    paths: tuple[str, ...],
    out: str | None,
    detailed_exitcode: bool,
    destroy: bool,
    no_cost: bool,
    no_checks: tuple[str, ...],
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    allow_destroy: int | None,
    variables: tuple[str, ...],
    var_file: str | None,
    format_name: str,
) -> int:
    """Show what apply would change. Changes nothing."""
    request = PlanRequest(
        stacks=StackRequest(paths=paths, variables=parse_variables(variables), var_file=var_file),
        options=PlanOptions(
            target=target,
            exclude=exclude,
            is_destroy=destroy,
            allow_destroy=allow_destroy,
            has_fingerprints=out is not None,
            has_unchanged=out is not None or find_format("plan", format_name).shows_unchanged,
            no_checks=parse_codes(no_checks),
        ),
    )
    stacks = require_stacks(request.stacks, os.environ).stacks
    settings = read_settings(flags, os.environ)
    options = replace(
        request.options,
        weak_secrets=find_weak_secrets(stacks),
        account=describe_account(settings),
    )

    async def read_and_plan(stop: Stop) -> Plan:
        async with open_client(settings) as client:
            return await plan_stacks(client, stacks, options, has_cost=not no_cost)

    plan = run_until_signal(read_and_plan)
    digest = None
    if out is not None:
        plan = bind_contents(plan, read_reference)
        digest = write_plan_file(out, plan, request)
    terminal = Terminal()
    show(terminal, "plan", format_name, plan)
    publish_plan(terminal, plan, file=out, digest=digest)
    if out is not None:
        terminal.write_note(f"Saved the plan to {out}.")
    if plan.held:
        return HELD
    return CHANGES if detailed_exitcode and plan.has_changes else 0
