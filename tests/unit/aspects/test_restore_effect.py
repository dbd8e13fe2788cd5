"""The two traces of a restore, and what has to be as it was approved."""

from dataclasses import replace

import pytest

from ccloud_apply.aspects.effects import Facts, Planned, Sent
from ccloud_apply.aspects.fields.snapshots.restore import may_have_restored
from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.model.live.catalog import Snapshot

SNAPSHOTS, TASKS = "list_server_snapshots", "list_server_tasks"
EFFECT = EFFECTS_BY_OPERATION["restore_server_snapshot"]
MINE = Snapshot(id="1", name="mine", created_at="2026-11-01T10:00:00Z", is_active=True)
OTHER = Snapshot(id="2", name="other", created_at="2026-11-02T10:00:00Z")
PATH = "/ccloud/servers/vs1/snapshots/1"
BEFORE = Task(id=7, action="restore-snapshot", status="done")


def facts(*snapshots: Snapshot, tasks: tuple[Task, ...] = (BEFORE,)) -> Facts:
    return Facts(hostname="vs1", parts={SNAPSHOTS: snapshots, TASKS: tasks})


def send() -> Sent:
    sent = Sent(path=PATH)
    return replace(sent, baseline=EFFECT.note(Planned(), facts(MINE, OTHER), sent))


def has_happened(now: Facts) -> bool:
    assert EFFECT.has_happened is not None
    return EFFECT.has_happened(now, send())


def test_a_snapshot_that_was_active_before_proves_nothing() -> None:
    assert not has_happened(facts(MINE, OTHER))


@pytest.mark.parametrize("word", ["restore-snapshot", "RevertSnapshot", "snapshot-rollback"])
def test_a_new_task_that_restores_and_is_done_proves_it(word: str) -> None:
    task = Task(id=8, action=word, status="done")
    assert has_happened(facts(MINE, OTHER, tasks=(task, BEFORE)))
    assert has_happened(facts(replace(MINE, is_active=False), tasks=(task,)))


def test_the_task_that_the_answer_named_proves_it_whatever_its_action_is_called() -> None:
    now = facts(MINE, OTHER, tasks=(Task(id=8, action="set-server", status="done"), BEFORE))
    assert EFFECT.has_happened is not None
    assert EFFECT.has_happened(now, replace(send(), task_id=8))
    assert not EFFECT.has_happened(now, replace(send(), task_id=9))
    assert not has_happened(now)


@pytest.mark.parametrize(
    ("action", "may_be_it"),
    [
        ("restore-snapshot", True),
        ("set-snapshot", True),
        ("revert-server", True),
        ("create-snapshot", False),
        ("resize-server", False),
        ("add-networkadpater", False),
        ("delete-disk-server", False),
    ],
)
def test_a_task_of_which_nobody_knows_what_it_does_may_have_restored(
    action: str, may_be_it: bool
) -> None:
    assert may_have_restored(Task(id=8, action=action, status="done")) is may_be_it
    assert not may_have_restored(Task(id=8, action=action, status="failed"))


@pytest.mark.parametrize(
    "task",
    [
        Task(id=8, action="restore-snapshot", status="failed"),
        Task(id=8, action="restore-snapshot", status="processing"),
        Task(id=8, action="create-snapshot", status="done"),
        BEFORE,
    ],
)
def test_a_task_that_is_old_or_failed_or_does_something_else_proves_nothing(task: Task) -> None:
    assert not has_happened(facts(MINE, OTHER, tasks=(task,)))


def test_a_restore_of_another_snapshot_is_not_ours() -> None:
    task = Task(id=8, action="restore-snapshot", status="done")
    now = (replace(MINE, is_active=False), replace(OTHER, is_active=True))
    assert not has_happened(facts(*now, tasks=(task,)))


def is_due(*now: Snapshot) -> bool:
    server = LiveServer(id=1, hostname="vs1", parts={SNAPSHOTS: (MINE, OTHER)})
    assert EFFECT.is_due is not None
    return EFFECT.is_due(Planned(server=server), facts(*now), Sent(path=PATH))


def test_it_is_due_while_nothing_was_added_that_nobody_has_seen() -> None:
    assert is_due(MINE, OTHER)
    assert is_due(replace(MINE, is_active=False))


@pytest.mark.parametrize(
    "now",
    [
        (OTHER,),
        (MINE, OTHER, Snapshot(id="3", name="new")),
        (replace(MINE, name="renamed"), OTHER),
        (replace(MINE, created_at=None), OTHER),
    ],
)
def test_other_snapshots_than_were_approved_stop_it(now: tuple[Snapshot, ...]) -> None:
    with pytest.raises(ApplyError, match="changed since the plan"):
        is_due(*now)
