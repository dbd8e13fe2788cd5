"""`password KEY [PATH...]`: the password that the platform keeps of a server."""

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
from ccloud_apply.model.live.access import PasswordAnswer
from ccloud_apply.plan.matching.named import NamedServer
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.workflows.access import AccessRequest, read_password


@click.command(name="password")
@server_argument
@server_paths
@secret_option
@connection_options
@click.pass_obj
@gather(server=ServerFlags)
def command(flags: Flags, server: ServerFlags, out: str | None) -> int:
    """Show the password that the platform keeps for a server. It may be readable only once.

    Writes only the password, to the terminal or to a new file (--out), never to a pipe.
    """
    terminal = Terminal()
    with secret_place(terminal, out) as write:
        found = server.load_named(flags, tell_skipped)
        request = AccessRequest(name=server.name, stacks=found.stacks)

        def say(named: NamedServer) -> None:
            tell_server(terminal, "password", named)
            terminal.write_note("The platform may show it this one time only: keep it.")

        def keep(answer: PasswordAnswer) -> None:
            write(_lines_of(terminal, answer))

        settings = read_settings(flags, os.environ, found.project)
        run_workflow(settings, lambda run: read_password(run, request, on_found=say, keep=keep))
    return 0


def _lines_of(terminal: Terminal, answer: PasswordAnswer) -> str:
    """The password alone, for `{file: ...}` and `$(cat FILE)`; the user's name is no secret."""
    if answer.other is not None:
        terminal.write_warning(
            "the answer is not as the API document says, so all of it is shown as it came"
        )
        return answer.other
    for one in answer.entries:
        if one.username:
            terminal.write_note(f"User: {escape_line(one.username)}")
    return "\n".join(one.password or "" for one in answer.entries)
