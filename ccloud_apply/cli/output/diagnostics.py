"""Diagnostics on standard error. What stopped a command becomes diagnostics in `cli/failure.py`."""

from collections.abc import Sequence

from ccloud_apply.cli.output.github import annotate
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.render.registry import RenderOptions, render


def write_diagnostics(terminal: Terminal, diagnostics: Sequence[Diagnostic]) -> None:
    """Write diagnostics to standard error, and beside the lines of a change at GitHub."""
    from ccloud_apply.cli.repeat import complete_diagnostics, current_flags

    diagnostics = complete_diagnostics(diagnostics, current_flags())
    options = RenderOptions(is_coloured=terminal.has_coloured_errors)
    terminal.write_note(render("diagnostics", "text", diagnostics, options))
    annotate(terminal, diagnostics)
