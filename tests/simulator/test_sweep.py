"""One fault, or one kill, at every place of one scenario; here every nth of them, all of them with
`python -m benchmarks.soak --sweep`.
"""

from collections.abc import Iterable
from functools import cache
from itertools import islice

import pytest

from tests.simulator.schedule import Schedule
from tests.simulator.simulate import Result, play
from tests.simulator.sweep import draw_faults, draw_kills, measure_reference

PARTS = 8
OF_FAULTS = 23
OF_KILLS = 7


@cache
def measured() -> Result:
    return measure_reference()


def assert_all_hold(schedules: Iterable[tuple[str, Schedule]]) -> None:
    count = 0
    for name, schedule in schedules:
        count += 1
        result = play(schedule)
        assert result.violations == [], name
        assert result.is_converged, name
    assert count


def test_the_scenario_goes_well_by_itself() -> None:
    result = measured()
    assert result.violations == []
    assert result.runs == 2  # the second one has nothing to do
    assert result.writes > 15 < result.first_requests


@pytest.mark.parametrize("part", range(PARTS))
def test_a_single_fault_at_any_request_does_no_harm(part: int) -> None:
    schedules = draw_faults(measured().first_requests)
    assert_all_hold(islice(schedules, part * OF_FAULTS // PARTS, None, OF_FAULTS * PARTS))


@pytest.mark.parametrize("part", range(PARTS))
def test_a_single_kill_at_any_request_or_journal_write_does_no_harm(part: int) -> None:
    schedules = draw_kills(measured().first_requests, measured().writes)
    assert_all_hold(islice(schedules, part * OF_KILLS // PARTS, None, OF_KILLS * PARTS))
