"""`fleet plan STACK`: what a run of the stack would change now."""

import click

from ccloud_apply.cli.exit_codes import HELD
from ccloud_apply.cli.fleet import read_means, run_in_fleet
from ccloud_apply.cli.fleet_database import name_person
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option
from ccloud_apply.cli.params.options import connection_options, format_option
from ccloud_apply.render.registry import formats_of


@click.command(name="plan")
@click.argument("stack", metavar="STACK")
@config_option
@format_option(*formats_of("plan"))
@connection_options
def command(stack: str, config: str, format_name: str) -> int:
    """Show what a run of one stack would change now. Changes and proposes nothing.

    STACK is NAME or ACCOUNT/NAME.
    """
    from ccloud_apply.fleet.asked import plan_now

    plan = run_in_fleet(
        read_means(config), lambda context, stop: plan_now(context, stack, name_person())
    )
    show(Terminal(), "plan", format_name, plan)
    return HELD if plan.held else 0
