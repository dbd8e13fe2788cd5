"""`drift PATH...`: what is live against what is declared. Reads, and changes nothing."""

import os
from dataclasses import replace

import click

from ccloud_apply.cli.exit_codes import DIFFERENT
from ccloud_apply.cli.output.drift import publish_report, write_report
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    connection_options,
    format_option,
    paths_argument,
    target_options,
    variable_options,
)
from ccloud_apply.cli.params.values import OutputFlags, PlanFlags, ReportFlags, StackFlags
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.cli.signals import run_until_signal
from ccloud_apply.cli.webhook import read_webhook
from ccloud_apply.plan.views.drift_since import keep_new
from ccloud_apply.render.registry import find_format, formats_of
from ccloud_apply.workflows.drift import compare_stacks
from ccloud_apply.workflows.inputs.commit import find_commit
from ccloud_apply.workflows.inputs.drift_report import (
    read_report,
    require_comparable,
    require_output_place,
    require_report_place,
    save_report,
)
from ccloud_apply.workflows.inputs.stacks import require_stacks


@click.command(name="drift")
@paths_argument
@click.option(
    "--out", metavar="FILE", help="Write the report to a file instead of standard output."
)
@click.option("--save", metavar="FILE", help="Save the report for a later run with --since.")
@click.option("--since", metavar="FILE", help="Show only what is new since this saved report.")
@click.option(
    "--webhook", metavar="URL", help="Send drift to this address as a CloudEvent (CCLOUD_WEBHOOK)."
)
@click.option(
    "--unmanaged",
    is_flag=True,
    help="Also list servers of other stacks, and servers without a stack.",
)
@click.option(
    "--lists-only",
    is_flag=True,
    help="Read only lists, no single servers, and say what was not compared.",
)
@target_options
@variable_options
@format_option(*formats_of("drift"))
@connection_options
@click.pass_obj
@gather(stacks=StackFlags, planned=PlanFlags, output=OutputFlags, told=ReportFlags)
def command(
    flags: Flags, stacks: StackFlags, planned: PlanFlags, output: OutputFlags, told: ReportFlags
) -> int:
    """Compare what is live with what is declared. Changes nothing. Exit code 2 means drift."""
    found = require_stacks(stacks.request(flags, os.environ), os.environ, tell_skipped)
    loaded, settings = found.stacks, read_settings(flags, os.environ, found.project)
    receiver = read_webhook(told.webhook, os.environ)
    earlier = None if told.since is None else read_report(told.since)
    if output.out is not None:
        require_output_place(output.out, output.format_name)
    if told.save is not None:
        require_report_place(told.save)
    options, lists_only = planned.options(), told.lists_only
    report = run_workflow(
        settings, lambda run: compare_stacks(run, loaded, options, lists_only=lists_only)
    )
    if told.since is not None and earlier is not None:
        require_comparable(told.since, earlier, report)
    if told.save is not None or find_format("drift", output.format_name).shows_commit:
        files = (file for stack in loaded for file in stack.files)
        report = replace(report, commit=find_commit(files, os.environ))
    shown = report if told.since is None else keep_new(report, earlier)
    terminal = Terminal()
    write_report(terminal, shown, output, has_unmanaged=told.unmanaged)
    publish_report(terminal, shown, has_unmanaged=told.unmanaged)
    if receiver is not None:
        from ccloud_apply.clock import SystemClock
        from ccloud_apply.workflows.alarm import tell_drift

        run_until_signal(lambda stop: tell_drift(receiver, shown, SystemClock()))
    if told.save is not None:  # after the alarm: what was not told stays new
        save_report(told.save, report)
    return 0 if shown.matches else DIFFERENT
