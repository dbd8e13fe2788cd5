"""`explain KEY or HOSTNAME [PATH...]`: all that is known of one server. Changes nothing."""

import os

import click

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import Flags, connection_options, format_option
from ccloud_apply.cli.params.server import ServerFlags, server_argument, server_paths
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.explain import explain


@click.command(name="explain")
@server_argument
@server_paths
@format_option(*formats_of("explain"))
@connection_options
@click.pass_obj
@gather(server=ServerFlags)
def command(flags: Flags, server: ServerFlags, format_name: str) -> int:
    """Explain one server. Changes nothing.

    Shows where the server is declared and who changed that last, which fields are managed and which
    differ, its marks, its last tasks, and what the next plan would do. A KEY needs the PATH that
    declares it, or a project file. STACK/KEY names the stack if several have the key.
    """
    found = server.load_given(flags, tell_skipped)
    stacks, settings = found.stacks, read_settings(flags, os.environ, found.project)
    explanation = run_workflow(
        settings, lambda run: explain(run, server.name, stacks, settings.limits)
    )
    show(Terminal(), "explain", format_name, explanation)
    return 0
