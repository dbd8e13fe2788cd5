"""Reads that are behind: what has succeeded is not done again, wherever the run was killed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.model.declared.stack import Lifecycle
from tests.simulator.behaviours import ORDER
from tests.simulator.schedule import Run, Schedule
from tests.simulator.simulate import play
from tests.simulator.world import STACK, Kill
from tests.support.builders import spec, stack

TAGS = [f"stack:{STACK}", "server:s0"]
CHANGES: Sequence[Mapping[str, Any]] = (
    {"image": "rocky9_uefi"},
    {"cores": 2},
    {"memory": 4},
    {"disks": [60]},
)
LAST_REQUEST = 24


def build(change: Mapping[str, Any], of: str, *runs: Run) -> Schedule:
    """One server that is to be changed, at a platform whose reads are four seconds behind."""
    lifecycle = Lifecycle(on_create_only_change="redeploy")
    lag = {"visibility_lag": 4, "of": [of]}
    return Schedule(
        seed=1,
        stack=stack(spec("s0", lifecycle=lifecycle, **{**ORDER, **change}), name=STACK),
        orders=({**ORDER, "custom_name": f"{STACK}-s0", "tags": TAGS},),
        rules=tuple({"method": method, "fault": lag} for method in ("POST", "PUT")),
        runs=runs,
        sandbox={},
    )


def count_sent(log: Sequence[str]) -> int:
    """The redeploys and resizes that have reached the platform."""
    paths = ("/redeploy", "/cores", "/memory", "/disks/")
    return sum(" -> 200" in line and any(path in line for path in paths) for line in log)


@pytest.mark.parametrize("of", ["server", "list", "detail"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_change_that_was_taken_is_made_once_wherever_the_run_is_killed(
    change: Mapping[str, Any], of: str
) -> None:
    for number in range(4, LAST_REQUEST):
        kill = Kill(at="request", number=number, when="answered")
        result = play(build(change, of, Run(kill=kill), Run()))
        assert result.violations == [], f"killed at request {number}"
        assert count_sent(result.log) == 1, f"killed at request {number}"


@pytest.mark.parametrize("of", ["server", "list", "detail"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_run_right_after_another_one_has_nothing_to_do(
    change: Mapping[str, Any], of: str
) -> None:
    result = play(build(change, of, Run(), Run()))
    assert result.violations == []
    assert count_sent(result.log) == 1


def test_tags_that_show_late_are_no_failure() -> None:
    result = play(build({"tags": ["new"]}, "server", Run(), Run()))
    assert result.violations == []
    assert sum("POST" in line and "/tags -> 204" in line for line in result.log) == 1
    assert any("ended 1 done" in line for line in result.log)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_change_that_was_dropped_is_made_again_only_when_a_person_asks(
    change: Mapping[str, Any],
) -> None:
    """Wherever the run is killed once the journal knows of the task: the next one marks it."""
    rules = tuple(
        {"operation": operation, "when": {"nth": 1}, "fault": {"ignore": True}}
        for operation in ("resize_*", "redeploy_server")
    )
    for number in range(1, 8):
        kill = Kill(at="journal", number=number, when="answered")
        schedule = replace(build(change, "server", Run(kill=kill), Run(), Run()), rules=rules)
        result = play(schedule)
        assert result.violations == [], f"killed at write {number}"
        (asked,) = [n for n, line in enumerate(result.log) if line.endswith("healed")]
        assert count_sent(result.log[:asked]) == 1, f"killed at write {number}"
        assert count_sent(result.log[asked:]) == 1, f"killed at write {number}"
