"""`explain KEY or HOSTNAME [PATH...]`: all that is known of one server. Changes nothing."""

import os

import click

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    connection_options,
    format_option,
    variable_options,
)
from ccloud_apply.cli.params.values import StackFlags
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.errors import UsageError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.explain import explain
from ccloud_apply.workflows.inputs.stacks import require_stacks


@click.command(name="explain")
@click.argument("name", metavar="KEY|HOSTNAME")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@variable_options
@format_option(*formats_of("explain"))
@connection_options
@click.pass_obj
@gather(stacks=StackFlags)
def command(flags: Flags, name: str, format_name: str, stacks: StackFlags) -> int:
    """Say all that is known of one server. Changes nothing.

    Where it is declared and who changed that last, what is managed and what differs, its marks, its
    last tasks, and what the next plan would do. A KEY needs the PATH that declares it; STACK/KEY
    names one of several stacks.
    """
    loaded = _load(stacks)
    settings = read_settings(flags, os.environ)
    explanation = run_workflow(settings, lambda run: explain(run, name, loaded, settings.limits))
    show(Terminal(), "explain", format_name, explanation)
    return 0


def _load(stacks: StackFlags) -> tuple[Stack, ...]:
    request = stacks.request(os.environ)
    if request.paths:
        return require_stacks(request, os.environ, tell_skipped).stacks
    if request.variables or request.var_file:
        raise UsageError(
            "--var and --var-file are variables of stacks, and no PATH is given",
            hint="name the stack file after the server",
        )
    return ()
