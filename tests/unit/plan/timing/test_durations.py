"""What a list of tasks tells of how long tasks take."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.live.account import Task
from ccloud_apply.plan.timing.history import LONGEST_S, read_durations

_START = datetime(2027, 1, 2, 3, 0, tzinfo=UTC)


def task(id: int, action: str, second: float, **rest: Any) -> Task:
    made_at = (_START + timedelta(seconds=second)).isoformat()
    known = {"hostname": "vs1", "username": "ci", "status": "done", "created_at": made_at}
    return Task(id=id, action=action, **(known | rest))


def test_a_task_took_at_most_until_the_next_one_of_its_server_was_made() -> None:
    tasks = [
        task(1, "stop-server", 0),
        task(2, "stop-server", 2, hostname="vs2"),
        task(3, "resize-server", 10),
        task(4, "start-server", 40),
    ]
    durations = read_durations(tasks)
    assert durations.samples == {"stop-server": (10.0,), "resize-server": (30.0,)}
    assert read_durations(reversed(tasks)) == durations


def test_the_median_is_what_is_told() -> None:
    gaps = [10, 12, 1000, 20]
    tasks = []
    for number, gap in enumerate(gaps):
        name = f"vs{number}"
        tasks.append(task(2 * number, "stop-server", 0, hostname=name))
        tasks.append(task(2 * number + 1, "start-server", gap, hostname=name))
    durations = read_durations(tasks)
    assert durations.median_of(["stop-server"]) == 16.0
    assert durations.median_of(["shutdown-server", "stop-server"]) == 16.0
    assert durations.median_of(["start-server"]) is None
    assert durations.median_of([]) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "failed"},
        {"status": "processing"},
        {"username": "someone"},
        {"username": None},
        {"hostname": None},
        {"created_at": None},
        {"created_at": "yesterday"},
        {"created_at": "2027-01-02T03:00:00"},  # no zone, and the next one has one
    ],
)
def test_what_is_not_certain_tells_nothing(changed: dict[str, Any]) -> None:
    first, second = task(1, "stop-server", 0), task(2, "start-server", 10)
    assert read_durations([first, second]).samples == {"stop-server": (10.0,)}
    assert not read_durations([task(1, "stop-server", 0, **changed), second]).samples


@pytest.mark.parametrize("second", [LONGEST_S + 1, -1])
def test_a_pause_is_not_taken_for_a_task_nor_is_a_clock_that_goes_back(second: float) -> None:
    assert not read_durations([task(1, "stop-server", 0), task(2, "start-server", second)]).samples


@pytest.mark.parametrize("first", ["stop-server", "shutdown-server", "delete-server"])
def test_the_pause_between_two_pieces_of_work_is_the_length_of_no_task(first: str) -> None:
    tasks = [
        task(1, "resize-server", 0),
        task(2, "start-server", 10),
        task(3, "resize-server", 900),
        task(4, first, 1800),
    ]
    assert read_durations(tasks).samples == {"resize-server": (10.0,)}


def test_another_persons_task_ends_the_series() -> None:
    tasks = [
        task(1, "stop-server", 0),
        task(2, "resize-server", 5, username="someone"),
        task(3, "start-server", 10),
    ]
    assert not read_durations(tasks).samples


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["vs1", "vs2", None]),
            st.sampled_from(["ci", "someone", None]),
            st.sampled_from(["done", "failed", "processing", "odd"]),
            st.one_of(st.none(), st.text(max_size=4), st.datetimes().map(str)),
        )
    )
)
def test_no_list_fails_and_no_sample_is_longer_than_a_task_may_be(rows: list[Any]) -> None:
    tasks = [
        Task(id=id, action="a", hostname=host, username=user, status=status, created_at=made)
        for id, (host, user, status, made) in enumerate(rows)
    ]
    samples = read_durations(tasks).samples.get("a", ())
    assert len(samples) < max(len(tasks), 1)
    assert all(0 <= one <= LONGEST_S for one in samples)
