"""Folding lanes hides no server, no loss and no dependency, and no arrow says what is untrue."""

import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from ccloud_apply.model.results.plan import Action, Plan
from ccloud_apply.render.graph.dot import render_graph_dot
from ccloud_apply.render.graph.fold import FEW_LANES, fold_graph
from ccloud_apply.render.graph.graph import build_graph
from ccloud_apply.render.graph.mermaid import MAX_ARROWS, MAX_CHARACTERS, render_graph_mermaid
from ccloud_apply.render.graph.svg import render_graph_svg
from ccloud_apply.render.graph.values import Cluster, EdgeKind, Graph, Reach
from ccloud_apply.render.lib.runs import find_runs
from tests.support.calls import count_calls
from tests.support.examples import examples
from tests.support.render.fleets import Kind, fleet_of, fleets, lost_servers

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
_RUN = re.compile(r"(\S*?)(\d+) … (\S*?)(\d+)")

Arrow = tuple[str, str, EdgeKind]


def folded(*kinds: Kind) -> Graph:
    return fold_graph(build_graph(Plan(stacks=(fleet_of(*kinds),))))


def titles(graph: Graph) -> list[str]:
    return [cluster.title for cluster in graph.clusters]


def expand(text: str) -> Iterator[str]:
    """Every key that a text names, those between the ends of a run too."""
    for first, begin, last, end in _RUN.findall(text):
        assert first == last
        yield from (f"{first}{number}" for number in range(int(begin), int(end) + 1))
    yield from re.findall(r"[a-d]-\d+", text)


def arrows_of(graph: Graph) -> set[Arrow]:
    """What a graph says of single steps: each arrow between lanes by the rule of its reach, and
    joints as what they stand for. Arrows within a lane are not told."""
    lanes = {node.id: (c, place) for c in graph.clusters for place, node in enumerate(c.nodes)}
    joints = {joint.id for joint in graph.joints}
    befores: dict[str, set[str]] = {id: set() for id in joints}
    for edge in graph.edges:
        if edge.after in joints:
            befores[edge.after] |= set(_steps(*lanes[edge.before]))
    found: set[Arrow] = set()
    for edge in graph.edges:
        if edge.after in joints:
            continue
        afters = _steps(*lanes[edge.after])
        if edge.before in joints:
            pairs = {(before, after) for before in befores[edge.before] for after in afters}
        elif lanes[edge.before][0] is lanes[edge.after][0]:
            continue
        elif edge.reach is Reach.OWN:
            pairs = set(zip(_steps(*lanes[edge.before]), afters, strict=True))
        else:
            assert edge.reach is Reach.ALL
            pairs = {(b, after) for b in _steps(*lanes[edge.before]) for after in afters}
        found |= {(before, after, edge.kind) for before, after in pairs}
    return found


def _steps(cluster: Cluster, place: int) -> list[str]:
    """The steps of all servers of a lane, as `STACK: KEY/OPERATION`."""
    step = cluster.nodes[place].step
    assert step is not None
    return [f"{server.name}/{step.operation}" for server in cluster.servers]


@thorough
@given(fleets)
def test_a_folded_graph_says_the_same_of_every_server_as_the_whole_one(plan: Plan) -> None:
    whole = build_graph(plan)
    small = fold_graph(whole)
    assert arrows_of(small) == arrows_of(whole)
    lanes = [server for cluster in small.clusters for server in cluster.servers]
    assert sorted(lane.name for lane in lanes) == sorted(c.name for c in whole.clusters)
    assert len(small.clusters) <= len(whole.clusters)
    assert len(small.edges) <= len(whole.edges)


def lanes_of(graph: Graph) -> list[str]:
    return [" ".join((cluster.name, *cluster.names)) for cluster in graph.clusters]


@thorough
@given(fleets)
def test_every_server_is_named_by_the_words_of_its_lane(plan: Plan) -> None:
    for is_rough in (False, True):
        small = fold_graph(build_graph(plan), is_rough=is_rough)
        for cluster, words in zip(small.clusters, lanes_of(small), strict=True):
            assert set(expand(words)) == {server.key for server in cluster.servers}


