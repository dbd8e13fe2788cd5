"""`graph PATH...`: a plan's steps and their order, as a picture or in a language that draws one."""

import os
from dataclasses import replace

import click

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    connection_options,
    format_option,
    paths_argument,
    target_options,
    variable_options,
)
from ccloud_apply.cli.params.values import PlanFlags, StackFlags
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.inputs.stacks import require_stacks
from ccloud_apply.workflows.planning.plan import plan_stacks


@click.command(name="graph")
@paths_argument
@click.option("--destroy", is_flag=True, help="Draw the removal of every server.")
@target_options
@variable_options
@format_option(*formats_of("graph"))
@connection_options
@click.pass_obj
@gather(stacks=StackFlags, planned=PlanFlags)
def command(flags: Flags, stacks: StackFlags, planned: PlanFlags, format_name: str) -> int:
    """Draw the steps of an apply and their order. Changes nothing."""
    options = replace(planned.options_for(stacks), has_checks=False)
    found = require_stacks(stacks.request(flags, os.environ), os.environ, tell_skipped)
    loaded, settings = found.stacks, read_settings(flags, os.environ, found.project)
    plan = run_workflow(settings, lambda run: plan_stacks(run.client, loaded, options))
    show(Terminal(), "graph", format_name, plan)
    return 0
