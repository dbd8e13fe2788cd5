"""`show PLANFILE`: a saved plan in any of plan's formats. Looks at the file and nothing else."""

import os

import click

from ccloud_apply.cli.output.showing import show, write_files
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    connection_options,
    detail_options,
    format_option,
    write_option,
)
from ccloud_apply.cli.params.values import OutputFlags
from ccloud_apply.cli.params.written import parse_writes
from ccloud_apply.cli.settings import read_plan_key
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.inputs.saved_plan import read_plan_file


@click.command(name="show")
@click.argument("planfile", metavar="PLANFILE")
@write_option
@detail_options
@format_option(*formats_of("plan"))
@connection_options
@gather(output=OutputFlags)
def command(planfile: str, output: OutputFlags) -> int:
    """Render a saved plan."""
    shown = output.options()
    files = parse_writes(output.write, taken=planfile)
    plan = read_plan_file(planfile, key=read_plan_key(os.environ)).plan
    terminal = Terminal()
    write_files(terminal, files, plan, shown)
    show(terminal, "plan", output.format_name, plan, shown)
    return 0
