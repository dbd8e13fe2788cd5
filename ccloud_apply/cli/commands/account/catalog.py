"""`catalog KIND`: what the account offers, for people who write stack files."""

import os

import click

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import Flags, connection_options, format_option
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.workflows.catalog import KINDS, read_catalog


@click.command(name="catalog")
@click.argument("kind", metavar="KIND", type=click.Choice(tuple(KINDS)))
@format_option("text", "json")
@connection_options
@click.pass_obj
def command(flags: Flags, kind: str, format_name: str) -> int:
    """List what the account offers.

    KIND is pools, images, addons, rollouts, subnets, gpus, licenses, prices or limits.
    """
    settings = read_settings(flags, os.environ)
    rows = run_workflow(settings, lambda run: read_catalog(run, kind))
    terminal = Terminal()
    if format_name == "json":
        from ccloud_apply.render.other.catalog_json import render_catalog_json

        terminal.write_result(render_catalog_json(kind, rows))
    else:
        from ccloud_apply.render.lib.style import Style
        from ccloud_apply.render.other.catalog_text import render_catalog

        terminal.write_result(render_catalog(kind, rows, Style(terminal.has_coloured_output)))
    return 0
