"""Somebody restores, dates or protects a server between the plan and the request that ends it.

A whole apply against the emulator, in virtual time, with a hand in the account's data.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.model.ownership import PREVENT_DESTROY, retire_tag
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.sandbox.faults import FaultPlan
from tests.integration.apply.test_changed_meanwhile import (
    ORDER,
    Done,
    Meddle,
    apply,
    own,
    set_tags,
)
from tests.support.builders import spec, stack
from tests.support.virtual_time import START

TODAY = START.date()
DAY, OTHER = (retire_tag(TODAY + timedelta(days=days)) for days in (7, 9))
REACHED = retire_tag(TODAY)
OURS = own("old")
PLAN = PlanOptions(allow_destroy=1)
DESIRED = stack(spec("web"), policy=Policy(retire=7))


def give_up(*tags: str, meddle: Meddle | None = None, **how: Any) -> Done:
    """One server is given up and one stays; somebody meddles with the first."""
    orders: tuple[Mapping[str, Any], ...] = (
        {**ORDER, "custom_name": "shop-old", "tags": [*OURS, *tags]},
        {**ORDER, "tags": own()},
    )
    return apply(DESIRED, *orders, meddle=meddle, options=PLAN, **how)


def shutdowns(done: Done) -> int:
    return sum(line.endswith("/state/shutdown") for line in done.wire.writes())


def test_nobody_meddles_and_it_is_dated_and_shut_down() -> None:
    done = give_up()
    assert done.reasons() == {}
    assert (DAY in done.servers[0]["tags"], done.servers[0]["state"]) == (True, "Off")
    assert len(done.wire.writes()) == 2


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ((), f"does not carry {DAY} any more"),
        ((OTHER,), f"carries {OTHER}, not {DAY}"),
        ((DAY, PREVENT_DESTROY), f"is protected by {PREVENT_DESTROY}"),
    ],
    ids=["restored", "more time", "protected"],
)
def test_a_server_is_not_shut_down_once_it_is_not_to_go_as_planned(
    tags: tuple[str, ...], why: str
) -> None:
    """After its day was set, and before its shutdown."""
    meddle = set_tags(*OURS, *tags)
    done = give_up(meddle=meddle, before=("GET", "/servers/vs10001/state", 1))
    assert why in str(done.reasons()["old/retire"])
    assert shutdowns(done) == 0
    assert done.servers[0]["state"] == "Running"


def test_a_server_that_is_restored_right_after_its_tags_were_read_is_not_shut_down() -> None:
    done = give_up(meddle=set_tags(*OURS), before=("GET", "/servers/vs10001", 2))
    assert f"does not carry {DAY} any more" in str(done.reasons()["old/retire"])
    assert shutdowns(done) == 0


def test_a_day_that_shows_late_in_the_servers_own_read_is_waited_for() -> None:
    lag = {"visibility_lag": 15, "of": ["detail"]}
    faults = FaultPlan.from_data({"rules": [{"operation": "set_server_tags", "fault": lag}]})
    done = give_up(sandbox={"faults": faults})
    assert done.reasons() == {}
    assert shutdowns(done) == 1


def test_a_shutdown_whose_answer_was_lost_is_not_sent_again_to_a_server_that_was_restored() -> None:
    done = give_up(meddle=set_tags(*OURS), before=("POST", "/state/shutdown", 1), loses_answer=True)
    assert f"does not carry {DAY} any more" in str(done.reasons()["old/retire"])
    assert shutdowns(done) == 1
    assert done.servers[0]["state"] == "Running"


def test_another_machine_has_dated_it_for_the_same_day_meanwhile() -> None:
    done = give_up(meddle=set_tags(*OURS, DAY))
    assert done.reasons() == {}
    assert [line.rpartition("/")[2] for line in done.wire.writes()] == ["shutdown"]


def test_another_machine_has_dated_it_for_another_day_and_that_one_stays() -> None:
    done = give_up(meddle=set_tags(*OURS, OTHER))
    assert f"carries {OTHER}, not {DAY}" in str(done.reasons()["old/tags"])
    assert done.wire.writes() == []
    assert done.servers[0]["tags"] == [*OURS, OTHER]


@pytest.mark.parametrize("tags", [(), (OTHER,)], ids=["restored", "more time"])
def test_a_server_whose_day_has_come_is_not_destroyed_once_its_mark_is_another(
    tags: tuple[str, ...],
) -> None:
    done = give_up(REACHED, meddle=set_tags(*OURS, *tags))
    assert "changed since the plan" in str(done.reasons()["old/destroy"])
    assert done.wire.writes() == []
    assert len(done.servers) == 2


def test_a_server_whose_day_has_come_is_destroyed() -> None:
    done = give_up(REACHED)
    assert done.reasons() == {}
    assert len(done.servers) == 1
