"""`journal [PATH...]`: what earlier applies sent, and what is still open. Needs no account."""

import os
from collections.abc import Sequence

import click

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import connection_options, format_option
from ccloud_apply.cli.settings import read_work_dir
from ccloud_apply.model.diagnostic import has_errors
from ccloud_apply.model.journal import JournalReading
from ccloud_apply.workflows.journal import diagnose_journal, read_journals


@click.command(name="journal")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@format_option("text", "json")
@connection_options
def command(paths: tuple[str, ...], format_name: str) -> int:
    """Show what earlier applies have sent, the unfinished first.

    Shows every journal of the work dir, or those of the stacks that are named.
    """
    journals = read_journals(read_work_dir(os.environ), paths)
    terminal = Terminal()
    _show(terminal, journals, format_name)
    diagnostics = [diagnostic for journal in journals for diagnostic in diagnose_journal(journal)]
    if diagnostics:
        from ccloud_apply.cli.failure import write_diagnostics

        write_diagnostics(terminal, diagnostics)
    return 1 if has_errors(diagnostics) else 0


def _show(terminal: Terminal, journals: Sequence[JournalReading], format_name: str) -> None:
    if format_name == "json":
        from ccloud_apply.render.other.journal_json import render_journals_json

        terminal.write_result(render_journals_json(journals))
    else:
        from ccloud_apply.render.lib.style import Style
        from ccloud_apply.render.other.journal_text import render_journals

        terminal.write_result(render_journals(journals, Style(terminal.has_coloured_output)))
