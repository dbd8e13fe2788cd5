"""`graph PATH...`: a plan's steps and their order, as a picture or in a language that draws one."""

import os

import click

from ccloud_apply.apply.planning import plan_stacks
from ccloud_apply.cli.inputs.stacks import StackRequest, parse_variables, require_stacks
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import (
    Flags,
    connection_options,
    format_option,
    paths_argument,
    variable_options,
)
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.cli.signals import Stop, run_until_signal
from ccloud_apply.cli.wiring import open_client
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.render.registry import formats_of


@click.command(name="graph")
@paths_argument
@click.option("--destroy", is_flag=True, help="Draw the removal of every server.")
@click.option("--target", multiple=True, metavar="KEY", help="Only this server; a glob.")
@click.option("--exclude", multiple=True, metavar="KEY", help="Leave this server out; a glob.")
@variable_options
@format_option(*formats_of("graph"))
@connection_options
@click.pass_obj
def command(
    flags: Flags,
    paths: tuple[str, ...],
    destroy: bool,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    variables: tuple[str, ...],
    var_file: str | None,
    format_name: str,
) -> int:
    """Draw the steps that apply would take, and their order. Changes nothing."""
    options = PlanOptions(target=target, exclude=exclude, is_destroy=destroy, has_checks=False)
    request = StackRequest(paths=paths, variables=parse_variables(variables), var_file=var_file)
    stacks = require_stacks(request, os.environ).stacks
    settings = read_settings(flags, os.environ)

    async def read_and_plan(stop: Stop) -> Plan:
        async with open_client(settings) as client:
            return await plan_stacks(client, stacks, options)

    plan = run_until_signal(read_and_plan)
    show(Terminal(), "graph", format_name, plan)
    return 0
