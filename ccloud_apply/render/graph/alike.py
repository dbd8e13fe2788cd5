"""Which lanes of a graph are alike, and what is true of the arrows between those that are folded.

Lanes of one shape have the same stack, action and steps. Folded into one, all of them must wait for
all of another, or each for its own: those of which that is not so are told apart, until it is.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.render.graph.values import Cluster, Edge, EdgeKind, Node, Reach

_SMALLEST = 3
"""So many lanes, or more, are folded into one."""

_MAX_DEPTH = 3
_MAX_ROUNDS = 4
"""Attempts to tell lanes of one shape apart by what they wait for, before each is compared with
each by the very servers."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: the number of its lane, and its own number in it."""

    lane: int
    position: int


@dataclass(frozen=True, slots=True)
class End:
    """One end of folded arrows: a position in the `size` lanes of which `lane` is the first; or a
    joint, whose lane is its id."""

    lane: int | str
    position: int = 0
    size: int = 1


Ends = tuple[End, End, EdgeKind]


def _number(keys: Iterable[Hashable], start: int = 0) -> list[int]:
    """Equal keys as equal numbers."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(key, start + len(numbers)) for key in keys]


def find_shapes(clusters: Sequence[Cluster], inner: Mapping[int, Iterable[Edge]]) -> list[int]:
    """The shape of each lane, as a number. `inner` are the edges within each."""
    return _number(_shape(cluster, inner.get(lane, ())) for lane, cluster in enumerate(clusters))


def _shape(cluster: Cluster, inner: Iterable[Edge]) -> Hashable:
    """What folded lanes have in common, whatever they wait for."""
    positions = {node.id: position for position, node in enumerate(cluster.nodes)}
    ways = frozenset((positions[e.before], positions[e.after], e.kind) for e in inner)
    server = cluster.servers[0]
    return server.stack, server.remark, tuple(map(_node_shape, cluster.nodes)), ways


def _node_shape(node: Node) -> Hashable:
    step = node.step
    if step is None:
        return node.note
    return step.operation, step.method, step.is_destructive, step.causes_downtime


def find_groups(
    shapes: Sequence[int], outer: Sequence[Edge], places: Mapping[str, Place]
) -> list[int]:
    """The group of each lane: those of one shape, apart where their arrows would not be true."""
    arrows = _find_arrows(outer, places)
    exact = _number(
        ((shape, frozenset(arrows[lane])) for lane, shape in enumerate(shapes)), len(shapes)
    )
    groups = list(shapes)
    for _ in range(_MAX_DEPTH):  # who waits for other kinds of servers is of another kind
        groups = _number(
            _surroundings(groups, arrows[lane], places, lane) for lane in range(len(groups))
        )
    for _ in range(_MAX_ROUNDS):
        reaches = find_reaches(find_firsts(groups), outer, places)
        some = (ends for ends, reach in reaches.items() if reach is Reach.SOME)
        untrue = {
            groups[end.lane] for ends in some for end in ends[:2] if isinstance(end.lane, int)
        }
        if not untrue:
            return groups
        groups = [exact[lane] if group in untrue else group for lane, group in enumerate(groups)]
    return exact


_Arrow = tuple[int, bool, EdgeKind, str]
"""An arrow as its lane sees it: the position, whether it begins there, the node at its end."""


def _find_arrows(
    outer: Iterable[Edge], places: Mapping[str, Place]
) -> Mapping[int, Sequence[_Arrow]]:
    """The arrows of each lane from and to others."""
    arrows: dict[int, list[_Arrow]] = defaultdict(list)
    for edge in outer:
        for own, other in ((edge.before, edge.after), (edge.after, edge.before)):
            place = places.get(own)
            if place is not None:
                arrows[place.lane].append((place.position, own == edge.before, edge.kind, other))
    return arrows


def _surroundings(
    groups: Sequence[int], arrows: Iterable[_Arrow], places: Mapping[str, Place], lane: int
) -> Hashable:
    """The group of a lane, and how many arrows it has from and to which groups and joints."""
    counts: Counter[Hashable] = Counter()
    for position, is_before, kind, other in arrows:
        place = places.get(other)
        end = other if place is None else (groups[place.lane], place.position)
        counts[position, is_before, kind, end] += 1
    return groups[lane], frozenset(counts.items())


def find_firsts(groups: Sequence[int]) -> list[int]:
    """For each lane the first one that it is folded into; of a small group it is itself."""
    lanes: dict[int, list[int]] = defaultdict(list)
    for lane, group in enumerate(groups):
        lanes[group].append(lane)
    return [
        lanes[group][0] if len(lanes[group]) >= _SMALLEST else lane
        for lane, group in enumerate(groups)
    ]


def find_reaches(
    firsts: Sequence[int], outer: Iterable[Edge], places: Mapping[str, Place]
) -> dict[Ends, Reach]:
    """The arrows between folded lanes, and what is true of each."""
    sizes = Counter(firsts)

    def end_of(id: str) -> End:
        place = places.get(id)
        if place is None:
            return End(id)
        first = firsts[place.lane]
        return End(first, place.position, sizes[first])

    arrows: dict[Ends, list[Edge]] = defaultdict(list)
    for edge in outer:
        arrows[end_of(edge.before), end_of(edge.after), edge.kind].append(edge)
    return {ends: _find_reach(ends[0], ends[1], edges) for ends, edges in arrows.items()}


def _find_reach(before: End, after: End, edges: Sequence[Edge]) -> Reach:
    if before.lane == after.lane:
        return Reach.SOME
    if len(edges) == before.size * after.size:
        return Reach.ALL
    befores = {edge.before for edge in edges}
    afters = {edge.after for edge in edges}
    if len({before.size, after.size, len(edges), len(befores), len(afters)}) == 1:
        return Reach.OWN
    return Reach.SOME
