"""fleet.yaml, flags and environment -> what the commands of a fleet work with."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ccloud_apply.cli.fleet_database import name_person
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.settings import read_execution, read_plan_key
from ccloud_apply.cli.signals import Stop, run_until_signal

if TYPE_CHECKING:
    from ccloud_apply.cli.output.fleet_run import RunLines
    from ccloud_apply.fleet.open_fleet import FleetMeans
    from ccloud_apply.fleet.work.context import Context

Value = TypeVar("Value")

_END_S = 30.0


def read_means(config: str, lines: "RunLines | None" = None) -> "FleetMeans":
    """What works for the fleet that this file describes; `lines` tell of each run and poll.

    Raises StackError with every mistake of the file, and UsageError.
    """
    from ccloud_apply.cli.output.diagnostics import write_diagnostics
    from ccloud_apply.fleet.config.load import read_checked
    from ccloud_apply.fleet.open_fleet import FleetMeans

    fleet, warnings = read_checked(config)
    terminal = Terminal()
    if warnings:
        write_diagnostics(terminal, warnings)
    means = FleetMeans(
        config=fleet,
        environment=os.environ,
        execution=read_execution(os.environ),
        plan_key=read_plan_key(os.environ),
        person=name_person(),
        warn=terminal.write_warning,
    )
    return means if lines is None else replace(means, on_end=lines.tell, on_poll=lines.tell_poll)


def run_in_fleet(means: "FleetMeans", work: Callable[["Context", Stop], Awaitable[Value]]) -> Value:
    """What the work gives, with the parts of the fleet open. A signal has its runs send nothing
    more, and then ends it.

    Raises CcloudApplyError, and Interrupted by a signal.
    """
    from ccloud_apply.fleet.open_fleet import open_fleet

    async def command(stop: Stop) -> Value:
        async with open_fleet(means) as context:
            with stop.watched() as event:
                return await _work(context, event, work(context, stop))

    return run_until_signal(command)


async def _work(context: "Context", event: asyncio.Event, work: Awaitable[Value]) -> Value:
    """Cancelled by the event: a run notes first what it has sent."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.create_task(event.wait())
    await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not event.is_set():
        return await working
    context.stop.set()
    await asyncio.wait([working], timeout=_END_S)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    raise asyncio.CancelledError
