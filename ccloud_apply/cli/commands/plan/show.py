"""`show PLANFILE`: a saved plan in any of plan's formats. Looks at the file and nothing else."""

import os

import click

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import connection_options, format_option
from ccloud_apply.cli.settings import read_plan_key
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.inputs.saved_plan import read_plan_file


@click.command(name="show")
@click.argument("planfile", metavar="PLANFILE")
@format_option(*formats_of("plan"))
@connection_options
def command(planfile: str, format_name: str) -> int:
    """Render a saved plan."""
    file = read_plan_file(planfile, key=read_plan_key(os.environ))
    show(Terminal(), "plan", format_name, file.plan)
    return 0
