"""A plan with how long servers are down and an apply takes: one page of the account's tasks.

No failure to read it fails a plan: what the account does not tell is unknown.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from ccloud_apply.api.client import Client
from ccloud_apply.errors import ApiError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.timing.downtime import add_downtime
from ccloud_apply.plan.timing.fit import add_fit, has_windows
from ccloud_apply.plan.timing.history import read_durations
from ccloud_apply.plan.timing.length import PARALLELISM, find_length

_TASKS = 100
"""The newest tasks of the account: of one page, so that it is one request."""


async def time_plan(
    client: Client,
    stacks: Sequence[Stack],
    plan: Plan,
    *,
    parallelism: int = PARALLELISM,
    moment: datetime | None = None,
) -> Plan:
    """The plan with its times, where servers are down or changes have a window to fit into.

    `moment` is when it would be applied, None for now.
    """
    if not plan.stopped and not has_windows(stacks, plan):
        return plan
    tasks: tuple[Task, ...] = ()
    with suppress(ApiError):
        tasks = await client.list_tasks(limit=_TASKS)
    durations = read_durations(tasks)
    timed = add_downtime(plan, durations)
    length = find_length(plan, durations, parallelism=parallelism)
    timed = replace(timed, length=length)
    return add_fit(stacks, timed, durations, parallelism=parallelism, moment=moment)
