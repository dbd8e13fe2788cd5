"""The simulator is able to fail: with a precaution taken away it finds what that one prevents."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from tests.simulator.ablation import Ablation
from tests.simulator.schedule import Fate, Run
from tests.simulator.simulate import Result, play, simulate
from tests.simulator.sweep import DISK_S, build_reference
from tests.simulator.test_behind import CHANGES, build
from tests.simulator.world import STACK, Kill


def find_duplicates(result: Result) -> list[str]:
    return [text for text in result.violations if text.startswith("duplicate")]


@pytest.mark.parametrize("journal", ["kept", "lost"])
def test_sending_a_lost_create_again_blindly_makes_duplicates(journal: str) -> None:
    results = (simulate(seed, journal, without=["resolve"]) for seed in range(40))
    # Three of these forty are enough: what follows the third is not played.
    assert len(list(islice(filter(find_duplicates, results), 3))) == 3


def test_without_waiting_for_the_disk_a_change_leaves_before_its_intent_is_there() -> None:
    schedule = build_reference(disk_s=DISK_S)
    assert play(schedule).violations == []
    violations = play(schedule, without=["sync"]).violations
    assert any(text.startswith("sent without an intent: POST") for text in violations)


def test_without_a_fence_a_create_that_takes_long_is_made_twice() -> None:
    rules = tuple(
        {"operation": "create_server", "when": {"nth": 1}, "fault": fault}
        for fault in ({"drop": "after"}, {"stuck_task": 250}, {"visibility_lag": 15})
    )
    schedule = build_reference(rules=rules)
    assert play(schedule).violations == []
    assert find_duplicates(play(schedule, without=["fence"]))


def test_without_reading_back_a_server_that_shows_late_is_made_twice() -> None:
    rules = ({"operation": "create_server", "fault": {"visibility_lag": 15}},)
    schedule = build_reference(Run(), Run(), rules=rules)
    assert play(schedule).violations == []
    # Each of the two is enough: the list is held against the create tasks before the next create.
    assert play(schedule, without=["read-back"]).violations == []
    assert play(schedule, without=["settle"]).violations == []
    assert find_duplicates(play(schedule, without=["read-back", "settle"]))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_without_waiting_until_it_shows_a_change_is_made_twice(change: Mapping[str, Any]) -> None:
    kills = [Run(kill=Kill(at="request", number=n, when="answered")) for n in range(8, 20)]
    results = [play(build(change, "server", kill, Run()), without=["confirm"]) for kill in kills]
    assert any("done twice" in text for result in results for text in result.violations)


@pytest.mark.parametrize("precaution", ["journal", "settle"])
def test_without_a_record_and_without_a_pause_a_killed_create_is_made_twice(
    precaution: Ablation,
) -> None:
    rules = ({"operation": "create_server", "fault": {"visibility_lag": 15}},)
    kill = Kill(at="request", number=20, when="answered")
    fate: Fate = "lost" if precaution == "settle" else "kept"
    without: list[Ablation] = [precaution, "settle"]
    schedules = [
        build_reference(
            Run(kill=Kill(at="request", number=number, when=kill.when), fate=fate),
            Run(),
            rules=rules,
        )
        for number in range(10, 34, 3)
    ]
    assert all(play(schedule).violations == [] for schedule in schedules)
    assert any(find_duplicates(play(schedule, without=without)) for schedule in schedules)


def test_without_a_look_nobody_knows_whose_a_server_is() -> None:
    schedule = build({"cores": 2}, "server", Run())
    assert play(schedule).violations == []
    assert any(
        "sent without a look" in text for text in play(schedule, without=["look"]).violations
    )


def test_without_marks_what_does_not_take_is_sent_again() -> None:
    rule = {"operation": "resize_server_cores", "when": {"nth": 1}, "fault": {"ignore": True}}
    schedule = replace(build({"cores": 2}, "server", Run(), Run()), rules=(rule,))
    result = play(schedule)
    assert result.violations == []
    assert any("held: cores of vs10001 is 1" in line for line in result.log)
    assert any("done twice" in text for text in play(schedule, without=["marks"]).violations)


def test_without_setting_anew_an_addon_is_there_too_often() -> None:
    schedule = build({"addons": {"backup": 3}}, "server", Run(), Run())
    schedule = replace(
        schedule,
        rules=(),
        sandbox={"addon_put": "add"},
        found={f"{STACK}-s0": {"addons": [{"name": "backup", "count": 1}]}},
    )
    assert play(schedule).violations == []
    violations = play(schedule, without=["undo"]).violations
    assert any(text.startswith("at the end addons of s0") for text in violations)
