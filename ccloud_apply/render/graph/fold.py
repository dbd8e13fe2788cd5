"""Folds the lanes of a large graph: servers with the same steps, which wait for the same, are one.

A folded lane names every server, one by one where data is lost. An arrow between lanes means that
every server of one waits for every server of the other, or else says what it means; lanes of which
no such thing is true stay apart. So no server, no loss and no dependency is hidden.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from ccloud_apply.render.graph.graph import MANY, Cluster, Edge, EdgeKind, Graph, Node, Reach
from ccloud_apply.render.graph.runs import find_runs

FEW_LANES = 24
"""A graph of so many lanes is drawn as it is."""

_SMALLEST = 3
"""So many lanes, or more, are folded into one."""

_MAX_ROUNDS = 4
_MAX_IN_NAME = 2
"""Runs of names in the name of a lane; more of them are a list."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands: the number of its lane, and its own number in it."""

    lane: int
    position: int


@dataclass(frozen=True, slots=True)
class _End:
    """One end of folded arrows: a position in the `size` lanes of which `lane` is the first; or a
    joint, whose lane is its id."""

    lane: int | str
    position: int = 0
    size: int = 1


_Ends = tuple[_End, _End, EdgeKind]


def fold_graph(graph: Graph, *, is_rough: bool = False) -> Graph:
    """The graph with fewer lanes, if it has more than a few.

    Servers that are folded have the same stack, action and steps. They wait for the same servers,
    and the same wait for them, or else for each there is one of its own. `is_rough` folds all that
    have the same steps; some arrows then say that some wait for some.
    """
    if len(graph.clusters) <= FEW_LANES:
        return graph
    places = {
        node.id: _Place(lane, position)
        for lane, cluster in enumerate(graph.clusters)
        for position, node in enumerate(cluster.nodes)
    }
    inner, outer = _split_edges(dict.fromkeys(graph.edges), places)
    shapes = _number(_shape(cluster, inner[lane]) for lane, cluster in enumerate(graph.clusters))
    groups = shapes if is_rough else _refine(shapes, outer, places)
    firsts = _find_firsts(groups)
    lanes: dict[int, list[int]] = defaultdict(list)
    for lane, first in enumerate(firsts):
        lanes[first].append(lane)
    clusters = tuple(_unite([graph.clusters[lane] for lane in united]) for united in lanes.values())
    edges = [edge for first in lanes for edge in inner[first]]
    for (before, after, kind), reach in _find_reaches(firsts, outer, places).items():
        ids = (_node_id(graph, before), _node_id(graph, after))
        edges.append(Edge(before=ids[0], after=ids[1], kind=kind, reach=reach))
    return _without_joints(Graph(clusters=clusters, joints=graph.joints, edges=tuple(edges)))


def _split_edges(
    edges: Iterable[Edge], places: Mapping[str, _Place]
) -> tuple[Mapping[int, list[Edge]], list[Edge]]:
    """Those within each lane, and all others."""
    inner: dict[int, list[Edge]] = defaultdict(list)
    outer = []
    for edge in edges:
        before, after = places.get(edge.before), places.get(edge.after)
        if before and after and before.lane == after.lane:
            inner[before.lane].append(edge)
        else:
            outer.append(edge)
    return inner, outer


