"""Plans again until nobody else works on the servers of the plan, and until all can be compared.

The plan says which servers are busy, and which are not compared. `foreign.py` watches the tasks.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence

from ccloud_apply.api.client import Client
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.apply.tasks.foreign import wait_until_idle
from ccloud_apply.clock import Clock
from ccloud_apply.model.event import Event
from ccloud_apply.model.live.account import Account, Task
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan

READ_AGAIN_S = 2.0
"""Seconds to the next plan, if no task tells when a server is free."""

Concerns = Callable[[Plan], Plan]
"""The part of a plan that an apply is about."""


def all_of(plan: Plan) -> Plan:
    """An apply that is about the whole plan."""
    return plan


async def wait_until_free(
    read_and_plan: Callable[[bool], Awaitable[tuple[Plan, Account]]],
    *,
    client: Client,
    clock: Clock,
    options: ApplyOptions,
    listen: Callable[[Event], None],
    concerns: Concerns = all_of,
) -> tuple[Plan, Account]:
    """The plan and its account, once no server that it is about is built, deleted or worked on by
    others.

    If that takes longer than a task may take, it is a plan in which nothing happens to those
    servers: `read_and_plan` is called with True for it. Raises ApiError, PlanError.
    """
    start = clock.monotonic()
    while True:
        plan, account = await read_and_plan(False)
        busy = tuple(find_busy(concerns(plan)))
        if not busy or plan.held:
            return plan, account
        left_s = start + options.task_timeout_s - clock.monotonic()
        if left_s <= 0:
            return await read_and_plan(True)
        tasks = find_tasks(busy, account)
        over = await wait_until_idle(client, clock, tasks, timeout_s=left_s, listen=listen)
        if not over:
            await clock.sleep(min(READ_AGAIN_S, left_s))


async def look_until_compared(
    read_and_plan: Callable[[], Awaitable[tuple[Plan, Account]]],
    *,
    client: Client,
    clock: Clock,
    options: ApplyOptions,
    listen: Callable[[Event], None],
    changed: Collection[tuple[str, str]],
    given_up: Collection[tuple[str, str]] = (),
    concerns: Concerns = all_of,
) -> tuple[Plan, Account]:
    """What is left after an apply, and the account that says so, once every server can be compared.

    Servers that are busy are looked at again, and so are those of `changed`, by stack and key: what
    was just done to them may not show yet. Those of `given_up` were waited for before. While tasks
    of others run, that takes as long as a task may take, else as long as reads may take to agree.
    Raises ApiError, PlanError.
    """
    start = clock.monotonic()
    while True:
        plan, account = await read_and_plan()
        plan = concerns(plan)
        unknown = tuple(
            (stack.stack, server)
            for stack in plan.stacks
            for server in stack.uncompared_servers()
            if (stack.stack, server.key) in changed
            or (server.is_busy and (stack.stack, server.key) not in given_up)
        )
        tasks = find_tasks(unknown, account) if unknown else ()
        patience_s = options.task_timeout_s if tasks else options.consistency_timeout_s
        left_s = start + patience_s - clock.monotonic()
        if not unknown or left_s <= 0:
            return plan, account
        over = await wait_until_idle(client, clock, tasks, timeout_s=left_s, listen=listen)
        if not over:
            await clock.sleep(min(READ_AGAIN_S, left_s))


def find_busy(plan: Plan) -> Iterator[tuple[str, ServerPlan]]:
    """The servers to wait for, with their stacks' names."""
    for stack in plan.stacks:
        for server in stack.servers:
            if server.is_busy and server.action is not Action.UNCHANGED:
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
