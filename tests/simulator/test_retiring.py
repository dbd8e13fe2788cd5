"""A server that leaves the file and one that comes back, with every kill in between."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from ccloud_apply.apply.once import precondition
from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.model.ownership import retire_tag
from ccloud_apply.plan.diff import diff as diffing
from ccloud_apply.plan.diff import retire as retiring
from tests.simulator.behaviours import ORDER, Rule
from tests.simulator.retiring import DAY_S, Wait
from tests.simulator.schedule import Act, Fate, Run, Schedule
from tests.simulator.simulate import Result, play
from tests.simulator.world import STACK, Kill, When
from tests.support.builders import spec, stack
from tests.support.virtual_time import START

WHENS: Sequence[When] = ("before", "sent", "answered")
TWO_DAYS = START.date() + timedelta(days=2)
LAGS = tuple(
    {"method": method, "fault": {"visibility_lag": 15, "of": [of]}}
    for method in ("POST", "PUT", "DELETE")
    for of in ("list", "detail")
)


def build(
    *runs: Run, tags: Sequence[str] = (), state: str = "Running", rules: Sequence[Rule] = ()
) -> Schedule:
    """A server that stays, and one that the file may lack and that is found with these tags."""
    orders: list[Mapping[str, Any]] = [
        {
            **ORDER,
            "custom_name": f"{STACK}-{key}",
            "tags": [f"stack:{STACK}", f"server:{key}", *more],
        }
        for key, more in (("web", ()), ("old", tags))
    ]
    return Schedule(
        seed=1,
        stack=stack(
            spec("web", **ORDER),
            spec("old", **{**ORDER, "cores": 2}, depends_on=("web",)),
            name=STACK,
            policy=Policy(max_destroy=1, retire=2),
        ),
        orders=tuple(orders),
        rules=tuple(rules),
        runs=runs,
        sandbox={},
        found={f"{STACK}-old": {"state": state}},
        wait=Wait(2),
    )


POWER = "change_server_state"
OLD = frozenset({"old"})
TURNS = ("state/shutdown", "state/start")


def count(result: Result, what: str) -> int:
    """Requests of this kind that the platform has carried out."""
    return sum(f"{what} -> 2" in line for line in result.log)


def kills(requests: int) -> list[Kill]:
    """Each place of a run."""
    found = [
        Kill(at="request", number=number, when=when)
        for number in range(3, requests + 1)
        for when in WHENS
    ]
    journal: Sequence[When] = ("before", "answered")
    return found + [
        Kill(at="journal", number=number, when=when) for number in range(1, 8) for when in journal
    ]


def test_a_server_that_left_the_file_waits_and_is_destroyed_on_its_day() -> None:
    day = Run(gone=OLD, pause_s=DAY_S)
    result = play(build(day, day, day))
    assert result.violations == []
    assert [count(result, f"POST /api/v1/ccloud/servers/vs10002/{what}") for what in TURNS] == [
        1,
        0,
    ]
    assert count(result, "DELETE /api/v1/ccloud/servers/vs10002") == 1


@pytest.mark.parametrize("fate", ["kept", "lost", "torn"])
def test_a_retire_that_is_killed_anywhere_is_finished_by_the_next_run(fate: Fate) -> None:
    for kill in kills(16):
        result = play(build(Run(kill=kill, gone=OLD, fate=fate), Run(gone=OLD)))
        assert result.violations == [], kill
        assert count(result, "state/shutdown") == 1, kill
        assert count(result, "DELETE /api/v1/ccloud/servers/vs10002") == 0, kill


@pytest.mark.parametrize("fate", ["kept", "lost", "torn"])
def test_a_restore_that_is_killed_anywhere_is_finished_by_the_next_run(fate: Fate) -> None:
    for kill in kills(18):
        schedule = build(
            Run(kill=kill, fate=fate), Run(), tags=(retire_tag(TWO_DAYS),), state="Off"
        )
        result = play(schedule)
        assert result.violations == [], kill
        assert count(result, "state/start") == 1, kill


def test_a_server_that_comes_back_while_it_is_retired_runs_again() -> None:
    for kill in kills(16):
        result = play(build(Run(kill=kill, gone=OLD), Run()))
        assert result.violations == [], kill
        assert count(result, "DELETE /api/v1/ccloud/servers/vs10002") == 0, kill


@pytest.mark.parametrize(
    "rules", [LAGS, ({"operation": "set_server_tags", "fault": {"late": 20}},)]
)
def test_reads_that_are_behind_date_and_shut_down_once(rules: Sequence[Rule]) -> None:
    for number in range(1, 8):
        kill = Kill(at="journal", number=number, when="answered")
        result = play(build(Run(kill=kill, gone=OLD), Run(gone=OLD), Run(), rules=rules))
        assert result.violations == [], number


@pytest.mark.parametrize("action", ["start", "remove_tag", "add_tag"])
def test_whatever_somebody_does_meanwhile_the_laws_hold(action: str) -> None:
    settings = {"server": f"{STACK}-old"}
    if action != "start":
        settings["tag"] = "retire:*" if action == "remove_tag" else "retire:2027-03-01"
    act = Act(action=action, settings=settings)
    for pause_s in (0.0, DAY_S, 3 * DAY_S):
        run = Run(gone=OLD, acts=(act,), pause_s=pause_s)
        assert play(build(run, Run(gone=OLD), Run())).violations == []


class TestTheLawsCanFail:
    def test_without_a_wait_a_server_is_destroyed_too_early(self) -> None:
        with patch.object(diffing, "diff_retire", lambda match, _end: diffing.diff_destroy(match)):
            result = play(build(Run(gone=OLD)))
        assert "destroyed without a wait: vs10002" in result.violations

    def test_a_day_that_is_not_looked_at_is_noticed(self) -> None:
        schedule = build(Run(gone=OLD), tags=(retire_tag(TWO_DAYS),), state="Off")
        with patch.object(diffing, "diff_retire", lambda match, _end: diffing.diff_destroy(match)):
            result = play(schedule)
        assert f"destroyed before its day: vs10002, {TWO_DAYS}" in result.violations

    def test_a_shutdown_that_nobody_has_to_make_is_noticed(self) -> None:
        schedule = build(Run(gone=OLD), tags=(retire_tag(TWO_DAYS),), state="Off")
        with (
            patch.object(retiring, "is_off", lambda _live: False),
            patch.dict(
                EFFECTS_BY_OPERATION, {POWER: replace(EFFECTS_BY_OPERATION[POWER], bind=None)}
            ),
        ):
            result = play(schedule)
        assert "shutdown of vs10002, which is Off" in result.violations


def test_the_marks_are_read_right_before_the_server_goes() -> None:
    """Somebody gives it more time between the plan and the request: without the look it goes."""
    rule = {
        "operation": "get_server",
        "when": {"nth": 1},
        "fault": {
            "other_actor": {
                "action": "remove_tag",
                "server": f"{STACK}-old",
                "tag": "retire:*",
            }
        },
    }
    today = retire_tag(START.date())
    schedule = build(Run(gone=OLD), tags=(today,), state="Off", rules=(rule,))
    assert count(play(schedule), "DELETE /api/v1/ccloud/servers/vs10002") == 0
    with patch.object(precondition, "require_same_end", lambda *_of: None):
        result = play(schedule)
    assert "destroyed without a wait: vs10002" in result.violations
