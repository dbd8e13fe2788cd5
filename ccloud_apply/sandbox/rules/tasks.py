"""Tasks: started by a handler, ended when their moment has passed.

Nothing runs in the background. Each request first lets everything land that is due (`settle`), so
the state survives between processes and a manual clock can skip an hour. What a task does to a
server is in effects.py.
"""

from datetime import datetime, timedelta

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.faults.task_outcome import TaskFate, find_failure
from ccloud_apply.sandbox.http.call import Call, Sandbox
from ccloud_apply.sandbox.rules.effects import EFFECTS, HALF_MADE
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
"""Before an effect: the task ends as done, and has done nothing."""


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
    fate = call.fate or TaskFate()
    due = None
    if options.speed and not fate.is_stuck:
        due = call.now + timedelta(seconds=seconds / options.speed + fate.late_s)
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
            effect=_choose_effect(effect, fate),
            payload=payload or {},
            failure=fate.failure or failure,
        )
    )
    fate.started.append(task_id)
    return task_id


def _choose_effect(effect: str, fate: TaskFate) -> str:
    if fate.is_ignored:
        return f"{IGNORED}{effect}"
    return HALF_MADE.get(effect, effect) if fate.leaves_server else effect


def settle(sandbox: Sandbox, until: datetime | None = None) -> None:
    """Ends every task whose moment has passed, now or `until` then, in their order."""
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
    land, undo = EFFECTS[task["effect"].removeprefix(IGNORED)]
    if failure is None and not task["effect"].startswith(IGNORED):
        land(store, server, task)
    else:
        undo(store, server, task)
    store.end_task(
        task["id"],
        status="done" if failure is None else "failed",
        hostname=server["hostname"],
        error_message=failure,
    )
