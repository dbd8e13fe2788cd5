"""What the simulator has found, as schedules of their own."""

from dataclasses import replace

import pytest

from tests.simulator.schedule import Act, Run
from tests.simulator.simulate import play
from tests.simulator.sweep import build_reference
from tests.simulator.test_behind import build
from tests.simulator.world import Kill

SLOW = tuple(
    {"method": method, "fault": {"visibility_lag": 15}} for method in ("POST", "PUT", "DELETE")
)


@pytest.mark.parametrize("number", range(1, 22, 2))
@pytest.mark.parametrize("name", ["old", "new"])
def test_a_server_that_somebody_deletes_does_not_hold_up_the_journal(
    name: str, number: int
) -> None:
    kill = Kill(at="journal", number=number, when="answered")
    act = Act(action="delete", settings={"server": f"sim-{name}"})
    assert play(build_reference(Run(kill=kill, acts=(act,), pause_s=60))).violations == []


@pytest.mark.parametrize("number", range(1, 24))
def test_reads_that_are_behind_after_a_kill_leave_no_server_off_and_no_disk_twice(
    number: int,
) -> None:
    kill = Kill(at="journal", number=number, when="answered")
    assert play(build_reference(Run(kill=kill), Run(), rules=SLOW)).violations == []


def test_a_disk_counts_as_added_once_it_shows() -> None:
    assert play(build_reference(Run(), Run(), rules=SLOW)).violations == []


@pytest.mark.parametrize("pause_s", range(10, 60, 5))
def test_a_create_that_ends_during_the_pause_begins_a_new_one(pause_s: int) -> None:
    kill = Kill(at="request", number=22, when="answered")
    run = Run(kill=kill, fate="lost", pause_s=pause_s)
    assert play(build_reference(run, Run(), rules=SLOW)).violations == []


@pytest.mark.parametrize("pause_s", [0, 10, 30, 60])
def test_a_server_whose_tags_show_late_is_waited_for(pause_s: int) -> None:
    rules = ({"operation": "create_server", "fault": {"visibility_lag": 15, "of": ["tags"]}},)
    kill = Kill(at="request", number=22, when="answered")
    run = Run(kill=kill, fate="lost", pause_s=pause_s)
    result = play(build_reference(run, Run(), rules=rules))
    assert result.violations == []
    assert result.runs == 3  # the one after the kill has done it


@pytest.mark.parametrize("number", range(9, 21, 2))
def test_an_old_copy_of_the_journal_hides_no_create(number: int) -> None:
    rules = ({"operation": "create_server", "fault": {"visibility_lag": 15}},)
    act = Act(action="delete", settings={"server": "sim-new"})
    kill = Kill(at="request", number=number, when="answered")
    runs = (Run(acts=(act,), pause_s=60), Run(kill=kill, fate="stale"), Run())
    assert play(build_reference(*runs, rules=rules)).violations == []


@pytest.mark.parametrize("number", range(1, 12))
def test_a_run_that_creates_nothing_never_waits_for_what_may_not_show(number: int) -> None:
    schedule = build_reference(
        Run(kill=Kill(at="journal", number=number, when="answered")),
        Run(fate="lost"),
        Run(),
    )
    kept = [server for server in schedule.stack.servers if server.key == "old"]
    result = play(replace(schedule, stack=replace(schedule.stack, servers=tuple(kept))))
    assert result.violations == []
    assert not [line for line in result.log if "looking again" in line]


def test_a_snapshot_that_a_reinstall_would_take_away_is_taken_after_it() -> None:
    change = {"image": "rocky9_uefi", "snapshots": {"mine": True}}
    result = play(build(change, "server", Run()))
    assert result.violations == []
    assert result.runs == 2  # the second one has nothing to do
    sent = [line for line in result.log if "POST" in line and "vs10001" in line]
    assert ["redeploy" in line for line in sent] == [True, False]
