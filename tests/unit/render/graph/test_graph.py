"""Graphs of plans: what waits for what, in three languages that no text of the account breaks."""

import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given

from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan, Step
from ccloud_apply.render.graph.dot import render_graph_dot
from ccloud_apply.render.graph.graph import build_graph
from ccloud_apply.render.graph.mermaid import render_graph_mermaid
from ccloud_apply.render.graph.svg import render_graph_svg
from ccloud_apply.render.graph.values import EdgeKind, Graph
from tests.support.render.harmless import assert_harmless
from tests.support.render.plans import plan_of, step
from tests.support.render.strategies import plans

Render = Callable[[Plan], str]

SVG = "{http://www.w3.org/2000/svg}"
FORMATS = (render_graph_mermaid, render_graph_dot, render_graph_svg)
MERMAID_LINES = re.compile(
    r'%%\{init: \{"flowchart": \{"wrappingWidth": \d+\}\}\}%%'
    r"|flowchart LR"
    r'|  nothing\["nothing to do"\]'
    r'|  subgraph \w+\["[^"\[\]`]+"\]|  end|    direction LR'
    r'|    \w+\["[^"\[\]`]+"\]|    \w+ ~~~ \w+'
    r'|  \w+\(\(" "\)\)'
    r"|  \w+ (?:-->|-\. (?:closes|each its own|some) \.->|-- then -->) \w+"
    r"|  classDef \w+ \S+|  class [\w,]+ \w+"
)
DOT_STRING = re.compile(r'"(?:[^"\\\n]|\\[\\"l])*"')
DOT_WORDS = re.compile(r"[\w\s{}\[\]=;,.>-]*")


def server(key: str, action: Action = Action.UPDATE, hostname: str | None = None) -> ServerPlan:
    return ServerPlan(key=key, hostname=hostname, action=action)


def put(id: str, **rest: object) -> Step:
    return replace(step(id, id.partition("/")[2], "PUT", f"/ccloud/{id}"), **rest)  # type: ignore[arg-type]


OFFLINE = plan_of(
    server("db", hostname="vs1"),
    steps=(
        put("db/shutdown", causes_downtime=True),
        put("db/cores", needs=("db/shutdown",)),
        put("db/memory", needs=("db/shutdown",)),
        put("db/start", needs=("db/cores", "db/memory"), closes="db/shutdown"),
        put("db/notes"),
    ),
)


def edges_of(plan: Plan) -> set[tuple[str, str, EdgeKind]]:
    """The edges by the ids of the steps; a joint is called by its own id."""
    graph = build_graph(plan)
    names = {n.id: n.step.id for c in graph.clusters for n in c.nodes if n.step is not None}
    return {
        (names.get(e.before, e.before), names.get(e.after, e.after), e.kind) for e in graph.edges
    }


def test_needs_closing_and_the_order_of_a_server_are_told_apart() -> None:
    assert edges_of(OFFLINE) == {
        ("db/shutdown", "db/cores", EdgeKind.NEEDS),
        ("db/shutdown", "db/memory", EdgeKind.NEEDS),
        ("db/cores", "db/start", EdgeKind.NEEDS),
        ("db/memory", "db/start", EdgeKind.NEEDS),
        ("db/shutdown", "db/start", EdgeKind.CLOSES),
        ("db/cores", "db/memory", EdgeKind.ORDER),
        ("db/start", "db/notes", EdgeKind.ORDER),
    }


def test_a_need_that_another_one_rests_on_is_not_drawn() -> None:
    steps = (put("a/x"), put("a/y", needs=("a/x",)), put("b/z", needs=("a/x", "a/y")))
    found = edges_of(plan_of(server("a"), server("b"), steps=steps))
    assert ("a/y", "b/z", EdgeKind.NEEDS) in found
    assert ("a/x", "b/z", EdgeKind.NEEDS) not in found


def test_a_start_after_a_resize_stands_for_nothing_before_it() -> None:
    """It runs although the resize failed, so whoever needs both waits for both."""
    steps = (*OFFLINE.stacks[0].steps, put("b/z", needs=("db/cores", "db/start")))
    found = edges_of(plan_of(server("db"), server("b"), steps=steps))
    assert ("db/cores", "b/z", EdgeKind.NEEDS) in found
    assert ("db/start", "b/z", EdgeKind.NEEDS) in found


def test_many_that_wait_for_many_share_a_joint() -> None:
    befores = tuple(put(f"a{i}/create") for i in range(50))
    needs = tuple(before.id for before in befores)
    afters = tuple(put(f"b{i}/create", needs=needs) for i in range(50))
    graph = build_graph(plan_of(steps=(*befores, *afters)))
    assert len(graph.joints) == 1
    assert len(graph.edges) == 100


def test_a_need_outside_of_the_plan_is_left_out() -> None:
    assert edges_of(plan_of(server("a"), steps=(put("a/x", needs=("gone/y",)),))) == set()


