"""What an earlier run left open is settled by what the account shows, in virtual time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.apply.journal import Journal
from ccloud_apply.apply.means import Means
from ccloud_apply.apply.recover import Recovery
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.account import LiveDisk, LiveServer, Task
from ccloud_apply.model.journal import Entry, Intent
from tests.unit.apply.journals import ACCOUNT, intent
from tests.unit.apply.scripted_api import ScriptedApi
from tests.unit.apply.virtual_time import VirtualClock, run_virtually

GB = 1024**3
SHUTDOWN = intent(
    "a/shutdown",
    operation_id="change_server_state",
    path="/ccloud/servers/vs1/state/shutdown",
    hostname="vs1",
    closed_by="a/start",
    rests_on={},
)
START = intent(
    "a/start",
    operation_id="change_server_state",
    path="/ccloud/servers/vs1/state/start",
    hostname="vs1",
    closes="a/shutdown",
    rests_on={},
)
DISK = intent(
    "a/disks.2",
    operation_id="add_server_disk",
    path="/ccloud/servers/vs1/disks",
    hostname="vs1",
    rests_on={"disks": ["sc0s0"], "size": 20 * GB},
)
OLD = LiveDisk(id="sc0s0", size_gb=20)
NEW = LiveDisk(id="sc0s1", size_gb=20)


class _LateApi(ScriptedApi):
    """Every task is over; what it did shows from `shows_at` on, if ever."""

    def __init__(self, *, shows_at: float, before: Any = None, after: Any = None) -> None:
        super().__init__()
        self.shows_at, self.before, self.after = shows_at, before, after

    async def list_tasks(self, **query: Any) -> tuple[Task, ...]:
        done = Task(id=7, action="any", status="done", hostname="vs1")
        return () if query.get("status") == "processing" else (done,)

    async def read_part(self, operation_id: str, hostname: str) -> Any:
        self._note_read(operation_id)
        return self.after if self._now() >= self.shows_at else self.before


def settle(
    folder: Path, api: ScriptedApi, write: Callable[[Journal], object]
) -> tuple[list[Entry], float]:
    """The entries after settling what `write` has left in the journal, and the seconds it took."""

    async def main() -> tuple[list[Entry], float]:
        clock = VirtualClock()
        journal = Journal.open(folder, account=ACCOUNT, stack="web", clock=clock)
        journal.begin_run()
        write(journal)
        means = Means.build(api, clock, ApplyOptions(poll_min_s=1), warn=lambda _text: None)
        try:
            await Recovery(
                api=api,
                stack="web",
                journal=journal,
                means=means,
                timeout_s=600,
                warn=lambda _text: None,
            ).settle()
        finally:
            await means.close()
            journal.close()
        return list(journal.entries), clock.monotonic()

    return run_virtually(main())


def accepted(sent: Intent) -> Callable[[Journal], object]:
    return lambda journal: journal.write_accepted(journal.write_intent(sent), 7)


def done(sent: Intent) -> Callable[[Journal], object]:
    return lambda journal: journal.write_ended(journal.write_intent(sent), "done")


@pytest.mark.parametrize("write", [accepted(SHUTDOWN), done(SHUTDOWN)])
def test_a_plan_is_not_made_before_the_server_shows_that_it_is_off(
    tmp_path: Path, write: Callable[[Journal], object]
) -> None:
    api = _LateApi(shows_at=30, before="Running", after="Off")
    (entry,), seconds = settle(tmp_path, api, write)
    assert entry.outcome == "done"
    assert 30 <= seconds < 45


def test_somebody_may_have_started_it_since_and_that_is_no_error(tmp_path: Path) -> None:
    api = _LateApi(shows_at=10_000, before="Running")
    (entry,), seconds = settle(tmp_path, api, accepted(SHUTDOWN))
    assert entry.outcome == "done"
    assert 60 <= seconds < 75


def test_a_plan_is_not_made_before_the_new_disk_shows(tmp_path: Path) -> None:
    api = _LateApi(shows_at=40, before=(OLD,), after=(OLD, NEW))
    (entry,), seconds = settle(tmp_path, api, accepted(DISK))
    assert entry.outcome == "done"
    assert 40 <= seconds < 60


def test_a_disk_whose_answer_was_lost_is_found_by_its_id_and_size(tmp_path: Path) -> None:
    def write(journal: Journal) -> None:
        journal.write_intent(DISK)

    api = _LateApi(shows_at=70, before=(OLD,), after=(OLD, NEW))
    (entry,), _ = settle(tmp_path / "found", api, write)
    assert entry.outcome == "done"
    other = LiveDisk(id="sc0s1", size_gb=30)
    api = _LateApi(shows_at=0, after=(OLD, other))
    (entry,), seconds = settle(tmp_path / "absent", api, write)
    assert entry.outcome == "failed"
    assert seconds >= 180


def test_a_lost_start_is_not_taken_for_done_while_the_shutdown_still_runs(tmp_path: Path) -> None:
    class _Stopping(_LateApi):
        async def list_tasks(self, **query: Any) -> tuple[Task, ...]:
            is_over = self._now() >= 200
            status = "done" if is_over else "processing"
            task = Task(id=6, action="shutdown-server", status=status, hostname="vs1")
            return (task,) if query.get("status") in (None, status) else ()

    api = _Stopping(shows_at=200, before="Running", after="Off")
    (entry,), seconds = settle(tmp_path, api, lambda journal: journal.write_intent(START))
    assert entry.outcome == "failed"
    assert seconds >= 200


def test_a_twin_that_shows_up_at_the_read_back_is_told_with_both_names(tmp_path: Path) -> None:
    api = _LateApi(shows_at=0)
    tags = ("stack:web", "server:web-1")
    api.servers = tuple(
        LiveServer(id=number, hostname=f"vs{number}", tags=tags) for number in (1, 2)
    )
    with pytest.raises(ApplyError, match="vs1 and vs2 both carry stack:web and server:web-1"):
        settle(tmp_path, api, accepted(intent()))
