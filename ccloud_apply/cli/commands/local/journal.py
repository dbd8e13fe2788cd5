"""`journal [PATH...]`: what earlier applies sent, and what is still open. Needs no account."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from ccloud_apply.apply.journal.inspect import find_journals, read_journal
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import connection_options, format_option
from ccloud_apply.cli.settings import read_work_dir
from ccloud_apply.errors import StackError, UsageError
from ccloud_apply.files import find_stack_files, read_stack_file
from ccloud_apply.load.text.parse import parse_document
from ccloud_apply.model.diagnostic import Diagnostic, Severity, has_errors
from ccloud_apply.model.journal import JournalReading
from ccloud_apply.render.registry import formats_of


@click.command(name="journal")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@format_option(*formats_of("journal"))
@connection_options
def command(paths: tuple[str, ...], format_name: str) -> int:
    """Show what earlier applies have sent, the unfinished first.

    Shows every journal of the work dir, or those of the stacks that are named.
    """
    stacks = _read_names(paths) if paths else None
    folder = Path(read_work_dir(os.environ))
    journals = tuple(map(read_journal, find_journals(folder, stacks)))
    terminal = Terminal()
    show(terminal, "journal", format_name, journals)
    diagnostics = [diagnostic for journal in journals for diagnostic in _diagnose(journal)]
    if diagnostics:
        from ccloud_apply.cli.failure import write_diagnostics

        write_diagnostics(terminal, diagnostics)
    return 1 if has_errors(diagnostics) else 0


def _read_names(paths: Iterable[str]) -> frozenset[str]:
    """The names of the stacks alone: whoever looks for what a crash left needs no variables."""
    names = set()
    for path in find_stack_files(paths):
        value, diagnostics = parse_document(read_stack_file(path), str(path))
        if has_errors(diagnostics):
            raise StackError(tuple(diagnostics))
        name = value.get("stack") if isinstance(value, Mapping) else None
        if not isinstance(name, str):
            raise UsageError(f"{path} does not name a stack", hint="it begins with `stack: NAME`")
        names.add(name)
    return frozenset(names)


def _diagnose(journal: JournalReading) -> Iterable[Diagnostic]:
    if journal.damage is not None:
        yield Diagnostic(
            code="journal",
            where=journal.path,
            what=journal.damage,
            hint="until the file is moved away, apply refuses to go on;"
            " after that the account alone is asked what was done",
        )
    elif journal.is_torn:
        yield Diagnostic(
            code="journal-torn",
            where=journal.path,
            what="the last record is not whole: a run was cut off, or one is writing",
            hint="the next apply cuts it off",
            severity=Severity.WARNING,
        )
