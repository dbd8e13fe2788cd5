"""A plan as an HTML page: what a reviewer sees, and that text of others is nothing but text."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from ccloud_apply.model.results.plan import Action, Plan, ServerPlan
from ccloud_apply.render.graph.svg import GRAPH_STYLE
from ccloud_apply.render.lib.html_style import FILTER_SCRIPT, PAGE_STYLE
from ccloud_apply.render.plan.html_document import render_plan_html
from ccloud_apply.render.plan.html_drawing import DRAWING_STYLE
from ccloud_apply.render.plan.html_style import PLAN_STYLE
from tests.support.calls import count_calls
from tests.support.examples import examples
from tests.support.render.fleets import Kind, fleet_of
from tests.support.render.harmless import assert_harmless
from tests.support.render.parsed_page import (
    ATTRIBUTES,
    Page,
    assert_allowed,
    assert_loads_nothing,
    attributes,
    names,
)
from tests.support.render.plans import (
    PLANS,
    all_actions,
    change,
    created,
    fleet,
    held,
    plan_of,
    step,
    two_stacks,
)
from tests.support.render.strategies import plans

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))

DRAWN = {"svg", "title", "style", "defs", "marker", "path", "rect", "text", "g", "circle"}
OURS = {name for make in PLANS.values() for name in names(Page(render_plan_html(make())))} | DRAWN


def words(plan: Plan) -> str:
    return " ".join(Page(render_plan_html(plan)).text.split())


def is_drawn(pair: tuple[str, str]) -> bool:
    return pair[0] in DRAWN


def test_the_page_shows_what_happens_to_each_server_and_how() -> None:
    shown = words(all_actions())
    for expected in (
        "memory 4 GB 8 GB",
        "disks.3 (none) 100 GB",
        "- Owner: ops + Owner: platform Call: 12",
        "tags of others would go: old",
        "forces replacement debian11_uefi debian12_uefi",
        "will be DESTROYED with all its data",
        "DOWNTIME on 1 server, of unknown length: web-1 (vs10001, was front-1)",
        "resize memory PUT /ccloud/servers/vs10001/memory",
        "closes",
    ):
        assert expected in shown, expected


def test_a_set_shows_what_comes_and_what_goes_and_never_reads_as_if_it_had_been_empty() -> None:
    more = change("tags", ["one", "two"], ["one", "three", "two"])
    server = ServerPlan(key="web", hostname="vs1", action=Action.UPDATE, changes=(more,))
    shown = words(plan_of(server))
    assert "tags +three (2 kept)" in shown
    assert "(none)" not in shown


def test_what_is_held_stands_at_the_top_with_the_way_out() -> None:
    text = render_plan_html(held())
    assert "<h1>Plan, blocked by a guard</h1>" in text
    assert "nothing in this plan is done while it is blocked" in text
    assert text.index('class="held"') < text.index("<article")
    assert "--allow-destroy" in text


def test_servers_to_which_the_same_happens_are_one_card_that_knows_all_their_names() -> None:
    plan = fleet()
    text = render_plan_html(plan)
    assert text.count("<article") < len(plan.stacks[0].servers)
    for server in plan.stacks[0].changed_servers():
        assert server.key in Page(text).text


def test_a_plan_without_changes_says_so_and_draws_nothing() -> None:
    text = render_plan_html(PLANS["nothing"]())
    assert "<h1>No changes</h1>" in text
    assert "<svg" not in text


def test_all_stacks_are_on_the_page() -> None:
    plan = two_stacks()
    text = render_plan_html(plan)
    assert text.count('<section class="stack">') == len(plan.stacks) + 1
    assert "2 stacks." in words(plan)


def test_on_a_long_page_only_what_loses_data_stands_open() -> None:
    many = [replace(created(f"a{n}"), warnings=(f"its own {n}",)) for n in range(50)]
    gone = ServerPlan(key="old", hostname="vs1", action=Action.DESTROY, steps=("old/destroy",))
    delete = step(
        "old/destroy", "delete server", "DELETE", "/ccloud/servers/vs1", is_destructive=True
    )
    text = render_plan_html(plan_of(*many, gone, steps=(delete,)))
    assert text.count("<article") == 51
    assert text.count("<details open><summary><h4>") == 1
    assert '<article class="server destroy"><details open>' in text


def chain(length: int) -> Plan:
    """Servers that wait for each other, one after the other."""
    servers = [created(f"a{n}") for n in range(length)]
    steps = (
        step(f"a{n}/create", "create server", "POST", "/x", needs=(f"a{n - 1}/create",))
        for n in range(length)
    )
    return plan_of(*servers, steps=tuple(steps))


def test_a_drawing_that_no_window_can_show_is_left_out_and_the_way_to_it_named() -> None:
    text = render_plan_html(chain(100))
    assert "<svg" not in text
    assert "Order of the 100 steps" in text
    assert "100 lanes" in text
    assert "<code>ccloud-apply graph --format svg</code>" in text


@pytest.mark.parametrize(("length", "kind"), [(2, "slim"), (5, "middle"), (7, "broad")])
def test_a_drawing_stands_where_the_window_is_wide_enough_and_else_a_sentence(
    length: int, kind: str
) -> None:
    text = render_plan_html(chain(length))
    assert f'<div class="graph {kind}"><svg' in text
    assert "The drawing needs a wider window; each card has its steps." in text
    assert f".{kind} {{ display: none; }}" in text


def test_many_servers_that_are_alike_are_drawn_as_one_lane() -> None:
    servers = [created(f"web-{n}") for n in range(1, 201)]
    steps = tuple(step(f"{s.key}/create", "create server", "POST", "/x") for s in servers)
    text = render_plan_html(plan_of(*servers, steps=steps))
    assert "web-1 … web-200 (200 servers)</text>" in text
    assert text.count('<rect class="lane"') == 1


def test_cards_stand_in_groups_by_action_and_what_is_destroyed_first() -> None:
    found = re.findall(r"<h3>([^<]*) <small>(\d+)</small></h3>", render_plan_html(all_actions()))
    assert found == [
        ("Destroy", "2"),
        ("Replace", "1"),
        ("Update, and destroy data", "1"),
        ("Adopt", "1"),
        ("Release", "1"),
        ("Create", "1"),
    ]


def test_every_stack_has_its_own_groups() -> None:
    text = render_plan_html(Plan(stacks=(*held().stacks, *held().stacks)))
    assert text.count("<h3>Destroy <small>4</small></h3>") == 2


@pytest.mark.parametrize("way", ["all", "chain"])
def test_the_work_grows_with_the_size_of_the_plan_and_not_faster(way: str) -> None:
    def work(servers: int) -> float:
        kinds = (Kind("db", servers), Kind("web", servers, waits_for=0, way=way))
        gone = Kind("old", servers, Action.DESTROY)
        stack = fleet_of(*kinds, gone)
        size = sum(1 + len(step.needs) for step in stack.steps)
        return count_calls(lambda: render_plan_html(Plan(stacks=(stack,)))) / size

    assert work(400) <= 1.1 * work(200)


def test_the_page_loads_nothing_and_is_light_and_dark() -> None:
    assert_loads_nothing(render_plan_html(all_actions()))


@pytest.mark.parametrize(
    "part",
    [PAGE_STYLE + PLAN_STYLE + DRAWING_STYLE, GRAPH_STYLE, FILTER_SCRIPT],
    ids=["style", "graph", "script"],
)
def test_the_policy_of_the_page_allows_its_own_styles_and_script_by_their_hashes(
    part: str,
) -> None:
    assert_allowed(render_plan_html(all_actions()), part)


@thorough
@given(plans)
def test_text_of_others_adds_no_tag_and_no_attribute_to_the_page(plan: Plan) -> None:
    text = render_plan_html(plan)
    assert_harmless(text)
    page = Page(text)
    assert names(page) <= OURS
    assert {pair for pair in attributes(page) if not is_drawn(pair)} <= ATTRIBUTES
