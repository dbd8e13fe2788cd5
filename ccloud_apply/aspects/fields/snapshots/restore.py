"""What becomes of a request that takes a server back to a snapshot. No field asks for it: a person
does, by the command `restore`.

The API tells of a restore by two traces: the snapshot is the active one, and the server has a new
task, which the answer named or whose action says so. Where the snapshot was active before, only the
task tells.
"""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.aspects.effects import (
    SERVER_TASKS_READ,
    Effect,
    Facts,
    Planned,
    Sent,
    changed_since_plan,
)
from ccloud_apply.aspects.lib.snapshot_pause import SNAPSHOTS
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.live.catalog import Snapshot

RESTORE = "restore_server_snapshot"

_WORDS = ("restore", "revert", "rollback", "apply")
"""In the action of a task that restores; the API document names no actions for snapshots."""


def is_restoring(task: Task) -> bool:
    """True for a task that takes a server back to a snapshot, as far as its action tells."""
    return any(word in task.action.lower() for word in _WORDS)


_OTHERS = ("-server", "adapter", "adpater", "create", "delete", "remove", "rename")
"""In the action of a task that does something else: all that the API document names, and what else
may become of snapshots."""


def may_have_restored(task: Task) -> bool:
    """True for a task that restores, and for one of which nobody knows what it does."""
    is_other = any(word in task.action.lower() for word in _OTHERS)
    return not task.has_failed and (is_restoring(task) or not is_other)


def _is_due(planned: Planned, facts: Facts, sent: Sent) -> bool:
    """Always, while the snapshots are those that were approved: one that was taken since would go
    without anybody having seen it. Raises ApplyError otherwise."""
    assert planned.server is not None
    before = {one.id: one for one in planned.server.part(SNAPSHOTS)}
    now = {one.id: one for one in facts.part(SNAPSHOTS)}
    if sent.target not in now:
        raise changed_since_plan(f"snapshot {sent.target} of {facts.name} is gone")
    new = sorted(_describe(now[id]) for id in now.keys() - before.keys())
    if new:
        raise changed_since_plan(f"{facts.name} has another snapshot: {', '.join(new)}")
    if _identify(now[sent.target]) != _identify(before[sent.target]):
        raise changed_since_plan(f"snapshot {sent.target} is {_describe(now[sent.target])}")
    return True


def _identify(snapshot: Snapshot) -> tuple[str | None, str | None]:
    return clean_text(snapshot.name), snapshot.created_at


def _describe(snapshot: Snapshot) -> str:
    return f"{clean_text(snapshot.name) or snapshot.id} ({snapshot.created_at or 'undated'})"


def _note(_planned: Planned, facts: Facts, sent: Sent) -> Mapping[str, Any]:
    tasks: tuple[Task, ...] = facts.part(SERVER_TASKS_READ)
    active = [one.id for one in facts.part(SNAPSHOTS) if one.is_active]
    return {
        "snapshot": sent.target,
        "was_active": sent.target in active,
        "newest_task": max((task.id for task in tasks), default=0),
    }


def _is_restored(facts: Facts, sent: Sent) -> bool:
    """True once the snapshot is the active one and was not, or once its own task, or else one that
    restores, is done and no other snapshot is active."""
    active = {one.id for one in facts.part(SNAPSHOTS) if one.is_active}
    if sent.target in active and not sent.baseline["was_active"]:
        return True
    is_other_active = bool(active - {sent.target})
    return not is_other_active and any(
        task.is_done
        and task.id > sent.baseline["newest_task"]
        and (is_restoring(task) if sent.task_id is None else task.id == sent.task_id)
        for task in facts.part(SERVER_TASKS_READ)
    )


_READS = frozenset({SNAPSHOTS, SERVER_TASKS_READ})

EFFECTS = (
    Effect(
        operation_id=RESTORE,
        reads_to_check=frozenset({SNAPSHOTS}),
        is_due=_is_due,
        reads_to_note=_READS,
        baseline=_note,
        reads=_READS,
        has_happened=_is_restored,
        needs=("was_active", "newest_task"),
        is_once=True,
        is_held_by_protection=True,
        may_be_unowned=True,
        waits_for_tasks=True,
    ),
)
