"""`show PLANFILE`: a saved plan in any of plan's formats. Looks at the file and nothing else.

`show --resolved [PATH...]`: stacks after variables, defaults and expansion. Needs no account.
"""

import os

import click

from ccloud_apply.cli.output.showing import show, write_files
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    connection_options,
    detail_options,
    format_option,
    variable_options,
    write_option,
)
from ccloud_apply.cli.params.values import OutputFlags, StackFlags
from ccloud_apply.cli.params.written import parse_writes
from ccloud_apply.cli.settings import read_plan_key
from ccloud_apply.errors import UsageError
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.inputs.saved_plan import read_plan_file


@click.command(name="show")
@click.argument("paths", nargs=-1, metavar="PLANFILE | PATH...")
@click.option(
    "--resolved",
    "is_resolved",
    is_flag=True,
    help="Show stacks with variables and defaults filled in, and where each value comes from.",
)
@variable_options
@write_option
@detail_options
@format_option(*formats_of("plan"))
@connection_options
@click.pass_obj
@gather(stacks=StackFlags, output=OutputFlags)
def command(flags: Flags, stacks: StackFlags, output: OutputFlags, is_resolved: bool) -> int:
    """Render a saved plan. With --resolved, show stack files as they are planned."""
    shown = output.options()
    if is_resolved:
        _show_resolved(flags, stacks, output)
        return 0
    if len(stacks.paths) != 1:
        raise UsageError(
            "show takes one PLANFILE", hint="`ccloud-apply show --resolved PATH` shows stack files"
        )
    if stacks.variables or stacks.var_file:
        raise UsageError(
            "--var and --var-file are for stacks, and a saved plan has its own values",
            hint="`ccloud-apply show --resolved PATH` shows stack files",
        )
    planfile = stacks.paths[0]
    files = parse_writes(output.write, taken=planfile)
    plan = read_plan_file(planfile, key=read_plan_key(os.environ)).plan
    terminal = Terminal()
    write_files(terminal, files, plan, shown)
    show(terminal, "plan", output.format_name, plan, shown)
    return 0


def _show_resolved(flags: Flags, stacks: StackFlags, output: OutputFlags) -> None:
    from ccloud_apply.cli.output.resolved import show_resolved

    if output.write or output.full or output.summary:
        raise UsageError(
            "--write, --full and --summary are for plans, and --resolved shows stacks",
            hint="leave them out",
        )
    show_resolved(stacks.request(flags, os.environ), os.environ, output.format_name)
