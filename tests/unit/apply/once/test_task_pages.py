"""Create tasks are read to the mark, or it is said that they cannot be."""

import pytest

from ccloud_apply.apply.once.create import read_tasks_after
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.live.account import Task
from tests.support.scripted_api import ScriptedApi
from tests.support.virtual_time import run_virtually


class _Tasks(ScriptedApi):
    """Create tasks, in pages of three; `takes_page` and `clamps` say how page 2 is understood."""

    def __init__(self, count: int, *, takes_page: bool = True, clamps: bool = False) -> None:
        super().__init__()
        self.count = count
        self.takes_page = takes_page
        self.clamps = clamps

    async def list_tasks(
        self,
        *,
        status: str | None = None,
        action: str | None = None,
        search: str | None = None,
        limit: int,
        page: int = 1,
        newest_first: bool = True,
    ) -> tuple[Task, ...]:
        size = min(limit, 3)
        last = -(-self.count // size)
        page = 1 if not self.takes_page else min(page, last) if self.clamps else page
        ids = range(self.count, 0, -1)[(page - 1) * size : page * size]
        return tuple(Task(id=n, action="create-server", status="done") for n in ids)


def read(api: ScriptedApi, mark: int | None) -> list[int]:
    async def run() -> list[int]:
        return [task.id for task in await read_tasks_after(api, "create-server", mark)]

    return run_virtually(run())


def test_all_tasks_above_the_mark_are_read_over_several_pages() -> None:
    assert read(_Tasks(8), 2) == [8, 7, 6, 5, 4, 3]


def test_an_api_that_ignores_the_page_is_an_error_while_the_mark_is_not_reached() -> None:
    with pytest.raises(ApplyError, match="same tasks for every page"):
        read(_Tasks(8, takes_page=False), 2)
    assert read(_Tasks(8, takes_page=False), 6) == [8, 7], "the first page reaches it"
    assert read(_Tasks(8, takes_page=False), None) == [8, 7, 6]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_api_that_repeats_its_last_page_has_shown_everything(count: int) -> None:
    assert read(_Tasks(count, clamps=True), 0) == list(range(count, 0, -1))
