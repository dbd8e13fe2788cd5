"""`show PLANFILE`: a saved plan in any of plan's formats. Looks at the file and nothing else."""

import click

from ccloud_apply.cli.output.showing import PLAN_FORMATS, show_plan
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import connection_options, format_option
from ccloud_apply.workflows.inputs.saved_plan import read_plan_file


@click.command(name="show")
@click.argument("planfile", metavar="PLANFILE")
@format_option(*PLAN_FORMATS)
@connection_options
def command(planfile: str, format_name: str) -> int:
    """Render a saved plan."""
    show_plan(Terminal(), read_plan_file(planfile).plan, format_name)
    return 0
