"""`drift PATH...`: what is live against what is declared. Reads, and changes nothing."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from ccloud_apply.api.task_history import read_history
from ccloud_apply.api.webhook import Webhook
from ccloud_apply.apply.planning import read_live
from ccloud_apply.cli.failure import write_diagnostics
from ccloud_apply.cli.inputs.drift_file import read_report, write_report
from ccloud_apply.cli.inputs.stacks import StackRequest, parse_variables, require_stacks
from ccloud_apply.cli.inputs.webhook import read_webhook
from ccloud_apply.cli.output.github import add_summary, is_github, set_outputs
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import (
    Flags,
    connection_options,
    format_option,
    paths_argument,
    variable_options,
)
from ccloud_apply.cli.settings import Settings, read_settings
from ccloud_apply.cli.signals import run_until_signal
from ccloud_apply.cli.wiring import open_client
from ccloud_apply.errors import PlanError
from ccloud_apply.files import write_private, write_public
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.views.drift import (
    as_compared,
    drifted_hostnames,
    find_drift,
    with_last_tasks,
)
from ccloud_apply.plan.views.drift_since import keep_new
from ccloud_apply.render.registry import RenderOptions, find_format, formats_of, render

DRIFT = 2


@click.command(name="drift")
@paths_argument
@click.option("--out", metavar="FILE", help="Write the report to a file, not to standard output.")
@click.option("--save", metavar="FILE", help="Save the report for a later --since.")
@click.option("--since", metavar="FILE", help="Show only what an earlier report has not.")
@click.option("--webhook", metavar="URL", help="Tell drift to this address, as a CloudEvent.")
@click.option("--unmanaged", is_flag=True, help="Also list servers that belong to no stack.")
@click.option(
    "--target", multiple=True, metavar="KEY", help="Only this server; a glob, repeatable."
)
@click.option(
    "--exclude", multiple=True, metavar="KEY", help="Leave this server out; a glob, repeatable."
)
@variable_options
@format_option(*formats_of("drift"))
@connection_options
@click.pass_obj
def command(
    flags: Flags,
    paths: tuple[str, ...],
    out: str | None,
    save: str | None,
    since: str | None,
    webhook: str | None,
    unmanaged: bool,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    variables: tuple[str, ...],
    var_file: str | None,
    format_name: str,
) -> int:
    """Compare what is live with what is declared. Changes nothing; exit code 2 if it differs."""
    request = StackRequest(paths=paths, variables=parse_variables(variables), var_file=var_file)
    stacks = require_stacks(request, os.environ).stacks
    settings = read_settings(flags, os.environ)
    receiver = read_webhook(webhook, os.environ)
    earlier = None if since is None else read_report(since)
    options = PlanOptions(target=target, exclude=exclude, has_checks=False)
    report = run_until_signal(lambda stop: _read_and_compare(settings, stacks, options))
    shown = report if since is None else keep_new(report, earlier)
    terminal = Terminal()
    _write(terminal, shown, format_name, out, has_unmanaged=unmanaged)
    _publish(terminal, shown, has_unmanaged=unmanaged)
    if receiver is not None:
        _tell(receiver, shown)
    if save is not None:  # after the alarm: what was not told stays new
        write_report(save, report)
    return DRIFT if shown.has_drift else 0


def _write(
    terminal: Terminal,
    report: DriftReport,
    format_name: str,
    out: str | None,
    *,
    has_unmanaged: bool,
) -> None:
    is_coloured = out is None and terminal.has_coloured_output
    options = RenderOptions(is_coloured=is_coloured, has_unmanaged=has_unmanaged)
    text = render("drift", format_name, report, options)
    if out is None:
        terminal.write_result(text)
    else:
        from ccloud_apply.render.drift.words import conclude

        # A collector that reads metrics runs as another user.
        is_public = find_format("drift", format_name).is_public
        write = write_public if is_public else write_private
        write(Path(out), text)
        terminal.write_note(f"{conclude(report)}\nWrote the report to {out}.")
    if format_name != "text" or out is not None:
        warnings = [warning for stack in report.stacks for warning in stack.warnings]
        if warnings:
            write_diagnostics(terminal, warnings)


def _tell(webhook: Webhook, report: DriftReport) -> None:
    """Raises WebhookError: an alarm that nobody got is an error."""
    from random import random

    from ccloud_apply.api.webhook import send_message
    from ccloud_apply.clock import SystemClock
    from ccloud_apply.render.drift.event import CONTENT_TYPE, render_drift_event

    text = render_drift_event(report)
    if text is None:
        return
    body = text.encode()
    run_until_signal(
        lambda stop: send_message(webhook, body, CONTENT_TYPE, clock=SystemClock(), random=random)
    )


def _publish(terminal: Terminal, report: DriftReport, *, has_unmanaged: bool) -> None:
    """The report on the step's page at GitHub, and whether there is drift as an output."""
    if not is_github():
        return
    options = RenderOptions(has_unmanaged=has_unmanaged)
    add_summary(terminal, render("drift", "markdown", report, options))
    set_outputs(terminal, {"drift": "true" if report.has_drift else "false"})


async def _read_and_compare(
    settings: Settings, stacks: Sequence[Stack], options: PlanOptions
) -> DriftReport:
    compared = tuple(map(as_compared, stacks))
    async with open_client(settings) as client:
        account = await read_live(client, compared, options)
        report, diagnostics = find_drift(compared, account, options)
        if report is None:
            raise PlanError(diagnostics)
        history = await read_history(client, drifted_hostnames(report))
        return with_last_tasks(report, history.tasks, history.failures)
