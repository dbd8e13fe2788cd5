"""A rehearsal's result: on standard output, or as a note before an apply."""

from ccloud_apply.cli.output.showing import show_plan
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.results.rehearsal import Rehearsal


def show_rehearsal(terminal: Terminal, rehearsal: Rehearsal, format_name: str) -> None:
    """Write the result; of a plan that is held, the plan."""
    if format_name == "json":
        from ccloud_apply.render.other.rehearsal_json import render_rehearsal_json

        terminal.write_result(render_rehearsal_json(rehearsal))
    elif rehearsal.plan.held:
        show_plan(terminal, rehearsal.plan, "text")
    else:
        terminal.write_result(render_text(rehearsal, is_coloured=terminal.has_coloured_output))


def render_text(rehearsal: Rehearsal, *, is_coloured: bool) -> str:
    """The result for a person."""
    from ccloud_apply.render.lib.style import Style
    from ccloud_apply.render.other.rehearsal_text import render_rehearsal

    return render_rehearsal(rehearsal, Style(is_coloured))


def tell_rehearsal(rehearsal: Rehearsal) -> None:
    """Tell on standard error what comes of it. Raises ApplyError if that is nothing good."""
    if rehearsal.plan.held:
        return  # which the apply itself says, and with what exit code
    terminal = Terminal()
    terminal.write_note(render_text(rehearsal, is_coloured=terminal.has_coloured_errors))
    if not rehearsal.has_passed:
        raise ApplyError(
            "the rehearsal failed: nothing was changed",
            hint="correct the stack, or apply without --rehearse",
        )
