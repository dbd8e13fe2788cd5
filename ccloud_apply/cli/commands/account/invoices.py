"""`invoices [ID]`: what the account was billed, and what it will be. Reads, and changes nothing."""

import os

import click

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import Flags, connection_options, format_option
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_own_settings
from ccloud_apply.errors import UsageError
from ccloud_apply.render.registry import RenderOptions, formats_of
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.billing.invoices import list_invoices, preview_invoice, read_invoice


@click.command(name="invoices")
@click.argument("number", metavar="[ID]", type=click.IntRange(min=0), required=False)
@click.option("--preview", is_flag=True, help="Show the preview of this month's invoice.")
@format_option(*formats_of("invoices"))
@connection_options
@click.pass_obj
def command(flags: Flags, number: int | None, preview: bool, format_name: str) -> int:
    """List the account's invoices, or show the lines of the one with this ID."""
    if preview and number is not None:
        raise UsageError(
            "ID and --preview exclude each other", hint="leave out the ID: the preview has none"
        )
    settings = read_own_settings(flags, os.environ)
    options = RenderOptions(account=describe_account(settings.connection))
    if number is None and not preview:
        invoices = run_workflow(settings, list_invoices)
        show(Terminal(), "invoices", format_name, invoices, options)
        return 0
    invoice = run_workflow(
        settings,
        preview_invoice if number is None else lambda run: read_invoice(run, number),
    )
    show(Terminal(), "invoice", format_name, invoice, options)
    return 0
