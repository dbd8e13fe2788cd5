"""Servers that leave the file and come back, days apart, where anything may go wrong."""

from dataclasses import replace
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest

from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.model.ownership import read_retirement
from ccloud_apply.plan.diff import retire
from ccloud_apply.plan.matching import retirement
from tests.simulator.behaviours import ORDER
from tests.simulator.schedule import Fate, Run, Schedule
from tests.simulator.simulate import Result, play, simulate
from tests.simulator.world import STACK, Kill, When
from tests.support.builders import spec, stack

DAY_S = 86_400.0
GONE = frozenset({"old"})


def build(*runs: Run, absent: frozenset[str] = GONE) -> Schedule:
    """Two servers that are there; one leaves the file and waits for two days."""
    orders = tuple(
        {**ORDER, "custom_name": f"{STACK}-{key}", "tags": [f"stack:{STACK}", f"server:{key}"]}
        for key in ("web", "old")
    )
    return Schedule(
        seed=1,
        stack=stack(
            spec("web", **ORDER),
            spec("old", **ORDER),
            name=STACK,
            policy=Policy(max_destroy=100, retire=2),
        ),
        orders=orders,
        rules=(),
        runs=runs,
        sandbox={},
        absent=absent,
    )


def test_one_that_leaves_the_file_is_off_and_dated() -> None:
    assert play(build(Run(absent=GONE))).violations == []


def test_one_that_comes_back_runs() -> None:
    assert play(build(Run(absent=GONE), Run(), absent=frozenset())).violations == []


def test_one_whose_day_has_come_is_destroyed_then_and_no_earlier() -> None:
    runs = (Run(absent=GONE, pause_s=DAY_S), Run(absent=GONE, pause_s=1.5 * DAY_S))
    result = play(build(*runs))
    assert result.violations == []
    (sent,) = [n for n, line in enumerate(result.log) if "DELETE" in line and "!!" not in line]
    (healed,) = [n for n, line in enumerate(result.log) if line.endswith("healed")]
    assert sent > healed


@pytest.mark.parametrize("fate", ["kept", "lost"])
@pytest.mark.parametrize("absent", [GONE, frozenset()], ids=["gone", "back"])
def test_wherever_it_is_killed_it_runs_or_is_off_and_dated(
    fate: Fate, absent: frozenset[str]
) -> None:
    whole = play(build(Run(absent=GONE), Run()))
    whens: tuple[When, ...] = ("before", "sent", "answered")
    kills = [
        Kill(at="request", number=number, when=whens[number % 3])
        for number in range(1, whole.first_requests + 1)
    ]
    kills += [Kill(at="journal", number=n + 1, when="answered") for n in range(whole.writes)]
    for kill in kills:
        runs = (Run(absent=GONE, kill=kill, fate=fate), Run(kill=kill, fate=fate))
        schedule = replace(build(*runs, absent=absent), settle_s=75.0)
        assert play(schedule).violations == [], kill


@pytest.mark.parametrize(("journal", "seed"), [("kept", n) for n in range(6)] + [("lost", 1)])
def test_drawn_worlds_break_no_law(journal: str, seed: int) -> None:
    assert simulate(seed, journal, is_retiring=True).violations == []


class TestTheLawsCanFail:
    """The product lacks what keeps each of them."""

    def violations(self, result: Result, begin: str) -> list[str]:
        return [text for text in result.violations if text.startswith(begin)]

    def test_one_that_goes_before_its_day(self) -> None:
        def forget(*_: Any) -> retirement.Retirement:
            return retirement.Retirement(is_marked=False)

        schedule = build(Run(absent=GONE), Run(absent=GONE))
        with patch("ccloud_apply.plan.matching.select.find_retirement", forget):
            assert self.violations(play(schedule), "destroyed too early: vs10002")

    def test_one_that_waits_for_another_day(self) -> None:
        find = read_retirement

        def early(tags: Any) -> date | None:
            return None if find(tags) is None else date(2000, 1, 1)

        with patch.object(retirement, "read_retirement", early):
            found = self.violations(play(build(Run(absent=GONE))), "destroyed too early: vs10002")
        assert any("was to wait until" in text for text in found)

    def test_one_that_is_dated_and_runs(self) -> None:
        with patch.object(retire, "is_off", lambda _live: True):
            result = play(build(Run(absent=GONE)))
        assert self.violations(result, "at the end old is not declared, and is Running and retired")
