"""The group `fleet`, whose commands are imported when they are called."""

import click

from ccloud_apply.cli.command_table import FLEET_COMMANDS, fleet_command_module
from ccloud_apply.cli.lazy_group import LazyGroup
from ccloud_apply.cli.params.options import connection_options


@click.group(
    name="fleet",
    cls=LazyGroup,
    table=FLEET_COMMANDS,
    module_of=fleet_command_module,
    words=("fleet",),
    no_args_is_help=False,
)
@connection_options
def command() -> None:
    """Keep many stacks in many accounts as declared, all the time.

    The file fleet.yaml says what to do. `ccloud-apply fleet init` writes a first one.
    """
