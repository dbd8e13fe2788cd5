"""A value on standard output or in files, in the formats that were asked for; the formats are
`render/`'s."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.files import write_private, write_public
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan
from ccloud_apply.render.registry import Format, RenderOptions, find_format, render

if TYPE_CHECKING:
    from ccloud_apply.cli.params.written import WrittenFile

_DEFAULT = RenderOptions()


def show(
    terminal: Terminal,
    document: str,
    format_name: str,
    value: Any,
    options: RenderOptions = _DEFAULT,
) -> None:
    """Write the value as this document, in the terminal's colours; nothing if it says nothing.

    A plan's warnings and guards that the format cannot hold go to standard error.
    """
    if isinstance(value, Plan):
        from ccloud_apply.cli.repeat import complete_plan, current_flags

        value = complete_plan(value, current_flags())
    coloured = replace(options, is_coloured=terminal.has_coloured_output)
    row = find_format(document, format_name)
    text = row.render(value, coloured)
    if text:
        terminal.write_result(text)
    if isinstance(value, Plan) and row.without_warnings:
        _write_untold(terminal, value)


def write_out(row: Format, path: str, text: str) -> None:
    """Write a document to the file of `--out`, whole or not at all. What a collector of another
    user reads is for everyone, all else for its owner alone. Raises UsageError."""
    write = write_public if row.is_public else write_private
    write(Path(path), text)


def write_files(
    terminal: Terminal,
    files: Iterable["WrittenFile"],
    plan: Plan,
    options: RenderOptions = _DEFAULT,
) -> None:
    """Write the plan to each file, whole or not at all, readable for its owner alone.

    A summary is for the screen: a file has the whole plan.

    Raises UsageError for one that cannot be written.
    """
    from ccloud_apply.cli.repeat import complete_plan, current_flags

    whole = replace(options, is_summary=False)
    plan = complete_plan(plan, current_flags())
    for file in files:
        write_private(Path(file.path), render("plan", file.format_name, plan, whole))
        terminal.write_note(f"Wrote the plan to {file.path} ({file.format_name}).")


def _write_untold(terminal: Terminal, plan: Plan) -> None:
    """Say what blocks the plan, its warnings, and why servers are not compared."""
    diagnostics = [*plan.held, *(warning for stack in plan.stacks for warning in stack.warnings)]
    diagnostics += [
        Diagnostic(
            code="not-compared",
            where=f"servers.{server.key}",
            what=text,
            severity=Severity.WARNING,
            source=server.source,
        )
        for stack in plan.stacks
        for server in stack.servers
        for text in _reasons(server)
    ]
    if diagnostics:
        coloured = RenderOptions(is_coloured=terminal.has_coloured_errors)
        terminal.write_note(render("diagnostics", "text", diagnostics, coloured))


def _reasons(server: ServerPlan) -> tuple[str, ...]:
    """Why the server, or a field of it, is not compared."""
    if server.why:
        return (f"not compared: {server.why}",)
    if server.unknown and server.action is not Action.UNCHANGED:
        return server.warnings
    return ()
