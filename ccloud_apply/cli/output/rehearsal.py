"""A rehearsal's result: on standard output, or as a note before an apply."""

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.results.rehearsal import Rehearsal
from ccloud_apply.render.registry import RenderOptions, render


def show_rehearsal(terminal: Terminal, rehearsal: Rehearsal, format_name: str) -> None:
    """Write the result; of a plan that a guard blocks, the plan."""
    if format_name == "text" and rehearsal.plan.held:
        show(terminal, "plan", "text", rehearsal.plan)
    else:
        show(terminal, "rehearsal", format_name, rehearsal)


def tell_rehearsal(rehearsal: Rehearsal) -> None:
    """Tell on standard error what comes of it. Raises ApplyError if that is nothing good."""
    if rehearsal.plan.held:
        return  # which the apply itself says, and with what exit code
    terminal = Terminal()
    options = RenderOptions(is_coloured=terminal.has_coloured_errors)
    terminal.write_note(render("rehearsal", "text", rehearsal, options))
    if not rehearsal.has_passed:
        raise ApplyError(
            "the rehearsal failed: nothing was changed",
            hint="fix the stack, or apply without --rehearse",
        )