@thorough
@given(fleets)
def test_whoever_loses_data_is_named_one_by_one_in_every_format(plan: Plan) -> None:
    svg = ElementTree.fromstring(render_graph_svg(plan))
    shown = " ".join(e.text or "" for e in svg.iter("{http://www.w3.org/2000/svg}text"))
    dot = render_graph_dot(plan).replace("\\l", " ")
    mermaid = render_graph_mermaid(plan).replace("<br/>", " ")
    for server in lost_servers(plan):
        for text in (shown, dot, mermaid):
            name = server.key if server.hostname is None else server.hostname
            assert re.search(rf"(?<![\w-]){name}(?![\w-])", text), name


@thorough
@given(fleets)
def test_mermaid_stays_below_the_limits_of_the_sites_that_draw_it(plan: Plan) -> None:
    assert_fits(render_graph_mermaid(plan))


def assert_fits(text: str) -> None:
    arrows = re.findall(r"^ *\w+ (?:-->|-\.|-- |~~~)", text, re.MULTILINE)
    assert len(arrows) <= MAX_ARROWS
    assert len(text.encode("utf-16-le")) // 2 <= MAX_CHARACTERS


def test_servers_with_the_same_steps_are_one_lane_with_its_count() -> None:
    graph = folded(Kind("web", 180), Kind("db", 1), Kind("lb", 20, waits_for=0))
    assert titles(graph) == [
        "web-1 … web-180 (180 servers), update",
        "db-1 (vs-web-db-1), update",
        "lb-1 … lb-20 (20 servers), update",
    ]
    assert not graph.joints
    (across,) = [edge for edge in graph.edges if edge.kind is EdgeKind.NEEDS]
    assert across.reach is Reach.ALL


def test_a_few_lanes_stay_as_they_are() -> None:
    assert len(folded(Kind("web", FEW_LANES)).clusters) == FEW_LANES
    assert len(folded(Kind("web", FEW_LANES + 1)).clusters) == 1


def test_servers_that_each_wait_for_their_own_are_two_lanes_and_the_arrow_says_so() -> None:
    graph = folded(Kind("db", 40), Kind("web", 40, waits_for=0, way="own"))
    assert len(graph.clusters) == 2
    assert [e.reach for e in graph.edges if e.kind is EdgeKind.NEEDS] == [Reach.OWN]


def test_a_server_that_alone_waits_for_another_keeps_its_lane_and_so_does_the_other() -> None:
    graph = folded(Kind("db", 40), Kind("web", 40, waits_for=0, way="one"))
    assert titles(graph) == [
        "db-1 (vs-web-db-1), update",
        "78 servers, update",
        "web-2 (vs-web-web-2), update",
    ]
    assert graph.clusters[1].names == ("db-2 … db-40", "web-1", "web-3 … web-40")


def test_servers_that_wait_for_each_other_in_a_row_stay_apart() -> None:
    graph = folded(Kind("web", 200, waits_for=0, way="chain"))
    assert len(graph.clusters) == 200


def test_what_is_destroyed_is_never_folded_into_what_stays() -> None:
    gone = Kind("gone", 2, Action.DESTROY)
    graph = folded(Kind("web", 30), Kind("old", 30, Action.DESTROY), gone)
    web, old = (c for c in graph.clusters if len(c.servers) > 1)
    assert (web.loses_data, old.loses_data) == (False, True)
    assert old.title == "32 servers, destroy"
    assert old.names[0] == "old-1 (vs-web-old-1)"
    assert len(old.names) == 32


def test_names_without_numbers_are_a_list() -> None:
    names = [f"{a}{b}" for a in "abcde" for b in "vwxyz"]
    stack = fleet_of(*(Kind(name, 1, Action.CREATE) for name in names))
    (cluster,) = fold_graph(build_graph(Plan(stacks=(stack,)))).clusters
    assert cluster.title == "25 servers, create"
    assert cluster.names == tuple(f"{name}-1" for name in names)


