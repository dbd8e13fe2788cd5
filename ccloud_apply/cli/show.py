"""`show PLANFILE`: a saved plan in any of plan's formats. Looks at the file and nothing else."""

import click

from ccloud_apply.cli.options import connection_options, format_option
from ccloud_apply.cli.saved import read_plan_file
from ccloud_apply.cli.showing import PLAN_FORMATS, show_plan
from ccloud_apply.cli.terminal import Terminal


@click.command(name="show")
@click.argument("planfile", metavar="PLANFILE")
@format_option(*PLAN_FORMATS)
@connection_options
def command(planfile: str, format_name: str) -> int:
    """Render a saved plan."""
    show_plan(Terminal(), read_plan_file(planfile).plan, format_name)
    return 0
