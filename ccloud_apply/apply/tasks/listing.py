"""Reading the account's task list so that waiting costs few requests, however it is ordered.

The document gives `GET /ccloud/tasks` the parameters limit, page, sort and order and defines no
column, order or maximum, so none of them is relied on. When to read and who waits is `watcher.py`.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from ccloud_apply.apply.api import TaskApi
from ccloud_apply.errors import InvalidError
from ccloud_apply.model.live.account import Task

PAGE_SIZE = 100
MAX_PAGES = 3
"""Pages of the list that one call reads at most."""
_LEAST = 20
"""As many tasks are asked for at least: some may have started since."""


class TaskList:
    """The list as it turns out to be: newest first, or else those tasks that are in progress."""

    def __init__(self, api: TaskApi) -> None:
        self._api = api
        self._is_ordered = True
        self._enough = PAGE_SIZE
        self.ended: frozenset[int] = frozenset()
        """Those of the last read that are too old for its pages and no longer in progress."""

    @property
    def shows_all(self) -> bool:
        """True while ended tasks are in the list too; False once only those in progress are."""
        return self._is_ordered

    async def read(self, ids: AbstractSet[int]) -> dict[int, Task]:
        """The tasks of one read, by id, with those of `ids` that can be found in a few pages.

        Raises ApiError.
        """
        self.ended = frozenset()
        if not ids:
            return {}
        if not self._is_ordered:
            return await self._read_processing(ids)
        try:
            tasks = await self._read_newest(min(ids))
        except InvalidError:  # it takes no such order
            self._is_ordered = False
            return await self._read_processing(ids)
        older = frozenset(id for id in ids if self._is_ordered and id < min(tasks, default=0))
        if older:
            tasks |= await self._read_processing(older)
            self.ended = older - tasks.keys()
        return tasks

    async def _read_newest(self, oldest: int) -> dict[int, Task]:
        """Newest first, page by page, until the oldest one that somebody waits for is reached.

        Tasks that start meanwhile move others to later pages, where they are met again: nothing
        falls between two pages. A short page may be the last, or a smaller maximum than ours.
        """
        if self._enough < PAGE_SIZE:
            few = await self._api.list_tasks(limit=self._enough, newest_first=True)
            if _is_newest_first(few) and few and few[-1].id <= oldest:
                self._note_enough(few, oldest)
                return {task.id: task for task in few}
        tasks: dict[int, Task] = {}
        lowest: int | None = None
        for page in range(1, MAX_PAGES + 1):
            found = await self._api.list_tasks(limit=PAGE_SIZE, page=page, newest_first=True)
            tasks.update((task.id, task) for task in found)
            if not _is_newest_first(found):
                self._is_ordered = False
                break
            if page == 1:
                self._note_enough(found, oldest)
            if not found or (lowest is not None and found[-1].id >= lowest):
                break  # past the end, or the API takes no page
            lowest = found[-1].id
            if lowest <= oldest:
                break
        return tasks

    def _note_enough(self, newest: Sequence[Task], oldest: int) -> None:
        """How many to ask for next time: those that are awaited are rarely far down the list."""
        newer = sum(task.id >= oldest for task in newest)
        is_reached = any(task.id <= oldest for task in newest)
        self._enough = min(max(2 * newer, _LEAST), PAGE_SIZE) if is_reached else PAGE_SIZE

    async def _read_processing(self, ids: AbstractSet[int]) -> dict[int, Task]:
        """Those in progress, in whatever order, until all ids are found or the list ends."""
        tasks: dict[int, Task] = {}
        for page in range(1, MAX_PAGES + 1):
            found = await self._api.list_tasks(
                status="processing", limit=PAGE_SIZE, page=page, newest_first=False
            )
            known = len(tasks)
            tasks.update((task.id, task) for task in found)
            if len(found) < PAGE_SIZE or len(tasks) == known or ids <= tasks.keys():
                break
        return tasks


def _is_newest_first(tasks: Sequence[Task]) -> bool:
    return all(left.id >= right.id for left, right in pairwise(tasks))
