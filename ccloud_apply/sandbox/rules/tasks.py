"""Tasks: a handler starts them, and they end when they are due.

Nothing runs in the background: each request first ends the tasks that are due (`settle`). So the
state persists between processes, and a manual clock can skip an hour. What a task does to a
server belongs to effects.py.
"""

from datetime import datetime, timedelta
from random import Random

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.faults.task_outcome import TaskOutcome, find_failure
from ccloud_apply.sandbox.http.call import Call, Sandbox
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.rules.effects import EFFECTS, KEPT_BUILDS
from ccloud_apply.sandbox.state.record import ServerRecord, TaskRecord

CREATE_S = 40.0
EXTRA_DISK_S = 5.0
RESIZE_S = 20.0
START_S = 5.0
STOP_S = 5.0
SHUTDOWN_S = 8.0
RESTART_S = 10.0
DELETE_S = 15.0
DISK_S = 10.0
REDEPLOY_S = 40.0
SNAPSHOT_S = 10.0
SMALL_S = 3.0

IGNORED = "ignored "
"""Prefix of an effect: the task ends as done but does nothing."""


def start_task(
    call: Call,
    server: ServerRecord,
    *,
    action: str,
    effect: str,
    seconds: float,
    payload: dict[str, object] | None = None,
) -> int:
    """Starts a task on a server; returns its id. `seconds` is the duration at speed 1."""
    options = call.options
    task_outcome = call.task_outcome or TaskOutcome()
    due = None
    if options.speed and not task_outcome.is_stuck:
        length_s = _draw_length_s(options, f"{server['id']} {action}", usual_s=seconds)
        due = call.now + timedelta(seconds=length_s / options.speed + task_outcome.late_s)
    nameless = action == "create-server" and not options.hostname_during_build
    failure = find_failure(options.fail, action, (server["hostname"], server["custom_name"]))
    task_id = call.store.add_task(
        TaskRecord(
            id=0,
            action=action,
            username=call.username,
            hostname=None if nameless else server["hostname"],
            status="processing",
            error_message=None,
            created_at=call.stamp,
            due=to_wire(due) if due else None,
            server_id=server["id"],
            effect=_choose_effect(effect, task_outcome, options),
            payload=payload or {},
            failure=task_outcome.failure or failure,
        )
    )
    task_outcome.started.append(task_id)
    return task_id


def _draw_length_s(options: SandboxOptions, task: str, *, usual_s: float) -> float:
    """The seconds that a task takes at speed 1, always the same for the same text."""
    ends_s = [s for s in (options.shortest_task_s, options.longest_task_s) if s is not None]
    return Random(task).uniform(min(ends_s), max(ends_s)) if ends_s else usual_s  # noqa: S311


def _choose_effect(effect: str, task_outcome: TaskOutcome, options: SandboxOptions) -> str:
    if task_outcome.is_ignored:
        return f"{IGNORED}{effect}"
    if effect != "finish_build":
        return effect
    kept = options.failed_build if task_outcome.leaves is None else task_outcome.leaves
    return KEPT_BUILDS.get("half" if kept == "server" else kept, effect)


def settle(sandbox: Sandbox, until: datetime | None = None) -> None:
    """Ends every task that is due by now (or by `until`), in the order of their ends."""
    now = to_wire(until or sandbox.clock.now())
    store = sandbox.store
    if not store.is_task_due(now):
        return
    with store.transaction(write=True):
        for task in store.list_due_tasks(now):
            _end(sandbox, task)


def _end(sandbox: Sandbox, task: TaskRecord) -> None:
    store = sandbox.store
    server = store.read_server_by_id(task["server_id"])
    failure = task["failure"]
    succeed, fail = EFFECTS[task["effect"].removeprefix(IGNORED)]
    if failure is None and not task["effect"].startswith(IGNORED):
        succeed(store, server, task)
    else:
        fail(store, server, task)
    store.end_task(
        task["id"],
        status="done" if failure is None else "failed",
        hostname=server["hostname"],
        error_message=failure,
    )
