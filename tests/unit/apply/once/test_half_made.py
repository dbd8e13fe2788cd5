"""Which servers count as half made: by the journal of this machine, else by the task list."""

import asyncio
from pathlib import Path

import pytest

from ccloud_apply.apply.journal.journal import Journal
from ccloud_apply.apply.once.half_made import HalfMade, find_half_made
from ccloud_apply.errors import NotFoundError
from ccloud_apply.model.journal import EntryOutcome
from ccloud_apply.model.live.account import LiveServer, Task
from tests.support.builders import account, live
from tests.support.journals import begin_journal, do, intent, open_journal
from tests.support.scripted_api import CALL, ScriptedApi

SERVER = live(10001, key="a", stack="web")


class Tasks(ScriptedApi):
    """An account with these tasks. It keeps count of what is read."""

    def __init__(self, *tasks: Task) -> None:
        super().__init__()
        self.all = tasks
        self.asked: list[str] = []

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
        self.asked.append(f"{status or 'any'} {search or ''}".strip())
        return self.all  # an API that ignores every filter

    async def get_task(self, task_id: int) -> Task:
        self.asked.append(f"task {task_id}")
        for task in self.all:
            if task.id == task_id:
                return task
        raise NotFoundError("gone", status=404, **CALL)


def task(
    number: int, hostname: str | None = "vs10001", status: str = "failed", action: str = "create"
) -> Task:
    return Task(id=number, action=f"{action}-server", status=status, hostname=hostname)


def journal_of(
    folder: Path,
    *ends: tuple[EntryOutcome, int | None],
    hostname: str | None = "vs10001",
    error: str | None = "task 7 failed: no host",
) -> Journal:
    """A journal in which `a` was created so often, with these outcomes and tasks."""
    journal = begin_journal(folder)
    for outcome, task_id in ends:
        number = do(journal.write_intent(intent("a/create", server="a")))
        if task_id is not None:
            do(journal.write_accepted(number, task_id))
        do(journal.write_ended(number, outcome, hostname=hostname, error=error))
    journal.close()
    return open_journal(folder)


def find(api: Tasks, journal: Journal, *servers: LiveServer) -> tuple[HalfMade, ...]:
    return asyncio.run(find_half_made(api, account(*servers), {"web": journal}))


def test_the_journal_names_the_task_and_the_task_says_that_it_failed(tmp_path: Path) -> None:
    api = Tasks(task(7))
    (found,) = find(api, journal_of(tmp_path, ("failed", 7)), SERVER)
    assert (found.stack, found.key, found.server, found.task_id) == ("web", "a", SERVER, 7)
    assert api.asked == ["task 7"]


def test_a_create_whose_task_was_done_is_not_half_made(tmp_path: Path) -> None:
    """Its step failed for another reason: the server came to show too late."""
    assert find(Tasks(task(7, status="done")), journal_of(tmp_path, ("failed", 7)), SERVER) == ()


@pytest.mark.parametrize(
    ("error", "count"), [("task 7 failed: no host", 1), ("the list does not show it", 0)]
)
def test_of_a_task_that_is_forgotten_the_journal_says_what_it_was(
    error: str, count: int, tmp_path: Path
) -> None:
    journal = journal_of(tmp_path, ("failed", 7), error=error)
    assert len(find(Tasks(), journal, SERVER)) == count


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param([("failed", None)], id="refused before any task"),
        pytest.param([("done", 7)], id="done"),
        pytest.param([("failed", 7), ("done", 8)], id="created since"),
        pytest.param([], id="not created here"),
    ],
)
def test_nothing_is_asked_where_the_journal_has_no_failed_create(
    ends: list[tuple[EntryOutcome, int | None]], tmp_path: Path
) -> None:
    api = Tasks(task(7))
    assert find(api, journal_of(tmp_path, *ends), SERVER) == ()
    assert api.asked == []


def test_a_server_that_another_create_has_made_is_well(tmp_path: Path) -> None:
    api = Tasks(task(7, "vs10009"))
    assert find(api, journal_of(tmp_path, ("failed", 7), hostname="vs10009"), SERVER) == ()
    nameless = journal_of(tmp_path / "two", ("failed", 7), hostname=None)
    assert find(Tasks(task(7, None), task(8, status="done")), nameless, SERVER) == ()


def test_without_a_journal_the_failed_creates_are_read_once(tmp_path: Path) -> None:
    other = live(10002, key="b", stack="web")
    api = Tasks(task(7), task(3, "vs10002", status="done"))
    (found,) = find(api, open_journal(tmp_path), SERVER, other)
    assert (found.key, found.task_id) == ("a", 7)
    assert api.asked == ["failed", "any vs10001"]


def test_without_a_journal_a_hostname_that_was_given_again_is_no_failed_build(
    tmp_path: Path,
) -> None:
    api = Tasks(task(7), task(9, status="done"))
    assert find(api, open_journal(tmp_path), SERVER) == ()


def test_a_task_of_another_kind_that_failed_is_no_failed_build(tmp_path: Path) -> None:
    assert find(Tasks(task(7, action="resize")), open_journal(tmp_path), SERVER) == ()


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(live(10001, key="a", stack="web", tags=("incomplete",)), id="marked"),
        pytest.param(live(10001, key="a", stack="web", tags=("incomplete:accepted",)), id="taken"),
        pytest.param(live(10001, key="a", stack="other"), id="of another stack"),
        pytest.param(live(10001), id="of nobody"),
        pytest.param(live(10001, key="a", stack="web", is_deleting=True), id="on its way out"),
        pytest.param(live(10001, key="a", stack="web", tags=("server:b",)), id="two keys"),
    ],
)
def test_nothing_is_read_for_a_server_that_gets_no_mark(server: LiveServer, tmp_path: Path) -> None:
    api = Tasks(task(7))
    assert find(api, open_journal(tmp_path), server) == ()
    assert api.asked == []
