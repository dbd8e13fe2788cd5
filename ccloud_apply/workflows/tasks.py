"""The account's tasks, and waiting for one of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ccloud_apply.api.http.redaction import Redactor
from ccloud_apply.apply.tasks.watcher import TaskWatcher
from ccloud_apply.model.live.account import Task
from ccloud_apply.workflows.account.connection import POLL_MAX_S
from ccloud_apply.workflows.account.run import Run

_LIMIT = 100


async def list_tasks(run: Run) -> Sequence[Task]:
    """The newest tasks. Raises ApiError."""
    tasks = await run.client.list_tasks(limit=_LIMIT)
    return [mask_task(task, run.secrets) for task in tasks]


def mask_task(task: Task, secrets: Iterable[str]) -> Task:
    """The task without the secrets that its error may quote: a password that was refused."""
    if task.error_message is None:
        return task
    return replace(task, error_message=Redactor(cut=secrets)(task.error_message))


def tell_status(warn: Callable[[str], None]) -> Callable[[Task], None]:
    """A function that tells a status which the API document does not have, as often as it changes:
    it counts as processing, and that may be wrong."""

    def tell(task: Task) -> None:
        if task.is_processing and task.status != "processing":
            warn(f'task {task.id} has the unknown status "{task.status}", still waiting')

    return tell


async def wait_for_task(
    run: Run, task_id: int, *, timeout_s: float, warn: Callable[[str], None]
) -> Task:
    """The task once it has ended. Raises ApiError, TaskTimeoutError after `timeout_s` seconds."""
    task = await run.client.get_task(task_id)
    if task.is_processing:
        of = f" of {task.hostname}" if task.hostname else ""
        warn(f"task {task.id} ({task.action}{of}) is running; waiting {timeout_s:g} s at most")
        task = await watch_task(run, task_id, timeout_s=timeout_s, warn=warn)
    return mask_task(task, run.secrets)


async def watch_task(
    run: Run, task_id: int, *, timeout_s: float, warn: Callable[[str], None]
) -> Task:
    """The same for a task that was just started; secrets in its error are not masked."""
    watcher = TaskWatcher(
        run.client,
        run.clock,
        poll_min_s=run.connection.poll_min_s,
        poll_max_s=POLL_MAX_S,
        warn=warn,
    )
    try:
        # Not read by its id first: the platform may not know a task yet whose id it gave.
        return await watcher.wait(task_id, timeout_s=timeout_s, on_progress=tell_status(warn))
    finally:
        await watcher.close()