def test_stacks_are_not_folded_into_each_other() -> None:
    stacks = tuple(fleet_of(Kind("web", 30), stack=name) for name in ("a", "b"))
    assert titles(fold_graph(build_graph(Plan(stacks=stacks)))) == [
        "a: web-1 … web-30 (30 servers), update",
        "b: web-1 … web-30 (30 servers), update",
    ]


@pytest.mark.parametrize(
    ("keys", "runs"),
    [
        (["a-1", "a-2", "a-3"], ["a-1 … a-3"]),
        (["a-9", "a-10", "a-11"], ["a-9 … a-11"]),
        (["a-09", "a-10", "a-11"], ["a-09 … a-11"]),
        (["a-1", "a-2"], ["a-1", "a-2"]),
        (["a-1", "a-3", "a-2"], ["a-1", "a-3", "a-2"]),
        (["a", "b", "c"], ["a", "b", "c"]),
        (["a-1", "b-2", "c-3"], ["a-1", "b-2", "c-3"]),
        (["a-²", "a-³"], ["a-²", "a-³"]),
        ([], []),
    ],
)
def test_keys_that_count_on_are_a_run(keys: list[str], runs: list[str]) -> None:
    assert find_runs(keys) == runs


# Mermaid's limits


def test_a_thousand_servers_in_a_row_fit_into_mermaid_and_say_that_some_wait() -> None:
    plan = Plan(stacks=(fleet_of(Kind("web", 1000, waits_for=0, way="chain")),))
    text = render_graph_mermaid(plan)
    assert_fits(text)
    assert "web-1 #8230; web-1000 (1,000 servers)" in text
    assert "-. some .->" in text


def test_what_does_not_fit_into_mermaid_in_any_way_is_not_drawn_and_says_so() -> None:
    stacks = tuple(
        fleet_of(Kind("old", 3, Action.DESTROY), Kind("web", 3), stack=f"stack-{n}")
        for n in range(400)
    )
    text = render_graph_mermaid(Plan(stacks=stacks))
    assert text.startswith("flowchart LR\n")
    assert "2,400 servers and 3,600 steps, too many for Mermaid. 1,200 of the servers" in text
    assert_fits(text)


# Size


@pytest.mark.parametrize("render", [render_graph_svg, render_graph_dot, render_graph_mermaid])
@pytest.mark.parametrize("way", ["all", "own", "chain"])
def test_the_work_grows_with_the_size_of_the_plan_and_not_faster(
    render: Callable[[Plan], str], way: str
) -> None:
    def work(servers: int) -> float:
        """Calls for each step and need of a plan: where all wait for all, it has many."""
        kinds = (Kind("db", servers), Kind("web", servers, waits_for=0, way=way))
        stack = fleet_of(*kinds)
        size = sum(1 + len(step.needs) for step in stack.steps)
        return count_calls(lambda: render(Plan(stacks=(stack,)))) / size

    assert work(400) <= 1.1 * work(200)


@pytest.mark.parametrize("render", [render_graph_svg, render_graph_dot])
def test_a_drawing_of_servers_that_are_alike_does_not_grow_with_their_number(
    render: Callable[[Plan], str],
) -> None:
    small, large = (
        len(render(Plan(stacks=(fleet_of(Kind("web", size), Kind("db", size, waits_for=0)),))))
        for size in (100, 400)
    )
    assert large < 1.2 * small


@pytest.mark.parametrize("render", [render_graph_svg, render_graph_dot, render_graph_mermaid])
def test_the_same_plan_is_the_same_text(render: Callable[[Plan], str]) -> None:
    def text() -> str:
        kinds = (Kind("db", 30), Kind("web", 30, waits_for=0), Kind("old", 5, Action.DESTROY))
        return render(Plan(stacks=(fleet_of(*kinds),)))

    assert text() == text()
