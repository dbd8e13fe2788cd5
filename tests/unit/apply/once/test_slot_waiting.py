"""Waiting for a slot: what is read, what is said, and when it is given up."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ccloud_apply.apply.once.creates.slots import CreateSlots, FolderPlace
from ccloud_apply.apply.workdir.slots import Slot, SlotFolder
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.live.account import Task
from tests.support.scripted_api import ScriptedApi
from tests.support.virtual_time import VirtualClock, run_virtually

ACCOUNT = "a" * 64


def create(number: int, status: str = "processing") -> Task:
    return Task(id=number, action="create-server", status=status)


@dataclass
class Tasks(ScriptedApi):
    """A task list that changes with time."""

    running: Callable[[float], Iterable[Task]] = lambda now: ()
    looks: list[float] = field(default_factory=list)

    async def list_tasks(self, **query: object) -> tuple[Task, ...]:
        now = VirtualClock().monotonic()
        self.looks.append(now)
        return tuple(self.running(now))


def build(tmp_path: Path, api: Tasks, *, limit: int = 2, timeout_s: float = 60) -> CreateSlots:
    return CreateSlots(
        api=api,
        clock=VirtualClock(),
        place=FolderPlace(
            folder=SlotFolder(folder=tmp_path, account=ACCOUNT, limit=limit), clock=VirtualClock()
        ),
        poll_s=10,
        timeout_s=timeout_s,
    )


async def look(*tasks: Task) -> tuple[Task, ...]:
    return tasks


def test_in_the_ordinary_case_nothing_is_read_and_nothing_said(tmp_path: Path) -> None:
    api, said = Tasks(), list[str]()

    async def main() -> None:
        slots = build(tmp_path, api)
        for _ in range(2):
            assert isinstance(await slots.acquire(said.append, look), Slot)

    run_virtually(main())
    assert (api.looks, said) == ([], [])


def test_creates_of_others_are_waited_for_with_one_line_and_few_reads(tmp_path: Path) -> None:
    api = Tasks(running=lambda now: [create(1), create(2)] if now < 25 else [create(2)])
    said: list[str] = []

    async def main() -> float:
        slots = build(tmp_path, api)
        await slots.acquire(said.append, lambda: look(create(1), create(2), create(3, "done")))
        return VirtualClock().monotonic()

    waited_s = run_virtually(main())
    assert said == [
        "waiting for a slot: 2 of 2 creates are under way in the account, 2 of them not from here"
    ]
    assert 25 <= waited_s < 36
    assert len(api.looks) == 3


def test_a_slot_of_this_machine_is_waited_for_without_a_request(tmp_path: Path) -> None:
    api, said = Tasks(), list[str]()

    async def main() -> None:
        slots = build(tmp_path, api, limit=1)
        first = await slots.acquire(said.append, look)
        asyncio.get_running_loop().call_later(20, first.release)
        await slots.acquire(said.append, look)

    run_virtually(main())
    assert said == ["waiting for a slot: 1 of 1 creates are under way in the account"]
    assert api.looks == []


def test_what_was_seen_long_ago_is_read_again(tmp_path: Path) -> None:
    api = Tasks()

    async def main() -> None:
        slots = build(tmp_path, api)
        slots.observe([create(1), create(2)])
        await VirtualClock().sleep(100)
        await slots.acquire(lambda text: None, look)

    run_virtually(main())
    assert api.looks == [100]


def test_creates_that_never_end_are_given_up(tmp_path: Path) -> None:
    api = Tasks(running=lambda now: [create(1), create(2)])

    async def main() -> None:
        await build(tmp_path, api).acquire(lambda text: None, lambda: look(create(1), create(2)))

    with pytest.raises(ApplyError, match="no slot for a create within 60 s"):
        run_virtually(main())
    assert not list((tmp_path / "slot").glob("*.wait")), "nobody stands in line any more"


def test_a_work_dir_that_cannot_be_used_is_an_error_of_the_step(tmp_path: Path) -> None:
    (tmp_path / "slot").write_text("", encoding="utf-8")

    async def main() -> None:
        await build(tmp_path, Tasks()).acquire(lambda text: None, look)

    with pytest.raises(ApplyError, match="the slots for creates cannot be used"):
        run_virtually(main())


def test_lists_that_lack_a_create_of_somebody_else_do_not_make_it_run_for_ever(
    tmp_path: Path,
) -> None:
    api = Tasks(running=lambda now: [create(1)] if now < 15 else [])

    async def main() -> float:
        slots = build(tmp_path, api, limit=1)
        slots.observe([create(1)])

        async def see_newer_tasks() -> None:
            for _ in range(100):
                await asyncio.sleep(0.5)
                slots.observe([Task(id=7, action="resize-server", status="processing")])

        looking = asyncio.create_task(see_newer_tasks())
        await slots.acquire(lambda _text: None, look)
        looking.cancel()
        return VirtualClock().monotonic()

    assert run_virtually(main()) < 26
    assert len(api.looks) <= 3
