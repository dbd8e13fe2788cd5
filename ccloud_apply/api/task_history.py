"""Who did what to servers lately: their newest tasks, read side by side.

An account is complete or an error (`account_reader.py`); a history is told as far as it can be
read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ccloud_apply.api.client import Client
from ccloud_apply.concurrency import run_together
from ccloud_apply.errors import ApiError
from ccloud_apply.model.live.account import Task

LAST_TASKS = 5
"""How many tasks of a server are read."""


@dataclass(frozen=True, slots=True)
class History:
    """Tasks by hostname, newest first; and by hostname why they could not be read."""

    tasks: dict[str, tuple[Task, ...]]
    failures: dict[str, str]


async def read_history(
    client: Client, hostnames: Sequence[str], *, limit: int = LAST_TASKS
) -> History:
    """The newest tasks of these servers (`list_server_tasks`). A failed read is only noted."""
    history = History({}, {})
    queue = iter(hostnames)
    async with run_together() as group:
        for _ in range(min(client.concurrency, len(hostnames))):
            group.create_task(_work(client, queue, limit, history))
    return history


async def _work(client: Client, queue: Iterator[str], limit: int, history: History) -> None:
    for hostname in queue:
        try:
            tasks = await client.list_server_tasks(hostname, limit=limit)
        except ApiError as error:
            history.failures[hostname] = error.message
        else:
            # A platform that ignores `limit` gives all of them.
            history.tasks[hostname] = tasks[:limit]
