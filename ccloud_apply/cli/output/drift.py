"""A drift report, in the format that was asked for, and on the step's page at GitHub."""

from ccloud_apply.cli.output.diagnostics import write_diagnostics
from ccloud_apply.cli.output.github import add_summary, is_github, set_outputs
from ccloud_apply.cli.output.showing import write_out
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.values import OutputFlags
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.render.registry import RenderOptions, find_format, render


def write_report(
    terminal: Terminal, report: DriftReport, output: OutputFlags, *, has_unmanaged: bool
) -> None:
    """Write the report to standard output, or to a file. Raises UsageError."""
    format_name, out = output.format_name, output.out
    is_coloured = out is None and terminal.has_coloured_output
    options = RenderOptions(is_coloured=is_coloured, has_unmanaged=has_unmanaged)
    row = find_format("drift", format_name)
    text = row.render(report, options)
    if out is None:
        terminal.write_result(text)
    else:
        from ccloud_apply.render.drift.words import conclude

        write_out(row, out, text)
        terminal.write_note(f"{conclude(report)}\nWrote the report to {out}.")
    if format_name != "text" or out is not None:
        warnings = [warning for stack in report.stacks for warning in stack.warnings]
        if warnings:
            write_diagnostics(terminal, warnings)


def publish_report(terminal: Terminal, report: DriftReport, *, has_unmanaged: bool) -> None:
    """The report on the step's page at GitHub, and whether there is drift as an output."""
    if not is_github():
        return
    options = RenderOptions(has_unmanaged=has_unmanaged)
    add_summary(terminal, render("drift", "markdown", report, options))
    set_outputs(terminal, {"drift": "false" if report.matches else "true"})
