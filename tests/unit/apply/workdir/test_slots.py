"""Slots for creates: never more than the limit, whoever holds them and however a holder ends."""

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from ccloud_apply.apply.workdir.slots import Occupied, Slot, SlotFolder, Ticket
from tests.conftest import PATIENCE_S, ROOT

ACCOUNT = "a" * 64


def slots(folder: Path, limit: int = 3, account: str = ACCOUNT) -> SlotFolder:
    return SlotFolder(folder=folder, account=account, limit=limit)


def take(
    folder: SlotFolder, running: Collection[int] = (), ticket: Ticket | None = None
) -> Slot | Occupied:
    found = folder.take(running, ticket)
    assert found is not None
    return found


def hold(folder: SlotFolder, count: int = 1, running: Collection[int] = ()) -> list[Slot]:
    held = [take(folder, running) for _ in range(count)]
    assert all(isinstance(slot, Slot) for slot in held)
    return [slot for slot in held if isinstance(slot, Slot)]


def test_there_are_as_many_slots_as_the_limit_says(tmp_path: Path) -> None:
    first, *_ = hold(slots(tmp_path), 3)
    assert take(slots(tmp_path)) == Occupied(held=3, others=0, is_next=True)
    first.release()
    first.release()
    hold(slots(tmp_path), 1)
    assert isinstance(take(slots(tmp_path)), Occupied)


def test_slots_of_the_caller_count_without_a_look_at_their_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ccloud_apply.apply.workdir import os_lock
    from ccloud_apply.apply.workdir import slots as module

    looked_at: list[str] = []

    def note(path: Path) -> int | None:
        looked_at.append(path.name.partition("-")[2])
        return os_lock.try_lock(path)

    folder = slots(tmp_path)
    first, second = hold(folder, 2)
    first.note_task(7)
    monkeypatch.setattr(module, "try_lock", note)
    third = folder.take([7], None, [first, second])
    assert isinstance(third, Slot)
    assert looked_at == ["gate", "2.slot"]
    assert folder.take([7, 8], None, [first, second, third]) == Occupied(
        held=3, others=1, is_next=True
    )
    first.release()
    fourth = folder.take([], None, [first, second, third])
    assert isinstance(fourth, Slot)
    assert fourth.number == 0


def test_a_slot_that_was_given_back_counts_no_more_although_the_caller_names_it(
    tmp_path: Path,
) -> None:
    (slot,) = hold(slots(tmp_path, limit=1))
    slot.note_task(7)
    slot.release()
    hold(slots(tmp_path, limit=1))
    found = slots(tmp_path, limit=1).take([7], None, [slot])
    assert found == Occupied(held=1, others=1, is_next=True)


def test_creates_of_others_take_up_slots(tmp_path: Path) -> None:
    hold(slots(tmp_path), 1, running=[7, 8])
    assert take(slots(tmp_path), running=[7, 8]) == Occupied(held=1, others=2, is_next=True)
    hold(slots(tmp_path), 1, running=[8])


def test_a_create_with_a_slot_is_not_counted_twice(tmp_path: Path) -> None:
    (slot,) = hold(slots(tmp_path))
    slot.note_task(7)
    hold(slots(tmp_path), 2, running=[7])
    assert take(slots(tmp_path), running=[7]) == Occupied(held=3, others=0, is_next=True)


def test_a_create_that_has_ended_does_not_count_although_it_was_seen_running(
    tmp_path: Path,
) -> None:
    (slot,) = hold(slots(tmp_path, limit=1))
    slot.note_task(7)
    slot.release(has_ended=True)
    hold(slots(tmp_path, limit=1), running=[7])


def test_a_create_that_may_go_on_counts_after_its_slot_was_given_back(tmp_path: Path) -> None:
    (slot,) = hold(slots(tmp_path, limit=1))
    slot.note_task(7)
    slot.release()
    found = take(slots(tmp_path, limit=1), running=[7])
    assert found == Occupied(held=0, others=1, is_next=True)


def test_a_process_with_a_lower_limit_counts_every_slot(tmp_path: Path) -> None:
    low, _, high = hold(slots(tmp_path, limit=3), 3)
    low.release()
    assert take(slots(tmp_path, limit=1)) == Occupied(held=2, others=0, is_next=True)
    high.release()
    assert isinstance(take(slots(tmp_path, limit=2)), Slot)


def test_accounts_have_slots_of_their_own(tmp_path: Path) -> None:
    hold(slots(tmp_path, limit=1))
    hold(slots(tmp_path, limit=1, account="b" * 64))


def test_who_came_first_is_next_and_a_newcomer_stands_behind(tmp_path: Path) -> None:
    folder = slots(tmp_path, limit=1)
    (slot,) = hold(folder)
    second, first = folder.stand_in_line(20), folder.stand_in_line(10)
    assert first is not None
    assert second is not None
    slot.release()
    assert take(folder) == Occupied(held=0, others=0, is_next=False)
    assert take(folder, ticket=second) == Occupied(held=0, others=0, is_next=False)
    with first:
        taken = take(folder, ticket=first)
    assert isinstance(taken, Slot)
    taken.release()
    assert isinstance(take(folder, ticket=second), Slot)


def test_while_another_process_looks_nothing_is_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ccloud_apply.apply.workdir import os_lock
    from ccloud_apply.apply.workdir import slots as module

    real = os_lock.try_lock
    monkeypatch.setattr(
        module, "try_lock", lambda path: None if path.name.endswith("gate") else real(path)
    )
    assert slots(tmp_path).take((), None) is None


KILLED = """
import sys, time
from pathlib import Path
from ccloud_apply.apply.workdir.slots import SlotFolder
folder = SlotFolder(folder=Path(sys.argv[1]), account="a" * 64, limit=1)
slot = folder.take((), None)
slot.note_task(7)
ticket = folder.stand_in_line(1)
print("held", flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_a_killed_process_holds_no_slot_and_stands_in_no_line(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        folder = slots(tmp_path, limit=1)
        assert take(folder, running=[7]) == Occupied(held=1, others=0, is_next=False)
        process.kill()
        process.wait(timeout=PATIENCE_S)
    found = take(folder, running=[7])
    assert found == Occupied(held=0, others=1, is_next=True), "the platform goes on with it"
    hold(folder)
    assert not list((tmp_path / "slot").glob("*.wait"))


@pytest.mark.parametrize("text", ["", "[]", "null", '{"task": "x"}', "{" * 50, "[" * 100_000])
def test_a_slot_that_says_nothing_readable_is_held_all_the_same(tmp_path: Path, text: str) -> None:
    hold(slots(tmp_path, limit=1))
    (file,) = (tmp_path / "slot").glob("*.slot")
    file.write_text(text, encoding="utf-8")
    assert take(slots(tmp_path, limit=1), [7]) == Occupied(held=1, others=1, is_next=True)