def test_stacks_do_not_share_nodes_and_are_named() -> None:
    one = StackPlan(stack="one", path="1", servers=(server("a"),), steps=(put("a/x"),))
    graph = build_graph(Plan(stacks=(one, replace(one, stack="two"))))
    assert [cluster.title for cluster in graph.clusters] == ["one: a, update", "two: a, update"]
    assert len({node.id for cluster in graph.clusters for node in cluster.nodes}) == 2


def test_mermaid() -> None:
    assert render_graph_mermaid(OFFLINE) == (
        "flowchart LR\n"
        '  subgraph sc1["db (vs1), update"]\n'
        "    direction LR\n"
        '    sn1["shutdown"]\n'
        '    sn2["cores"]\n'
        '    sn3["memory"]\n'
        '    sn4["start"]\n'
        '    sn5["notes"]\n'
        "  end\n"
        "  sn1 --> sn2\n"
        "  sn1 --> sn3\n"
        "  sn2 --> sn4\n"
        "  sn3 --> sn4\n"
        "  sn1 -. closes .-> sn4\n"
        "  sn2 -- then --> sn3\n"
        "  sn4 -- then --> sn5\n"
        "  classDef downtime stroke:#ef6c00,stroke-width:3px\n"
        "  class sn1 downtime\n"
    )


def test_dot() -> None:
    steps = (put("a/destroy", is_destructive=True), put("b/x", needs=("a/destroy",)))
    assert render_graph_dot(plan_of(server("a", Action.DESTROY, "vs1"), steps=steps)) == (
        "digraph plan {\n"
        "  rankdir=LR;\n"
        '  graph [fontname="sans-serif", labeljust=l, style=rounded, color=gray];\n'
        '  node [shape=box, style="rounded", fontname="sans-serif"];\n'
        '  edge [fontname="sans-serif", fontsize=10];\n'
        "  subgraph cluster_sc2 {\n"
        '    label="b";\n'
        '    sn2 [label="x", tooltip="PUT /ccloud/b/x"];\n'
        "  }\n"
        "  subgraph cluster_sc1 {\n"
        '    label="a (vs1), destroy";\n'
        '    sn1 [label="destroy", tooltip="PUT /ccloud/a/destroy", color=red, penwidth=2];\n'
        "  }\n"
        "  sn1 -> sn2;\n"
        "}\n"
    )


def boxes_of(svg: str) -> list[tuple[float, float]]:
    """The left upper corners of the steps."""
    root = ElementTree.fromstring(svg)
    found = [r for r in root.iter(f"{SVG}rect") if r.get("class", "").startswith("step")]
    return [(float(r.get("x", "")), float(r.get("y", ""))) for r in found]


def test_the_picture_has_a_lane_for_each_server_and_runs_to_the_right() -> None:
    steps = (put("a/x"), put("a/y", needs=("a/x",)), put("b/z", needs=("a/y",)))
    boxes = boxes_of(render_graph_svg(plan_of(server("a"), server("b"), steps=steps)))
    (x1, y1), (x2, y2), (x3, y3) = boxes
    assert x1 < x2 < x3
    assert y1 == y2 < y3


def test_the_picture_shows_closing_dashed_and_downtime_marked() -> None:
    root = ElementTree.fromstring(render_graph_svg(OFFLINE))
    classes = [element.get("class") for element in root.iter()]
    assert classes.count("edge closes") == 1
    assert classes.count("step downtime") == 1
    assert ".closes { stroke-dasharray" in (root.findtext(f"{SVG}style") or "")


@pytest.mark.parametrize("render", FORMATS)
def test_nothing_to_do_is_said(render: Render) -> None:
    assert "nothing to do" in render(plan_of())


@pytest.mark.parametrize("render", FORMATS)
def test_steps_that_wait_for_each_other_are_drawn_all_the_same(render: Render) -> None:
    steps = (put("a/x", needs=("b/y",)), put("b/y", needs=("a/x",)), put("b/z", needs=("b/z",)))
    assert render(plan_of(steps=steps)).count("x") >= 1


@given(plans)
def test_no_text_breaks_mermaid(plan: Plan) -> None:
    text = render_graph_mermaid(plan)
    assert_harmless(text)
    for line in text.removesuffix("\n").split("\n"):
        assert MERMAID_LINES.fullmatch(line), line


@given(plans)
def test_no_text_breaks_dot(plan: Plan) -> None:
    text = render_graph_dot(plan)
    assert_harmless(text)
    assert DOT_WORDS.fullmatch(DOT_STRING.sub("", text))


@given(plans)
def test_no_text_breaks_the_picture_and_it_asks_nobody(plan: Plan) -> None:
    text = render_graph_svg(plan)
    assert_harmless(text)
    root = ElementTree.fromstring(text)
    allowed = {"svg", "title", "style", "defs", "marker", "path", "rect", "g", "text", "circle"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed
    assert not any("href" in name for element in root.iter() for name in element.attrib)
    boxes = boxes_of(text)
    assert len(boxes) == len(set(boxes)) == steps_in(build_graph(plan))


def steps_in(graph: Graph) -> int:
    return sum(len(cluster.nodes) for cluster in graph.clusters)
