"""A plan on one screen: that it fits whatever the size, and what is on it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccloud_apply import __version__
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan
from ccloud_apply.render.lib.style import Style
from ccloud_apply.render.lib.table import text_width
from ccloud_apply.render.plan.summary_text import render_plan_summary
from ccloud_apply.render.plan.text import render_plan
from tests.support.examples import examples
from tests.support.render.harmless import assert_harmless, without_colours
from tests.support.render.plans import PLANS, created, plan_of, unchanged
from tests.support.render.strategies import plans

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
SCREEN = (24, 80)


def destroyed(count: int, base: str = "old") -> tuple[ServerPlan, ...]:
    return tuple(
        ServerPlan(key=f"{base}-{i}", hostname=f"vs{i}", action=Action.DESTROY, steps=("x",))
        for i in range(count)
    )


def priced(name: str, currency: str | None, before: str, after: str) -> StackPlan:
    cost = {
        "monthly_before": before,
        "monthly_after": after,
        "monthly_change": f"{float(after) - float(before):.2f}",
        "setup_fees": "0.00",
        "servers": {"web": {}},
        "unknown": [],
    }
    (stack,) = plan_of(created("web"), stack=name, cost=cost, currency=currency).stacks
    return stack


def assert_one_screen(text: str) -> None:
    lines = text.splitlines()
    assert len(lines) < SCREEN[0], text
    assert all(text_width(line) <= SCREEN[1] for line in lines), text


@thorough
@given(plans, st.sampled_from([1, 3, 40]))
def test_every_plan_fits_on_a_screen_and_harms_nobody(plan: Plan, times: int) -> None:
    many = replace(plan, stacks=plan.stacks * times)
    text = render_plan_summary(many)
    assert_harmless(text)
    assert_one_screen(text)
    assert without_colours(render_plan_summary(many, Style(is_coloured=True))) == text


@pytest.mark.parametrize("name", PLANS)
def test_the_last_line_is_that_of_the_whole_plan(name: str) -> None:
    plan = PLANS[name]()
    shown = " ".join(render_plan_summary(plan).split())
    assert shown.endswith(" ".join(render_plan(plan).splitlines()[-1].split()))


def test_all_that_a_reviewer_has_to_know_is_on_it() -> None:
    text = render_plan_summary(PLANS["all_actions"]())
    assert text.replace(__version__, "VERSION") == ALL_ACTIONS


ALL_ACTIONS = """\
Account https://ccenter.internet1.de/api/v1 (customer 328100),
read 2027-03-01 10:30 UTC, ccloud-apply VERSION

stack     create  update  replace  destroy  adopt  unchanged
web-prod       1       2        1        2      1          5

! DESTROYS 2 servers with all data: old-1 (vs10003), old-2 (vs10004)
! REPLACES 1 server, destroying all data: db (vs10042)
! DESTROYS DATA on 1 server: web-1 (vs10001, was front-1)
! DOWNTIME on 1 server, of unknown length: web-1 (vs10001, was front-1)
10 warnings, shown without --summary
Monthly cost: 120.00 -> 145.50 (+25.50)
Monthly cost: unknown for 1 server
Plan: 1 to create, 2 to update, 1 to replace, 2 to destroy, 1 to adopt;
5 unchanged; 1 server loses data.
"""


def test_destroyed_servers_are_named_as_far_as_they_fit_and_the_others_are_counted() -> None:
    text = render_plan_summary(plan_of(*destroyed(1_000), *unchanged(3)))
    assert_one_screen(text)
    assert "! DESTROYS 1,000 servers with all data: old-0 (vs0), old-1 (vs1)," in text
    named = text.count("old-")
    assert named > 50
    assert f"and {1_000 - named:,} more" in " ".join(text.split())
    few = render_plan_summary(plan_of(*destroyed(9)))
    assert all(f"old-{i} (vs{i})" in few for i in range(9))
    assert "more" not in few


def test_stacks_with_losses_come_first_and_those_without_room_share_a_row() -> None:
    calm: Sequence[StackPlan] = [
        replace(plan_of(created("web"), *unchanged(2)).stacks[0], stack=f"calm-{i}")
        for i in range(100)
    ]
    (last,) = plan_of(*destroyed(2), stack="losing").stacks
    text = render_plan_summary(Plan(stacks=(*calm, last)))
    assert_one_screen(text)
    lines = text.splitlines()
    assert lines[0].split() == ["stack", "create", "destroy", "unchanged"]
    assert lines[1].split() == ["losing", "0", "2", "0"]
    shown = sum(line.startswith("calm-") for line in lines)
    rest = 100 - shown
    assert f"{rest} more {rest} 0 {2 * rest}" in " ".join(text.split())
    assert "all 100 2 200" in " ".join(text.split())
    assert "losing/old-0 (vs0), losing/old-1 (vs1)" in text


def test_every_stack_has_a_row_where_there_is_room() -> None:
    stacks = [priced(f"s{i}", None, "1.00", "2.00") for i in range(5)]
    text = render_plan_summary(Plan(stacks=tuple(stacks)))
    assert all(f"\ns{i} " in text for i in range(5))
    assert "more" not in text


def test_amounts_of_different_currencies_are_never_added() -> None:
    stacks = (
        priced("a", "EUR", "10.00", "12.50"),
        priced("b", "EUR", "0.00", "1.50"),
        priced("c", "CHF", "100.00", "90.00"),
    )
    lines = render_plan_summary(Plan(stacks=stacks)).splitlines()
    assert "Monthly cost: 100.00 -> 90.00 CHF (-10.00)" in lines
    assert "Monthly cost: 10.00 -> 14.00 EUR (+4.00)" in lines


def test_an_unnamed_currency_is_not_taken_for_one_that_is_named() -> None:
    stacks = (priced("a", "EUR", "1.00", "2.00"), priced("b", None, "1.00", "2.00"))
    lines = render_plan_summary(Plan(stacks=stacks)).splitlines()
    assert "Monthly cost: 1.00 -> 2.00 EUR (+1.00)" in lines
    assert "Monthly cost: 1.00 -> 2.00 (+1.00)" in lines


def test_many_currencies_are_counted() -> None:
    codes = ("EUR", "CHF", "USD", "SEK")
    stacks = tuple(priced(code.lower(), code, "1.00", "2.00") for code in codes)
    text = render_plan_summary(Plan(stacks=stacks))
    assert "Monthly cost: 1.00 -> 2.00 CHF (+1.00)\nMonthly cost: 3 more currencies\n" in text
