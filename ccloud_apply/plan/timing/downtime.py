"""How long a server is expected to be down: from the request that stops it to the one that starts
it again. How long a start takes no task list tells, because nothing has to follow it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil

from ccloud_apply.model.results.plan import Plan, ServerPlan, StackPlan, Step
from ccloud_apply.plan.timing.history import Durations
from ccloud_apply.plan.timing.steps import expect_seconds


def add_downtime(plan: Plan, durations: Durations) -> Plan:
    """The plan, whose servers say how long they are expected to be down."""
    return replace(plan, stacks=tuple(_add(stack, durations) for stack in plan.stacks))


def _add(stack: StackPlan, durations: Durations) -> StackPlan:
    if not any(server.has_downtime for server in stack.servers):
        return stack
    steps: dict[str, list[Step]] = {}
    for step in stack.steps:
        steps.setdefault(step.server, []).append(step)
    servers = (_time(server, steps.get(server.key, ()), durations) for server in stack.servers)
    return replace(stack, servers=tuple(servers))


def _time(server: ServerPlan, steps: Sequence[Step], durations: Durations) -> ServerPlan:
    return (
        replace(server, downtime_s=find_downtime(steps, durations))
        if (server.has_downtime)
        else server
    )


def find_downtime(steps: Sequence[Step], durations: Durations) -> int | None:
    """The whole seconds for which these steps of one server take it down, rounded up.

    None where a part of them is not known, and where no step starts the server again.
    """
    stops = {step.id for step in steps if step.causes_downtime}
    starts = {step.closes: step for step in steps if step.closes is not None}
    if not stops or not stops <= starts.keys():
        return None
    seconds = 0.0
    for stop in stops:
        within = {stop, *starts[stop].needs}
        told = _sum(expect_seconds(step, durations) for step in steps if step.id in within)
        if told is None:
            return None
        seconds += told
    return ceil(seconds)


def _sum(values: Iterable[float | None]) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total
