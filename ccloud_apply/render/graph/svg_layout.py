"""Where everything of an SVG picture stands: lanes below each other, steps in columns.

A step's column is the length of the longest path to it. So every arrow points to the right, and the
steps of one lane, which run one after the other, never overlap. A column is as wide as its widest
text, a lane as high as all that it says. How anything looks does not belong here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.render.graph.lines import cut, fill_names, wrap
from ccloud_apply.render.graph.values import Cluster, Graph, Node
from ccloud_apply.render.lib.table import text_width

MARGIN = 16
LINE = 18
BOX_HEIGHT = 36
PADDING = 12
"""Between the edge of a box or lane and its text."""

ARCH = 14
"""What an arrow that passes above boxes needs over them."""

_COLUMN_10 = 75
"""Tenths of the width that one column of text takes at most, in any font of a fixed width."""

_GAP = 48
_LANE_GAP = 8
_TITLE_COLUMNS, _BOX_COLUMNS = 40, 32
_LEAST_WIDTH, _LIST_WIDTH = 400, 960
"""The least is what the longest words of the legend need."""


def text_px(text: str) -> int:
    """The most that the text takes, in pixels."""
    return (text_width(text) * _COLUMN_10 + 9) // 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a node stands: column and lane (-1 for a joint), left and right end, vertical middle,
    and the text that its box has room for."""

    column: int
    lane: int
    left: int
    right: int
    y: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneBox:
    """A lane: its upper edge and height, the lines of its title, and those of a list of names, of
    which `middle` is the height where the steps stand."""

    cluster: Cluster
    top: int
    height: int
    middle: int
    title: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The picture without its looks, in pixels; `bottom` is where the lanes end."""

    width: int
    bottom: int
    lanes: tuple[LaneBox, ...]
    places: Mapping[str, Place]


def lay_out(graph: Graph) -> Layout:
    """Place every lane and node of the graph."""
    columns = _find_columns(graph)
    titles = {c.id: wrap(c.name, _TITLE_COLUMNS) for c in graph.clusters}
    texts = {
        node.id: cut(node.step.operation if node.step else node.note, _BOX_COLUMNS)
        for cluster in graph.clusters
        for node in cluster.nodes
    }
    title_px = max(
        (
            text_px(line)
            for cluster in graph.clusters
            for line in (*titles[cluster.id], cluster.remark)
        ),
        default=0,
    )
    lefts = _find_lefts(columns, texts, start=MARGIN + title_px + 2 * PADDING + _GAP // 2)
    width = lefts[-1] - _GAP + PADDING + MARGIN
    has_names = any(cluster.names for cluster in graph.clusters)
    width = max(width, _LIST_WIDTH if has_names else _LEAST_WIDTH)
    lanes = _stack_lanes(graph.clusters, titles, width, _find_arched(graph, columns))
    places = _place_steps(lanes, columns, lefts, texts)
    bottom = lanes[-1].top + lanes[-1].height if lanes else MARGIN + 2 * LINE
    joints = _place_joints(graph, lanes, columns, lefts, places)
    return Layout(width=width, bottom=bottom, lanes=tuple(lanes), places=places | joints)


# Columns.


def _find_columns(graph: Graph) -> Mapping[str, int]:
    """The longest path to each node. A node in a circle stands behind its neighbour."""
    after: dict[str, list[str]] = defaultdict(list)
    waits: dict[str, int] = defaultdict(int)
    for before, behind in _find_ways(graph):
        after[before].append(behind)
        waits[behind] += 1
    ids = [node.id for cluster in graph.clusters for node in cluster.nodes]
    ids += [joint.id for joint in graph.joints]
    columns = dict.fromkeys(ids, 0)
    ready = [id for id in ids if not waits[id]]
    for id in ready:  # the list grows during the loop
        for behind in after[id]:
            columns[behind] = max(columns[behind], columns[id] + 1)
            waits[behind] -= 1
            if not waits[behind]:
                ready.append(behind)
    for cluster in graph.clusters:
        for first, second in pairwise(cluster.nodes):
            columns[second.id] = max(columns[second.id], columns[first.id] + 1)
    return columns


def _find_ways(graph: Graph) -> dict[tuple[str, str], None]:
    """Every pair of earlier and later node: the edges, and neighbours within a server."""
    ways = dict.fromkeys((edge.before, edge.after) for edge in graph.edges)
    for cluster in graph.clusters:
        ways |= dict.fromkeys((a.id, b.id) for a, b in pairwise(cluster.nodes))
    return ways


def _find_lefts(columns: Mapping[str, int], texts: Mapping[str, str], start: int) -> list[int]:
    """The left end of each column, and of one more behind the last."""
    widths = [0] * (max(columns.values(), default=-1) + 1)
    for id, text in texts.items():
        widths[columns[id]] = max(widths[columns[id]], text_px(text) + 2 * PADDING)
    lefts = [start]
    for width in widths:
        lefts.append(lefts[-1] + width + _GAP)
    return lefts


# Lanes and places.


def _find_arched(graph: Graph, columns: Mapping[str, int]) -> frozenset[str]:
    """The lanes in which an arrow passes above the boxes, by their ids."""
    lanes = {node.id: cluster.id for cluster in graph.clusters for node in cluster.nodes}
    return frozenset(
        lanes[edge.before]
        for edge in graph.edges
        if edge.before in lanes
        and lanes[edge.before] == lanes.get(edge.after)
        and columns[edge.after] - columns[edge.before] != 1
    )


def _stack_lanes(
    clusters: Sequence[Cluster],
    titles: Mapping[str, Sequence[str]],
    width: int,
    arched: AbstractSet[str],
) -> list[LaneBox]:
    lanes = []
    top = MARGIN
    room = (width - 2 * MARGIN - 2 * PADDING) * 10 // _COLUMN_10
    for cluster in clusters:
        title = titles[cluster.id]
        lines = len(title) + bool(cluster.remark)
        arch = ARCH if cluster.id in arched else 0
        head = max(BOX_HEIGHT, lines * LINE) + 20 + arch
        names = fill_names(cluster.names, room)
        height = head + (len(names) * LINE + PADDING if names else 0)
        lanes.append(
            LaneBox(
                cluster=cluster,
                top=top,
                height=height,
                middle=top + (head + arch) // 2,
                title=tuple(title),
                names=tuple(names),
            )
        )
        top += height + _LANE_GAP
    return lanes


def _place_steps(
    lanes: Sequence[LaneBox],
    columns: Mapping[str, int],
    lefts: Sequence[int],
    texts: Mapping[str, str],
) -> dict[str, Place]:
    places = {}
    for number, lane in enumerate(lanes):
        for node in lane.cluster.nodes:
            left = lefts[columns[node.id]]
            text = texts[node.id]
            places[node.id] = Place(
                column=columns[node.id],
                lane=number,
                left=left,
                right=left + text_px(text) + 2 * PADDING,
                y=lane.middle,
                text=text,
            )
    return places


def _place_joints(
    graph: Graph,
    lanes: Sequence[LaneBox],
    columns: Mapping[str, int],
    lefts: Sequence[int],
    places: Mapping[str, Place],
) -> dict[str, Place]:
    """Each on the border between two lanes, in the middle of those that it is for: there, no box
    is in the way."""
    befores: dict[str, list[int]] = defaultdict(list)
    for edge in graph.edges:
        if edge.before in places:
            befores[edge.after].append(places[edge.before].lane)
    found = {}
    for joint in graph.joints:
        numbers = befores[joint.id]
        lane = lanes[sum(numbers) // len(numbers)]
        left = lefts[columns[joint.id]]
        found[joint.id] = Place(
            column=columns[joint.id],
            lane=-1,
            left=left,
            right=left + 8,
            y=lane.top + lane.height + _LANE_GAP // 2,
        )
    return found


def node_text(node: Node) -> str:
    """All that there is to say of a node, for the tooltip."""
    if node.step is None:
        return node.note
    return f"{node.step.id}: {node.step.method} {node.step.path}"
