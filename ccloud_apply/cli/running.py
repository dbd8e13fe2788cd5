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


def run_workflow(
    settings: Settings, work: Callable[[Run], Awaitable[Value]], *, is_planned: bool = False
) -> Value:
    """What the workflow gives. Writes a warning if the account may not be the expected one, unless
    `is_planned`: the plan that the workflow makes says it.

    Raises CcloudApplyError, and Interrupted by a signal.
    """
    return run_stoppable(settings, lambda run, stop: work(run), is_planned=is_planned)


def run_stoppable(
    settings: Settings, work: Callable[[Run, Stop], Awaitable[Value]], *, is_planned: bool = False
) -> Value:
    """The same for a workflow that a signal may ask to stop."""
    note = Terminal().write_note if settings.is_verbose else None

    async def command(stop: Stop) -> Value:
        async with open_run(settings.connection, environment=os.environ, note=note) as run:
            run.client.tell_waits(Terminal().write_warning)
            if run.account_doubt and not is_planned:
                Terminal().write_warning(run.account_doubt)
            return await work(run, stop)

    return run_until_signal(command)
