"""Resolved stacks on standard output: YAML with comments, or JSON."""

from collections.abc import Mapping

from ccloud_apply.cli.output.diagnostics import write_diagnostics
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.errors import UsageError
from ccloud_apply.load.write.resolved import write_resolved
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.inputs.stacks import StackRequest
from ccloud_apply.workflows.resolve import resolve_stacks

_FORMATS = ("text", *formats_of("resolved"))


def show_resolved(request: StackRequest, environment: Mapping[str, str], format_name: str) -> None:
    """Write the stacks of the request. Raises UsageError, also for a format of plans alone, and
    StackError."""
    if format_name not in _FORMATS:
        raise UsageError(
            f"--resolved cannot be shown as {format_name}",
            hint=f"its formats are {' and '.join(_FORMATS)}",
        )
    resolved, warnings = resolve_stacks(request, environment, tell_skipped)
    terminal = Terminal()
    if warnings:
        write_diagnostics(terminal, warnings)
    if format_name == "text":
        terminal.write_result(write_resolved(resolved))
    else:
        show(terminal, "resolved", format_name, resolved)
