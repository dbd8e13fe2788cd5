"""Folds the lanes of a large graph: servers with the same steps, which wait for the same, are one.

A folded lane names every server, one by one where data is lost. An arrow between lanes means that
every server of one waits for every server of the other, or else says what it means; lanes of which
no such thing is true stay apart. So no server, no loss and no dependency is hidden.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product

from ccloud_apply.render.graph.alike import (
    End,
    Place,
    find_firsts,
    find_groups,
    find_reaches,
    find_shapes,
)
from ccloud_apply.render.graph.values import MANY, Cluster, Edge, Graph, Reach
from ccloud_apply.render.lib.runs import find_runs

FEW_LANES = 24
"""A graph of so many lanes is drawn as it is."""

_MAX_IN_NAME = 2
"""Runs of names in the name of a lane; more of them are a list."""


def fold_graph(graph: Graph, *, is_rough: bool = False) -> Graph:
    """The graph with fewer lanes, if it has more than a few.

    Servers that are folded have the same stack, action and steps. They wait for the same servers,
    and the same wait for them, or else for each there is one of its own. `is_rough` folds all that
    have the same steps; some arrows then say that some wait for some.
    """
    if len(graph.clusters) <= FEW_LANES:
        return graph
    places = {
        node.id: Place(lane, position)
        for lane, cluster in enumerate(graph.clusters)
        for position, node in enumerate(cluster.nodes)
    }
    inner, outer = _split_edges(dict.fromkeys(graph.edges), places)
    shapes = find_shapes(graph.clusters, inner)
    groups = shapes if is_rough else find_groups(shapes, outer, places)
    firsts = find_firsts(groups)
    lanes: dict[int, list[int]] = defaultdict(list)
    for lane, first in enumerate(firsts):
        lanes[first].append(lane)
    clusters = tuple(_unite([graph.clusters[lane] for lane in united]) for united in lanes.values())
    edges = [edge for first in lanes for edge in inner[first]]
    for (before, after, kind), reach in find_reaches(firsts, outer, places).items():
        ids = (_node_id(graph, before), _node_id(graph, after))
        edges.append(Edge(before=ids[0], after=ids[1], kind=kind, reach=reach))
    return _without_joints(Graph(clusters=clusters, joints=graph.joints, edges=tuple(edges)))


def _split_edges(
    edges: Iterable[Edge], places: Mapping[str, Place]
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


def _node_id(graph: Graph, end: End) -> str:
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
