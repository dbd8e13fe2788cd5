"""Tasks: started by a handler, ended when their moment has passed.

Nothing runs in the background. Each request first lets everything land that is due (`settle`), so
the state survives between processes and a manual clock can skip an hour. What a task does to a
server is in effects.py.
"""

from datetime import timedelta

from ccloud_apply.sandbox.call import Call, Sandbox
from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.effects import EFFECTS
from ccloud_apply.sandbox.faults import find_failure
from ccloud_apply.sandbox.record import ServerRecord, TaskRecord

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
    due = call.now + timedelta(seconds=seconds / options.speed) if options.speed else None
    nameless = action == "create-server" and not options.hostname_during_build
    return call.store.add_task(
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
            effect=effect,
            payload=payload or {},
            failure=find_failure(options.fail, action, (server["hostname"], server["custom_name"])),
        )
    )


def settle(sandbox: Sandbox) -> None:
    """Ends every task whose moment has passed, in the order of their moments."""
    now = to_wire(sandbox.clock.now())
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
    land, undo = EFFECTS[task["effect"]]
    if failure is None:
        land(store, server, task)
    else:
        undo(store, server, task)
    store.end_task(
        task["id"],
        status="done" if failure is None else "failed",
        hostname=server["hostname"],
        error_message=failure,
    )
