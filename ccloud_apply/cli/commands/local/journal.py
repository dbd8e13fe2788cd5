"""`journal [PATH...]`: what earlier applies sent, and what is still open. Needs no account."""

import os

import click

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import Flags, connection_options, format_option
from ccloud_apply.cli.settings import read_work_dir
from ccloud_apply.model.diagnostic import has_errors
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.journal import diagnose_journal, read_journals


@click.command(name="journal")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@format_option(*formats_of("journal"))
@connection_options
@click.pass_obj
def command(flags: Flags, paths: tuple[str, ...], format_name: str) -> int:
    """Show what earlier applies sent, what is unfinished first.

    Shows every journal in the work dir, or those of the stacks in PATH.
    """
    project = None
    if paths:  # else nothing is loaded
        from ccloud_apply.cli.params.project import choose_project

        project = choose_project(flags, os.environ)
    work_dir = read_work_dir(os.environ)
    journals = read_journals(work_dir, paths, tell_skipped, project=project, environment=os.environ)
    terminal = Terminal()
    show(terminal, "journal", format_name, journals)
    diagnostics = [diagnostic for journal in journals for diagnostic in diagnose_journal(journal)]
    if diagnostics:
        from ccloud_apply.cli.output.diagnostics import write_diagnostics

        write_diagnostics(terminal, diagnostics)
    return 1 if has_errors(diagnostics) else 0
