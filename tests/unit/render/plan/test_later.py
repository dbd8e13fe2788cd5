"""What a plan leaves for later: it is told, with its day and its cost, and never as a match."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ccloud_apply.model.documents.decode import decode_plan
from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.results.plan import Action, Deferred, Plan, ServerPlan, StackPlan
from ccloud_apply.plan.kinds import with_kinds_in
from ccloud_apply.render.plan.later import find_waiting, fold_deferred, retired_lines
from ccloud_apply.render.registry import RenderOptions, render
from tests.support.render.plans import PLANS, change, plan_of, unchanged

DAY = date(2027, 1, 8)
OPENS = datetime(2027, 1, 2, 1, tzinfo=UTC)


def waiting(key: str, cost: str | None = None, day: date = DAY) -> ServerPlan:
    goes = () if cost is None else (change("monthly_cost", cost),)
    return ServerPlan(
        key=key, hostname=f"vs-{key}", action=Action.UNCHANGED, goes=goes, retires=day
    )


def put_off(key: str, **rest: Any) -> Deferred:
    return Deferred(key=key, action=Action.UPDATE, why="the window is closed", **rest)


def stack_of(*servers: ServerPlan, **rest: Any) -> StackPlan:
    (stack,) = plan_of(*servers, **rest).stacks
    return stack


def test_servers_of_one_day_are_one_line_with_the_sum_of_their_costs() -> None:
    stack = stack_of(waiting("a", "10.10"), waiting("b", "20.20"), currency="EUR")
    assert retired_lines(stack) == [
        "a (vs-a), b (vs-b) (2 servers): retired, off, DESTROYED with all their data"
        " from 2027-01-08 (UTC) on; 30.30 EUR per month until then"
    ]


def test_the_next_day_comes_first() -> None:
    stack = stack_of(waiting("late", day=date(2027, 2, 1)), waiting("soon"))
    assert [one.day for one in find_waiting(stack)] == [DAY, date(2027, 2, 1)]


def test_a_cost_that_is_not_known_is_in_no_sum_and_is_said() -> None:
    (line,) = retired_lines(stack_of(waiting("a", "10.00"), waiting("b")))
    assert line.endswith("; 10.00 per month (unknown for 1 server) until then")
    (line,) = retired_lines(stack_of(waiting("a"), waiting("b", "nan")))
    assert line.endswith(" on")


def test_a_cost_may_come_from_those_of_the_stack() -> None:
    cost = {"servers": {"a": {"monthly_after": "7.00"}}, "unknown": []}
    (line,) = retired_lines(stack_of(waiting("a"), cost=cost))
    assert "; 7.00 per month until then" in line


def test_what_is_deferred_alike_is_one_block_and_another_time_is_another() -> None:
    alike = [put_off(f"web-{i}", opens_at=OPENS) for i in (1, 2, 3)]
    stack = stack_of(deferred=(*alike, put_off("web-4", opens_at=None)))
    folds = fold_deferred(stack)
    assert [len(fold.servers) for fold in folds] == [3, 1]
    assert folds[0].why == "deferred until 2027-01-02 01:00 UTC: the window is closed"
    assert folds[1].why == "deferred, no time for it is known: the window is closed"
    assert len(fold_deferred(stack, is_full=True)) == 4


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_a_plan_in_which_all_is_deferred_never_says_that_the_account_matches(name: str) -> None:
    plan = plan_of(*unchanged(2), deferred=(put_off("web", opens_at=OPENS),))
    text = render("plan", name, plan)
    assert "deferred" in text
    assert "matches" not in text
    assert "No changes" not in text
    assert "1 deferred" in render("plan", "text", plan, RenderOptions(is_summary=True))


def test_retired_servers_that_wait_are_no_change_and_are_counted_beside_it() -> None:
    text = render("plan", "text", plan_of(*unchanged(2), waiting("a")))
    assert "No changes. The account matches web-prod (3 servers, 1 of them retired)." in text


def test_a_retired_server_is_off_to_stay_which_is_no_downtime() -> None:
    server = ServerPlan(
        key="a",
        hostname="vs1",
        action=Action.RETIRE,
        has_downtime=True,
        steps=("a/x",),
        retires=DAY,
    )
    for name in ("text", "markdown", "html"):
        shown = render("plan", name, plan_of(server)).lower()
        assert "downtime on" not in shown
        assert "**downtime**" not in shown
        assert "from 2027-01-08 (utc) on" in shown


def test_several_days_name_the_first_one() -> None:
    servers = [
        ServerPlan(key=f"k{d}", hostname=f"vs{d}", action=Action.RETIRE, retires=date(2027, 1, d))
        for d in (9, 8)
    ]
    text = render("plan", "text", plan_of(*servers))
    head = "RETIRES 2 servers, DESTROYED with all data the first from 2027-01-08 (UTC) on:"
    assert f"! {head} k9 (vs9), k8 (vs8)" in text


def test_restored_servers_are_one_block_and_retired_ones_stand_alone() -> None:
    back = [
        ServerPlan(
            key=f"k-{i}",
            hostname=f"vs{i}",
            action=Action.RESTORE,
            steps=("x",),
            changes=(change("power", "off", "running"),),
        )
        for i in range(3)
    ]
    away = [replace(one, action=Action.RETIRE, retires=DAY) for one in back]
    assert render("plan", "text", plan_of(*back)).count("will be restored") == 1
    assert render("plan", "text", plan_of(*away)).count("will be retired") == 3


def test_terraform_has_what_is_deferred_in_its_own_words_and_is_not_complete() -> None:
    document = json.loads(render("plan", "terraform-json", PLANS["retired"]()))
    found = document["deferred_changes"]
    assert {one["reason"] for one in found} == {"unknown"}
    actions = [one["resource_change"]["change"]["actions"] for one in found]
    assert actions == [["update"], ["update"], ["delete"], ["create"]]
    assert document["complete"] is False
    told = document["x_ccloud"]
    assert told["retires"]["module.web-prod.ccloud_server.old-1"] == "2027-01-08"
    assert told["deferred"]["module.web-prod.ccloud_server.db"]["from"] is None
    assert told["override_window"] == "certificate expires tonight"


def test_terraform_says_nothing_of_it_where_there_is_nothing() -> None:
    document = json.loads(render("plan", "terraform-json", PLANS["all_actions"]()))
    assert "deferred_changes" not in document
    assert document["complete"] is True
    assert not {"at", "override_window", "retires", "deferred"} & set(document["x_ccloud"])


def test_a_saved_plan_shows_the_same() -> None:
    plan = PLANS["retired"]()
    again = with_kinds_in(decode_plan(json.loads(json.dumps(encode_plan(plan)))))
    for name in ("text", "markdown", "html", "json"):
        assert render("plan", name, again) == render("plan", name, plan)


def test_nothing_is_said_of_a_moment_where_none_was_asked_for() -> None:
    text = render("plan", "text", Plan(stacks=plan_of(*unchanged(1)).stacks))
    assert "--at" not in text
    assert "overridden" not in text
