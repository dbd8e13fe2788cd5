"""Reads the newest tasks of servers, concurrently: who changed what lately.

Unlike an account (`account_reader.py`), a history may be incomplete: a failed read is recorded.
"""

from collections.abc import Sequence

from ccloud_apply.api.client import Client
from ccloud_apply.concurrency import map_bounded
from ccloud_apply.errors import ApiError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Task

LAST_TASKS = 5
"""The number of tasks to read for each server."""


@dataclass(frozen=True, slots=True)
class History:
    """The tasks by hostname, newest first; for the failed reads, the reason by hostname."""

    tasks: dict[str, tuple[Task, ...]]
    failures: dict[str, str]


async def read_history(
    client: Client, hostnames: Sequence[str], *, limit: int = LAST_TASKS
) -> History:
    """The newest tasks of these servers (`list_server_tasks`). A failed read raises nothing."""
    history = History({}, {})

    async def read(hostname: str) -> None:
        try:
            tasks = await client.list_server_tasks(hostname, limit=limit)
        except ApiError as error:
            history.failures[hostname] = error.message
        else:
            # A platform that ignores `limit` returns all of them.
            history.tasks[hostname] = tasks[:limit]

    await map_bounded(hostnames, read, client.concurrency)
    return history
