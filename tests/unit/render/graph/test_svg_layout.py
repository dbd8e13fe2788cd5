"""An SVG picture: every text within its box, whatever it says, and nothing over anything else."""

from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccloud_apply.model.results.plan import Action, Plan, ServerPlan
from ccloud_apply.render.graph.lines import MAX_NAME, cut, fill_names, wrap
from ccloud_apply.render.graph.svg import GRAPH_STYLE, draw_graph, render_graph_svg
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.table import text_width
from tests.support.examples import examples
from tests.support.render.contrast import contrast
from tests.support.render.fleets import Kind, fleet_of, fleets
from tests.support.render.plans import PLANS, all_actions, plan_of, step
from tests.support.render.strategies import plans

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
SVG = "{http://www.w3.org/2000/svg}"
GLYPH_PX = 7.45
"""The widest glyph of a font of fixed width at 12 px: 0.62 em."""

Box = tuple[float, float, float, float]


def number(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name, "0"))


def box_of(rect: ElementTree.Element) -> Box:
    left, top = number(rect, "x"), number(rect, "y")
    return left, top, left + number(rect, "width"), top + number(rect, "height")


def room_of(text: ElementTree.Element) -> Box:
    """Where a text is drawn: as wide as it is told to be, or as its glyphs are."""
    told = text.get("textLength")
    width = float(told) if told else text_width(text.text or "") * GLYPH_PX
    assert told or (text.text or "").isascii()
    left, base = number(text, "x"), number(text, "y")
    return left, base - 10, left + width, base + 3


def is_within(inner: Box, outer: Box) -> bool:
    return (
        inner[0] >= outer[0]
        and inner[1] >= outer[1]
        and inner[2] <= outer[2]
        and inner[3] <= outer[3]
    )


def is_apart(one: Box, other: Box) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def assert_tidy(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    page = (0.0, 0.0, number(root, "width"), number(root, "height"))
    rects: dict[str, list[Box]] = {"lane": [], "step": []}
    for rect in root.iter(f"{SVG}rect"):
        assert is_within(box_of(rect), page)
        for name in rects:
            if (rect.get("class") or "").split(" ")[0] == name:
                rects[name].append(box_of(rect))
    for boxes in rects.values():
        assert all(is_apart(one, other) for one, other in combinations(boxes, 2))
    for step_box in rects["step"]:
        assert any(is_within(step_box, lane) for lane in rects["lane"])
    steps = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}rect") is not None]
    in_steps = set()
    for group in steps:
        box, text = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
        assert box is not None
        assert text is not None
        assert is_within(room_of(text), box_of(box))
        in_steps.add(text)
    for other in root.iter(f"{SVG}text"):
        if other in in_steps:
            continue
        room = room_of(other)
        assert is_within(room, page)
        lane = [box for box in rects["lane"] if not is_apart(room, box)]
        assert all(is_within(room, box) for box in lane)
        assert all(is_apart(room, box) for box in rects["step"])


@thorough
@given(plans)
def test_every_text_is_within_its_box(plan: Plan) -> None:
    assert_tidy(render_graph_svg(plan))


@thorough
@given(fleets)
def test_every_text_of_a_folded_drawing_is_within_its_box(plan: Plan) -> None:
    assert_tidy(render_graph_svg(plan))


@pytest.mark.parametrize("name", PLANS)
def test_the_pictures_of_all_plans_are_tidy(name: str) -> None:
    assert_tidy(render_graph_svg(PLANS[name]()))


LONG = {
    "longest": "w" * 40,
    "broad": "W" * 80,
    "wide": "サーバー" * 10,
    "accents": "é" * 60,
    "joined": "👩\u200d👧" * 10,
    "words": "a b " * 20,
    "ligature": "﷽" * 20,
}


@pytest.mark.parametrize("key", LONG.values(), ids=LONG.keys())
def test_long_and_wide_names_are_whole_and_within_their_lanes(key: str) -> None:
    server = ServerPlan(key=key, hostname=key, action=Action.DESTROY, steps=("x",))
    one = replace(step("x", key, "DELETE", "/x"), server=key)
    svg = render_graph_svg(plan_of(server, steps=(one,)))
    assert_tidy(svg)
    texts = ElementTree.fromstring(svg).iter(f"{SVG}text")
    titles = "".join(text.text or "" for text in texts if text.get("class") == "title")
    assert escape_short(key).replace(" ", "") in titles.replace(" ", "")


def test_the_drawing_of_a_thousand_servers_has_their_lanes_and_no_more() -> None:
    kinds = (Kind("db", 1), Kind("web", 999, waits_for=0), Kind("old", 150, Action.DESTROY))
    drawing = draw_graph(Plan(stacks=(fleet_of(*kinds),)))
    assert drawing.lanes == 3
    assert drawing.height < 1200
    assert_tidy(drawing.text)


def test_a_legend_tells_the_marks_that_are_in_the_picture_and_no_others() -> None:
    words = render_graph_svg(all_actions())
    for mark in ("downtime", "destroys data", "is done before", "one after the other"):
        assert f">{mark}</text>" in words
    for mark in ("not compared", "each is done before its own"):
        assert f">{mark}</text>" not in words


def test_the_narrowest_picture_has_room_for_every_mark_of_its_legend() -> None:
    first = step("x/a", "a", "POST", "/x", is_destructive=True)
    last = replace(step("x/b", "b", "POST", "/x"), closes="x/a", causes_downtime=True)
    server = ServerPlan(key="x", hostname="x", action=Action.UPDATE, steps=("x/a", "x/b"))
    svg = render_graph_svg(plan_of(server, steps=(first, last)))
    assert ">runs in any case once the first is done</text>" in svg
    assert_tidy(svg)


@pytest.mark.parametrize("is_dark", [False, True])
def test_texts_and_marks_are_readable_in_light_and_dark(is_dark: bool) -> None:
    light, _, dark = GRAPH_STYLE.partition("@media screen and (prefers-color-scheme: dark) {")
    rules = colours(light) | (colours(dark) if is_dark else {})
    for ground in ("ground", "lane", "step"):
        for text in ("text", "remark"):
            assert contrast(rules[text, "fill"], rules[ground, "fill"]) >= 4.5
        for mark in ("downtime", "destructive", "edge", "order", "step"):
            assert contrast(rules[mark, "stroke"], rules[ground, "fill"]) >= 3


def colours(style: str) -> dict[tuple[str, str], str]:
    """The colours of each class or element by its name."""
    found = {}
    for rule in style.split("}"):
        names, _, body = rule.partition("{")
        for name in names.split(","):
            for declaration in body.split(";"):
                what, _, value = declaration.partition(":")
                if value.strip().startswith("#"):
                    found[name.strip(" .\n"), what.strip()] = value.strip()
    return found


# Lines


@given(st.lists(st.text(max_size=50), max_size=20), st.integers(8, 60))
def test_a_list_of_names_has_all_of_them_and_no_line_is_too_wide(
    names: list[str], width: int
) -> None:
    lines = fill_names(names, width)
    assert all(text_width(line) <= width for line in lines)
    whole = ", ".join(escape_short(name, MAX_NAME) for name in names)
    assert "".join(lines).replace(" ", "") == whole.replace(" ", "")


@given(st.text(max_size=200), st.integers(8, 60))
def test_a_wrapped_text_is_whole_and_a_cut_one_is_its_beginning(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert lines
    assert all(text_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == escape_short(text, MAX_NAME).replace(" ", "")
    shown = cut(text, width)
    assert text_width(shown) <= width
    assert escape_short(text).startswith(shown.removesuffix("…"))
