"""A drift report, in the format that was asked for, and on the step's page at GitHub."""

from pathlib import Path

from ccloud_apply.cli.failure import write_diagnostics
from ccloud_apply.cli.output.github import add_summary, is_github, set_outputs
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.values import OutputFlags
from ccloud_apply.files import write_private, write_public
from ccloud_apply.model.results.drift import DriftReport

DRIFT_FORMATS = ("text", "json", "markdown", "html", "junit", "prometheus")


def write_report(
    terminal: Terminal, report: DriftReport, output: OutputFlags, *, has_unmanaged: bool
) -> None:
    """Write the report to standard output, or to a file. Raises UsageError."""
    format_name, out = output.format_name, output.out
    is_coloured = out is None and terminal.has_coloured_output
    text = _render(report, format_name, has_unmanaged=has_unmanaged, is_coloured=is_coloured)
    if out is None:
        terminal.write_result(text)
    else:
        from ccloud_apply.render.drift.words import conclude

        # Metrics are read by a collector of another user, and hold names and numbers alone.
        write = write_public if format_name == "prometheus" else write_private
        write(Path(out), text)
        terminal.write_note(f"{conclude(report)}\nWrote the report to {out}.")
    if format_name != "text" or out is not None:
        warnings = [warning for stack in report.stacks for warning in stack.warnings]
        if warnings:
            write_diagnostics(terminal, warnings)


def publish_report(terminal: Terminal, report: DriftReport, *, has_unmanaged: bool) -> None:
    """The report on the step's page at GitHub, and whether there is drift as an output."""
    if not is_github():
        return
    from ccloud_apply.render.drift.markdown import render_drift_markdown

    add_summary(terminal, render_drift_markdown(report, has_unmanaged=has_unmanaged))
    set_outputs(terminal, {"drift": "true" if report.has_drift else "false"})


def _render(
    report: DriftReport, format_name: str, *, has_unmanaged: bool, is_coloured: bool
) -> str:
    if format_name == "text":
        from ccloud_apply.render.drift.text import render_drift
        from ccloud_apply.render.lib.style import Style

        return render_drift(report, Style(is_coloured), has_unmanaged=has_unmanaged)
    if format_name == "json":
        from ccloud_apply.render.drift.json_document import render_drift_json

        return render_drift_json(report)
    if format_name == "markdown":
        from ccloud_apply.render.drift.markdown import render_drift_markdown

        return render_drift_markdown(report, has_unmanaged=has_unmanaged)
    if format_name == "html":
        from ccloud_apply.render.drift.html_document import render_drift_html

        return render_drift_html(report, has_unmanaged=has_unmanaged)
    if format_name == "prometheus":
        from ccloud_apply.render.drift.prometheus import render_drift_prometheus

        return render_drift_prometheus(report)
    from ccloud_apply.render.drift.junit import render_drift_junit

    return render_drift_junit(report, has_unmanaged=has_unmanaged)