def _number(keys: Iterable[Hashable], start: int = 0) -> list[int]:
    """Equal keys as equal numbers."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(key, start + len(numbers)) for key in keys]


def _shape(cluster: Cluster, inner: Iterable[Edge]) -> Hashable:
    """What folded lanes have in common, whatever they wait for."""
    positions = {node.id: position for position, node in enumerate(cluster.nodes)}
    ways = frozenset((positions[e.before], positions[e.after], e.kind) for e in inner)
    server = cluster.servers[0]
    return server.stack, server.action, tuple(map(_node_shape, cluster.nodes)), ways


def _node_shape(node: Node) -> Hashable:
    step = node.step
    if step is None:
        return node.note
    return step.operation, step.method, step.is_destructive, step.causes_downtime


# Which lanes are folded.


def _refine(
    shapes: Sequence[int], outer: Sequence[Edge], places: Mapping[str, _Place]
) -> list[int]:
    """The group of each lane: those of one shape, apart where their arrows would not be true."""
    exact = _exact_groups(shapes, outer, places)
    groups = list(shapes)
    for _ in range(_MAX_ROUNDS):
        reaches = _find_reaches(_find_firsts(groups), outer, places)
        some = (ends for ends, reach in reaches.items() if reach is Reach.SOME)
        untrue = {
            groups[end.lane] for ends in some for end in ends[:2] if isinstance(end.lane, int)
        }
        if not untrue:
            return groups
        groups = [exact[lane] if group in untrue else group for lane, group in enumerate(groups)]
    return exact


def _exact_groups(
    shapes: Sequence[int], outer: Iterable[Edge], places: Mapping[str, _Place]
) -> list[int]:
    """Lanes of one shape with arrows from and to the very same nodes."""
    arrows: dict[int, set[Hashable]] = defaultdict(set)
    for edge in outer:
        for own, other in ((edge.before, edge.after), (edge.after, edge.before)):
            place = places.get(own)
            if place is not None:
                is_before = own == edge.before
                arrows[place.lane].add((place.position, is_before, edge.kind, other))
    keys = ((shape, frozenset(arrows[lane])) for lane, shape in enumerate(shapes))
    return _number(keys, start=len(shapes))


def _find_firsts(groups: Sequence[int]) -> list[int]:
    """For each lane the first one that it is folded into; of a small group it is itself."""
    lanes: dict[int, list[int]] = defaultdict(list)
    for lane, group in enumerate(groups):
        lanes[group].append(lane)
    return [
        lanes[group][0] if len(lanes[group]) >= _SMALLEST else lane
        for lane, group in enumerate(groups)
    ]


def _find_reaches(
    firsts: Sequence[int], outer: Iterable[Edge], places: Mapping[str, _Place]
) -> dict[_Ends, Reach]:
    """The arrows between folded lanes, and what is true of each."""
    sizes = Counter(firsts)

    def end_of(id: str) -> _End:
        place = places.get(id)
        if place is None:
            return _End(id)
        first = firsts[place.lane]
        return _End(first, place.position, sizes[first])

    arrows: dict[_Ends, list[Edge]] = defaultdict(list)
    for edge in outer:
        arrows[end_of(edge.before), end_of(edge.after), edge.kind].append(edge)
    return {ends: _find_reach(ends[0], ends[1], edges) for ends, edges in arrows.items()}


def _find_reach(before: _End, after: _End, edges: Sequence[Edge]) -> Reach:
    if before.lane == after.lane:
        return Reach.SOME
    if len(edges) == before.size * after.size:
        return Reach.ALL
    befores = {edge.before for edge in edges}
    afters = {edge.after for edge in edges}
    if len({before.size, after.size, len(edges), len(befores), len(afters)}) == 1:
        return Reach.OWN
    return Reach.SOME


# The folded graph.


def _node_id(graph: Graph, end: _End) -> str:
    if isinstance(end.lane, str):
        return end.lane
    return graph.clusters[end.lane].nodes[end.position].id


def _unite(clusters: Sequence[Cluster]) -> Cluster:
    """The first lane, for the servers of all of them."""
    first, *others = clusters
    if not others:
        return first
    servers = tuple(server for cluster in clusters for server in cluster.servers)
    count = f"{len(servers):,} servers"
    owner = servers[0].owner
    if first.loses_data:  # whoever is lost is named, and not as a part of a run
        names = tuple(replace(server, stack="").name for server in servers)
        return replace(first, name=f"{owner}{count}", servers=servers, names=names)
    runs = find_runs([server.key for server in servers])
    if len(runs) > _MAX_IN_NAME:
        return replace(first, name=f"{owner}{count}", servers=servers, names=tuple(runs))
    return replace(first, name=f"{owner}{', '.join(runs)} ({count})", servers=servers)


def _without_joints(graph: Graph) -> Graph:
    """The graph without the joints that no longer save an arrow."""
    befores: dict[str, list[Edge]] = defaultdict(list)
    afters: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        befores[edge.after].append(edge)
        afters[edge.before].append(edge)
    gone = {
        joint.id: None
        for joint in graph.joints
        if len(befores[joint.id]) < MANY or len(afters[joint.id]) < MANY
    }
    edges = [edge for edge in graph.edges if edge.before not in gone and edge.after not in gone]
    edges += (
        Edge(before=first.before, after=second.after, kind=first.kind, reach=_join(first, second))
        for id in gone
        for first, second in product(befores[id], afters[id])
    )
    kept = tuple(joint for joint in graph.joints if joint.id not in gone)
    return Graph(clusters=graph.clusters, joints=kept, edges=tuple(dict.fromkeys(edges)))


def _join(first: Edge, second: Edge) -> Reach:
    return Reach.ALL if first.reach is second.reach is Reach.ALL else Reach.SOME
