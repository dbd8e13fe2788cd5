"""Ten minutes between two snapshots of a server: what serves again, what waits, what stays."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from ccloud_apply.apply.once.pacing import Pacer
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.aspects.lib.snapshot_pause import find_recent
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Step
from tests.support.scripted_api import ScriptedApi
from tests.support.step_plans import plan
from tests.support.virtual_time import START, VirtualClock, run_virtually

OWN, NEXT = "ccloud-apply-1-before-resize", "ccloud-apply-2-before-resize"


def snapshot(name: str, age_s: float, *, zone: str = "Z") -> Snapshot:
    moment = START - timedelta(seconds=age_s)
    return Snapshot(id=name, name=name, created_at=moment.strftime("%Y-%m-%dT%H:%M:%S") + zone)


def take(name: str = NEXT, *, needs: tuple[str, ...] = ()) -> Step:
    return Step(
        id="web/snapshot",
        server="web",
        operation="create snapshot",
        operation_id="create_server_snapshot",
        method="POST",
        path="/ccloud/servers/vs1/snapshots",
        body={"name": name},
        needs=needs,
    )


def delete(*needs: str) -> Step:
    return Step(
        id="web/snapshot.delete-1",
        server="web",
        operation="delete snapshot",
        operation_id="delete_server_snapshot",
        method="DELETE",
        path=f"/ccloud/servers/vs1/snapshots/{OWN}",
        needs=needs,
    )


def ask(
    snapshots: Sequence[Snapshot], *steps: Step, is_needed: Callable[[], bool] = lambda: True
) -> tuple[list[bool], list[str], float]:
    """For each step whether it is needless, what was told, and how long it all took."""
    api = ScriptedApi()
    api.parts["list_server_snapshots"] = tuple(snapshots)
    told: list[str] = []

    async def ask_again() -> bool:
        return is_needed()

    async def run() -> tuple[list[bool], float]:
        clock = VirtualClock()
        pause = Pacer(plan(*steps, stack="shop"), api, clock, snapshot_pause_s=600)
        start = clock.monotonic()
        found = [
            await pause.is_needless(
                QueuedStep(index=index, stack="shop", step=step),
                "vs1",
                told.append,
                is_needed=ask_again,
            )
            for index, step in enumerate(steps)
        ]
        return found, clock.monotonic() - start

    found, seconds = run_virtually(run())
    return found, told, seconds


def test_a_young_snapshot_before_an_earlier_change_serves_this_one_too() -> None:
    found, told, seconds = ask([snapshot(OWN, 300)], take())
    assert found == [True]
    assert told == [f"{OWN}, taken less than 10 minutes ago, serves this one too"]
    assert seconds == 0


@pytest.mark.parametrize(
    ("name", "wanted"), [("by hand", NEXT), (OWN, "before-upgrade"), ("by hand", "before-upgrade")]
)
def test_a_young_one_of_somebody_else_is_waited_for(name: str, wanted: str) -> None:
    found, told, seconds = ask([snapshot(name, 420), snapshot("older", 5000)], take(wanted))
    assert found == [False]
    assert seconds == pytest.approx(180, abs=1)
    assert told == [
        "the platform takes a snapshot every 10 minutes at most, so this one waits 180 s"
    ]


def test_what_is_there_by_now_is_not_waited_for() -> None:
    young = [snapshot("by hand", 420)]
    assert ask(young, take("before-upgrade"), is_needed=lambda: False) == ([True], [], 0)


def test_whether_it_is_needed_is_asked_before_a_wait_alone() -> None:
    def never() -> bool:
        raise AssertionError("its precondition is read right before the request anyway")

    assert ask([], take(), is_needed=never) == ([False], [], 0)


@pytest.mark.parametrize("age_s", [600, 86400, -3600])
def test_an_old_one_and_one_of_another_clock_hold_nothing_up(age_s: float) -> None:
    assert ask([snapshot("by hand", age_s)], take()) == ([False], [], 0)


@pytest.mark.parametrize("zone", ["Z", "+00:00", ""])
def test_a_moment_without_a_zone_is_utc_and_a_clock_may_be_a_little_ahead(zone: str) -> None:
    recent = find_recent([snapshot("a", -30, zone=zone)], START, 600)
    assert recent is not None
    assert recent.age_s == 0
    assert find_recent([Snapshot(id="x", created_at="soon")], START, 600) is None


def test_where_none_is_taken_the_older_ones_stay() -> None:
    surplus = delete("web/snapshot", "web/cores")
    found, told, _ = ask([snapshot(OWN, 60)], take(), surplus)
    assert found == [True, True]
    assert told[1] == "no snapshot is taken in its place, so it stays"
    room = take(needs=("web/snapshot.delete-1",))
    assert ask([snapshot(OWN, 60)], delete(), room)[0] == [True, True]


def test_where_one_is_taken_they_go() -> None:
    assert ask([snapshot(OWN, 6000)], take(), delete("web/snapshot"))[0] == [False, False]
    room = take(needs=("web/snapshot.delete-1",))
    assert ask([snapshot(OWN, 6000)], delete(), room)[0] == [False, False]


@pytest.mark.parametrize(
    ("action", "age_s", "left_s"),
    [
        ("create-snapshot", 420, 180),
        ("VM Snapshot", 0, 600),
        ("create-snapshot", 700, None),
        ("delete-snapshot", 60, None),
        ("resize-server", 60, None),
    ],
)
def test_a_refusal_is_outlasted_where_a_snapshot_was_tried_that_does_not_show(
    action: str, age_s: float, left_s: float | None
) -> None:
    moment = (START - timedelta(seconds=age_s)).isoformat()
    other = Task(id=8, action=action, status="failed", hostname="vs2", created_at=moment)
    task = Task(id=7, action=action, status="failed", hostname="vs1", created_at=moment)

    class Account(ScriptedApi):
        async def list_tasks(self, **query: object) -> tuple[Task, ...]:
            return (other, task)

    async def run() -> tuple[bool, float]:
        step = take()
        pause = Pacer(plan(step, stack="shop"), Account(), VirtualClock(), snapshot_pause_s=600)
        queued = QueuedStep(index=0, stack="shop", step=step)
        return await pause.wait_out(queued, "vs1", lambda _text: None), VirtualClock().monotonic()

    has_passed, seconds = run_virtually(run())
    assert has_passed == (left_s is not None)
    assert seconds == pytest.approx(left_s or 0, abs=1)


@pytest.mark.parametrize("is_ordered", [True, False])
@pytest.mark.parametrize("place", [0, 4, 8])
def test_the_task_that_explains_a_refusal_is_found_on_whichever_page_it_is(
    place: int, is_ordered: bool
) -> None:
    """The API may take neither an order nor a number of rows: here it sends three at a time."""
    moment = START.isoformat()
    tasks = [
        Task(
            id=n,
            action="create-snapshot" if n == place else "resize-server",
            status="done",
            hostname="vs1",
            created_at=moment,
        )
        for n in range(9)
    ]

    class Account(ScriptedApi):
        async def list_tasks(self, *, page: int = 1, **query: object) -> tuple[Task, ...]:
            shown = tasks[::-1] if is_ordered else tasks
            return tuple(shown[3 * (page - 1) : 3 * page])

    async def run() -> bool:
        step = take()
        pause = Pacer(plan(step, stack="shop"), Account(), VirtualClock(), snapshot_pause_s=600)
        queued = QueuedStep(index=0, stack="shop", step=step)
        return await pause.wait_out(queued, "vs1", lambda _text: None)

    assert run_virtually(run())


def test_a_delete_that_no_change_asked_for_is_not_its_business() -> None:
    assert ask([snapshot(OWN, 60)], delete())[0] == [False]
