"""`tasks [ID]`: the account's tasks; with an ID, waits for that one."""

import os

import click

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import Flags, connection_options, format_option, timeout_option
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_own_settings
from ccloud_apply.render.registry import RenderOptions, formats_of
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.tasks import list_tasks, wait_for_task


@click.command(name="tasks")
@click.argument("task_id", metavar="[ID]", type=click.IntRange(min=0), required=False)
@timeout_option()
@format_option(*formats_of("tasks"))
@connection_options
@click.pass_obj
def command(flags: Flags, task_id: int | None, timeout: float, format_name: str) -> int:
    """List the account's newest tasks, or wait for the task with this ID.

    With ID, the exit code is 1 if the task fails.
    """
    settings = read_own_settings(flags, os.environ)
    options = RenderOptions(account=describe_account(settings.connection))
    if task_id is None:
        show(Terminal(), "tasks", format_name, run_workflow(settings, list_tasks), options)
        return 0
    task = run_workflow(
        settings, lambda run: wait_for_task(run, task_id, timeout_s=timeout, warn=_warn)
    )
    show(Terminal(), "tasks", format_name, (task,), options)
    return 1 if task.has_failed else 0


def _warn(message: str) -> None:
    from ccloud_apply.cli.output.diagnostics import write_diagnostics
    from ccloud_apply.model.diagnostic import Diagnostic, Severity

    diagnostic = Diagnostic(code="tasks-unread", what=message, severity=Severity.WARNING)
    write_diagnostics(Terminal(), (diagnostic,))
