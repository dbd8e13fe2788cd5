"""A saved plan that no longer fits: what has changed, and by whom as far as the platform tells."""

from collections.abc import Sequence

from ccloud_apply.api.client import Client
from ccloud_apply.api.task_history import read_history
from ccloud_apply.errors import StalePlanError
from ccloud_apply.plan.fingerprint import StaleServer
from ccloud_apply.render.drift.words import describe_task

_MAX_SERVERS = 10
_LAST_TASKS = 2


async def explain_stale(client: Client, stale: Sequence[StaleServer]) -> StalePlanError:
    """The error to raise, with the last tasks of each server that has changed.

    A history that cannot be read is left out: the plan is stale either way.
    """
    shown = stale[:_MAX_SERVERS]
    hostnames = [server.hostname for server in shown if server.hostname is not None]
    history = await read_history(client, hostnames, limit=_LAST_TASKS)
    parts = []
    for server in shown:
        tasks = history.tasks.get(server.hostname or "", ())
        told = ", ".join(map(describe_task, tasks))
        parts.append(f"{server.reason} (last tasks: {told})" if told else server.reason)
    if len(stale) > len(shown):
        parts.append(f"and {len(stale) - len(shown):,} more servers")
    return StalePlanError(f"stale plan: {'; '.join(parts)}", hint="plan again, and apply that plan")
