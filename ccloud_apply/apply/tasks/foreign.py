"""Waits for tasks on our servers that this apply has not started.

The caller names the tasks. The executor waits for our own.
"""

import asyncio
from collections.abc import Sequence

from ccloud_apply.apply.api import TaskApi
from ccloud_apply.apply.events import EventEmitter, Listen
from ccloud_apply.apply.messages import explain, shorten
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.apply.tasks.watcher import TaskWatcher
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApiError, TaskTimeoutError
from ccloud_apply.model.live.account import Task


async def wait_until_idle(
    api: TaskApi,
    clock: Clock,
    tasks: Sequence[Task],
    *,
    timeout_s: float,
    listen: Listen,
    stop: asyncio.Event | None = None,
) -> tuple[Task, ...]:
    """Wait until the given tasks are over, all at the same time, `timeout_s` seconds at most.

    Returns those that are over, done or failed alike: their servers can be planned again. What is
    still running, cannot be watched, or was left because of `stop`, is missing; the first two are
    told as warnings.
    """
    emitter = EventEmitter(listen, clock)
    options = ApplyOptions()
    watcher = TaskWatcher(
        api,
        clock,
        poll_min_s=options.poll_min_s,
        poll_max_s=options.poll_max_s,
        warn=emitter.warn,
    )
    waits = [asyncio.create_task(_wait(watcher, task, timeout_s, emitter)) for task in tasks]
    stop_notice = asyncio.create_task((stop or asyncio.Event()).wait())
    try:
        while not stop_notice.done():
            pending = [wait for wait in waits if not wait.done()]
            if not pending:
                break
            await asyncio.wait([stop_notice, *pending], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in (stop_notice, *waits):
            wait.cancel()
        await asyncio.gather(stop_notice, *waits, return_exceptions=True)
        await watcher.close()
    over = (wait.result() for wait in waits if not wait.cancelled())
    return tuple(task for task in over if task is not None)


async def _wait(
    watcher: TaskWatcher, task: Task, timeout_s: float, emitter: EventEmitter
) -> Task | None:
    if not task.is_processing:
        return task
    where = f" on {shorten(task.hostname, 80)}" if task.hostname else ""
    name = f"task {task.id} ({shorten(task.action, 40)}{where})"
    emitter.warn(f"waiting for {name} to end", hostname=task.hostname, task_id=task.id)
    try:
        return await watcher.wait(task.id, timeout_s=timeout_s)
    except TaskTimeoutError as error:
        emitter.warn(explain(error), hostname=task.hostname, task_id=task.id)
    except ApiError as error:
        emitter.warn(
            f"{name} cannot be waited for: {shorten(explain(error))}",
            hostname=task.hostname,
            task_id=task.id,
        )
    return None
