"""Runs a workflow for a command: opens the account, and lets a signal end it."""

import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.settings import Settings
from ccloud_apply.cli.signals import Stop, run_until_signal
from ccloud_apply.workflows.account.connect import open_run
from ccloud_apply.workflows.account.run import Run

Value = TypeVar("Value")


def run_workflow(settings: Settings, work: Callable[[Run], Awaitable[Value]]) -> Value:
    """What the workflow gives. Raises CcloudApplyError, and Interrupted by a signal."""
    return run_stoppable(settings, lambda run, stop: work(run))


def run_stoppable(settings: Settings, work: Callable[[Run, Stop], Awaitable[Value]]) -> Value:
    """The same for a workflow that a signal may ask to stop."""
    note = Terminal().write_note if settings.is_verbose else None

    async def command(stop: Stop) -> Value:
        async with open_run(settings.connection, environment=os.environ, note=note) as run:
            run.client.tell_waits(Terminal().write_warning)
            return await work(run, stop)

    return run_until_signal(command)
