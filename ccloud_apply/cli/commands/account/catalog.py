"""`catalog KIND`: what the account offers, for people who write stack files."""

import os

import click

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import Flags, connection_options, format_option
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_own_settings
from ccloud_apply.model.results.listing import Listing
from ccloud_apply.render.registry import RenderOptions, formats_of
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.catalog import KINDS, read_catalog


@click.command(name="catalog")
@click.argument("kind", metavar="KIND", type=click.Choice(tuple(KINDS)))
@format_option(*formats_of("catalog"))
@connection_options
@click.pass_obj
def command(flags: Flags, kind: str, format_name: str) -> int:
    """List what the account offers.

    KIND is pools, images, addons, rollouts, subnets, vpcs, ips, gpus, licenses, prices or limits.
    """
    settings = read_own_settings(flags, os.environ)
    rows = run_workflow(settings, lambda run: read_catalog(run, kind))
    options = RenderOptions(account=describe_account(settings.connection))
    show(Terminal(), "catalog", format_name, Listing(kind=kind, rows=rows), options)
    return 0
