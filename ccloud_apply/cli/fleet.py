"""fleet.yaml, flags and environment -> what the commands of a fleet work with."""

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from ccloud_apply.cli.fleet_database import name_person
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.settings import read_execution, read_plan_key
from ccloud_apply.cli.signals import Stop, run_until_signal

if TYPE_CHECKING:
    from ccloud_apply.fleet.open_fleet import FleetMeans
    from ccloud_apply.fleet.work.context import Context
    from ccloud_apply.fleet.work.result import RunEnd

Value = TypeVar("Value")


def read_means(config: str, on_end: "Callable[[RunEnd], None]" = lambda end: None) -> "FleetMeans":
    """What works for the fleet that this file describes; `on_end` is told of each run.

    Raises StackError with every mistake of the file, and UsageError.
    """
    from ccloud_apply.fleet.config.load import read_checked
    from ccloud_apply.fleet.open_fleet import FleetMeans

    fleet, warnings = read_checked(config)
    terminal = Terminal()
    for warning in warnings:
        terminal.write_warning(warning.what)
    return FleetMeans(
        config=fleet,
        environment=os.environ,
        execution=read_execution(os.environ),
        plan_key=read_plan_key(os.environ),
        person=name_person(),
        warn=terminal.write_warning,
        on_end=on_end,
    )


def run_in_fleet(means: "FleetMeans", work: Callable[["Context", Stop], Awaitable[Value]]) -> Value:
    """What the work gives, with the parts of the fleet open.

    Raises CcloudApplyError, and Interrupted by a signal.
    """
    from ccloud_apply.fleet.open_fleet import open_fleet

    async def command(stop: Stop) -> Value:
        async with open_fleet(means) as context:
            return await work(context, stop)

    return run_until_signal(command)
