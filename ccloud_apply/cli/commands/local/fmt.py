"""`fmt [PATH]...`: the one layout of stack files, offline."""

import sys

import click

from ccloud_apply.cli.output.diagnostics import write_diagnostics
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.errors import UsageError
from ccloud_apply.files import MAX_STACK_BYTES
from ccloud_apply.model.results.formatting import Formatting
from ccloud_apply.model.text import count_of
from ccloud_apply.workflows.format_files import format_content, format_files, write_formatted

_STANDARD_INPUT = "-"


@click.command(name="fmt")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Write nothing. Exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing. Show what would change.")
@connection_options
def command(paths: tuple[str, ...], check: bool, diff: bool) -> int:
    """Format stack files: order of keys, indentation, empty lines.

    Keeps comments, and never changes a value. PATH is a file or a folder, by default the current
    folder. "-" reads standard input and writes to standard output. In a folder, formats stacks,
    project files and the files that they name. Prints the names of the files that change.
    """
    terminal = Terminal()
    if _STANDARD_INPUT in paths:
        return _format_input(terminal, paths, check=check, diff=diff)
    formatting = format_files(paths or (".",), shows=diff, on_skipped=tell_skipped)
    show(terminal, "formatting", "diff" if diff else "text", formatting)
    if not (check or diff):
        write_formatted(formatting)
    if any(file.after is not None for file in formatting.files):
        terminal.write_note(_sum_up(formatting, is_written=not (check or diff)))
    return _conclude(terminal, formatting, check=check)


def _format_input(terminal: Terminal, paths: tuple[str, ...], *, check: bool, diff: bool) -> int:
    """Standard input to standard output: whole, or nothing at all."""
    if len(paths) > 1:
        raise UsageError('"-" is standard input and stands alone', hint="leave out the other paths")
    content = sys.stdin.buffer.read(MAX_STACK_BYTES + 1)
    file = format_content(content, "<stdin>", shows=diff)
    formatting = Formatting(files=(file,))
    if diff:
        show(terminal, "formatting", "diff", formatting)
    elif file.after is not None and not check:
        terminal.write_file(file.after.encode())
    return _conclude(terminal, formatting, check=check)


def _conclude(terminal: Terminal, formatting: Formatting, *, check: bool) -> int:
    if formatting.diagnostics:
        write_diagnostics(terminal, formatting.diagnostics)
    return 1 if formatting.diagnostics or (check and formatting.changed) else 0


def _sum_up(formatting: Formatting, *, is_written: bool) -> str:
    """One sentence about how many files change, and how many need not."""
    changed = len(formatting.changed)
    left = sum(file.after is not None for file in formatting.files) - changed
    same = f"{count_of(left, 'file')} {'is' if left == 1 else 'are'} already formatted"
    if not changed:
        return f"{same[0].upper()}{same[1:]}."
    if is_written:
        parts = [f"Formatted {count_of(changed, 'file')}"]
    else:
        parts = [f"{count_of(changed, 'file')} {'is' if changed == 1 else 'are'} not formatted"]
    return "; ".join([*parts, *([same] if left else [])]) + "."
