"""Plans again until nobody else works on the servers of the plan.

The plan says which servers are busy. `foreign.py` watches the tasks.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence

from ccloud_apply.api.client import Client
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.apply.tasks.foreign import wait_until_idle
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.event import Event
from ccloud_apply.model.live.account import Account, Task
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.model.results.plan import Plan, ServerPlan

_READ_AGAIN_S = 2.0
"""Seconds to the next plan, if no task tells when a server is free."""


async def wait_until_free(
    read_and_plan: Callable[[], Awaitable[tuple[Plan, Account]]],
    *,
    client: Client,
    clock: Clock,
    options: ApplyOptions,
    listen: Callable[[Event], None],
) -> tuple[Plan, Account]:
    """The plan and its account, once no server that it touches is built, deleted or worked on by
    others.

    Raises ApiError, PlanError, and ApplyError if a server is busy for longer than a task may take.
    """
    start = clock.monotonic()
    while True:
        plan, account = await read_and_plan()
        busy = tuple(find_busy(plan, account))
        if not busy or plan.held:
            return plan, account
        left_s = start + options.task_timeout_s - clock.monotonic()
        if left_s <= 0:
            names = ", ".join(server.hostname or server.key for _, server in busy)
            raise ApplyError(
                f"still busy after {options.task_timeout_s:g} s: {names}; nothing was changed",
                hint="tasks shows what is running; --timeout waits longer",
            )
        tasks = find_tasks(busy, account)
        over = await wait_until_idle(client, clock, tasks, timeout_s=left_s, listen=listen)
        if not over:
            await clock.sleep(min(_READ_AGAIN_S, left_s))


def find_busy(plan: Plan, account: Account) -> Iterator[tuple[str, ServerPlan]]:
    """The servers to wait for, with their stacks' names: those with steps, or still being built."""
    building = {server.hostname for server in account.servers if server.is_building}
    for stack in plan.stacks:
        for server in stack.servers:
            if server.is_busy and (server.steps or server.hostname in {*building, None}):
                yield stack.stack, server


def find_tasks(busy: Sequence[tuple[str, ServerPlan]], account: Account) -> tuple[Task, ...]:
    """The running tasks that these servers wait for.

    A server without a hostname is being built, or waits for its predecessor's end: then it is any
    task on a server of its stack, or on one that has no hostname yet.
    """
    hostnames = {server.hostname for _, server in busy}
    if None in hostnames:
        stacks = {stack for stack, _ in busy}
        hostnames |= {
            server.hostname
            for server in account.servers
            if read_ownership(server.tags).stacks & stacks
        }
    return tuple(task for task in account.tasks if task.hostname in hostnames)
