"""`console KEY [PATH...]`: the address of a server's console, which is a secret."""

import os

import click

from ccloud_apply.cli.output.access import tell_server
from ccloud_apply.cli.output.secret import secret_place
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import Flags, connection_options
from ccloud_apply.cli.params.server import (
    ServerFlags,
    secret_option,
    server_argument,
    server_paths,
)
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.plan.matching.named import NamedServer
from ccloud_apply.workflows.access import AccessRequest, read_console


@click.command(name="console")
@server_argument
@server_paths
@secret_option
@connection_options
@click.pass_obj
@gather(server=ServerFlags)
def command(flags: Flags, server: ServerFlags, out: str | None) -> int:
    """Show the address of a server's console. The address is a secret: it opens the console.

    Writes it to the terminal or to a new file (--out), never to a pipe.
    """
    terminal = Terminal()
    with secret_place(terminal, out) as write:
        found = server.load_named(flags, tell_skipped)
        request = AccessRequest(name=server.name, stacks=found.stacks)

        def say(named: NamedServer) -> None:
            tell_server(terminal, "console's address", named)

        settings = read_settings(flags, os.environ, found.project)
        write(run_workflow(settings, lambda run: read_console(run, request, on_found=say)))
    return 0
