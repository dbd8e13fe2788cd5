"""`reports [MONTH]`: which months have a report, or the report of one as a PDF file."""

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
from ccloud_apply.workflows.billing.reports import list_reports, require_place, save_report


@click.command(name="reports")
@click.argument("month", metavar="[MONTH]", required=False)
@click.option("--out", metavar="FILE", help="Write the PDF to this file.")
@click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")
@format_option(*formats_of("reports"))
@connection_options
@click.pass_obj
def command(
    flags: Flags, month: str | None, out: str | None, overwrite: bool, format_name: str
) -> int:
    """List the months that have a report, or write the report of MONTH to a file."""
    settings = read_own_settings(flags, os.environ)
    terminal = Terminal()
    if month is None:
        if out is not None:
            raise UsageError("--out needs a MONTH", hint="`ccloud-apply reports` lists the months")
        options = RenderOptions(account=describe_account(settings.connection))
        show(terminal, "reports", format_name, run_workflow(settings, list_reports), options)
        return 0
    if out is None:
        raise UsageError(
            "a report is a PDF and is not written to the terminal",
            hint="name a file for it: --out FILE",
        )
    path = require_place(out, may_replace=overwrite)
    size = run_workflow(settings, lambda run: save_report(run, month, path, may_replace=overwrite))
    terminal.write_note(f"Wrote the report {month} to {out} ({size:,} bytes).")
    return 0
