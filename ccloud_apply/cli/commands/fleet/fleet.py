"""The group `fleet`, whose commands are imported when they are called."""

from importlib import import_module

import click

from ccloud_apply.cli.command_table import FLEET_COMMANDS
from ccloud_apply.cli.params.options import connection_options


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(FLEET_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in FLEET_COMMANDS:
            return None
        command: click.Command = import_module(
            f"ccloud_apply.cli.commands.fleet.{cmd_name}"
        ).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(FLEET_COMMANDS.items()))


@click.group(name="fleet", cls=_Group, no_args_is_help=False)
@connection_options
def command() -> None:
    """Keep many stacks in many accounts as declared, all the time.

    What is to be done stands in fleet.yaml; `fleet init` writes a first one.
    """
