"""`tasks [ID]`: the account's tasks; with an ID, waits for that one."""

import os
from collections.abc import Sequence

import click

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import Flags, connection_options, format_option
from ccloud_apply.cli.settings import Settings, read_settings
from ccloud_apply.cli.signals import run_until_signal
from ccloud_apply.cli.wiring import POLL_MAX_S, open_client, poll_min_s
from ccloud_apply.model.live.account import Task
from ccloud_apply.render.registry import formats_of

_LIMIT = 100


@click.command(name="tasks")
@click.argument("task_id", metavar="[ID]", type=click.IntRange(min=0), required=False)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=1800,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the task.",
)
@format_option(*formats_of("tasks"))
@connection_options
@click.pass_obj
def command(flags: Flags, task_id: int | None, timeout: float, format_name: str) -> int:
    """List the account's newest tasks; with ID, wait for it, and fail if it failed."""
    settings = read_settings(flags, os.environ)
    if task_id is None:
        show(Terminal(), "tasks", format_name, run_until_signal(lambda stop: _list(settings)))
        return 0
    task = run_until_signal(lambda stop: _wait(settings, task_id, timeout))
    show(Terminal(), "tasks", format_name, (task,))
    return 1 if task.has_failed else 0


async def _list(settings: Settings) -> Sequence[Task]:
    async with open_client(settings) as client:
        return await client.list_tasks(limit=_LIMIT)


async def _wait(settings: Settings, task_id: int, timeout_s: float) -> Task:
    from ccloud_apply.apply.tasks.watcher import TaskWatcher
    from ccloud_apply.clock import SystemClock

    async with open_client(settings) as client:
        task = await client.get_task(task_id)
        if not task.is_processing:
            return task
        watcher = TaskWatcher(
            client,
            SystemClock(),
            poll_min_s=poll_min_s(settings),
            poll_max_s=POLL_MAX_S,
            warn=_warn,
        )
        try:
            return await watcher.wait(task_id, timeout_s=timeout_s)
        finally:
            await watcher.close()


def _warn(message: str) -> None:
    from ccloud_apply.cli.failure import write_diagnostics
    from ccloud_apply.model.diagnostic import Diagnostic, Severity

    diagnostic = Diagnostic(code="tasks-unread", what=message, severity=Severity.WARNING)
    write_diagnostics(Terminal(), (diagnostic,))
