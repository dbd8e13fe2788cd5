"""A plan's graph as one self-contained SVG picture with a lane for each server.

A step's column is the length of the longest path to it. So every arrow points to the right, and the
steps of one server, which run one after the other, never overlap.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from ccloud_apply.model.results.plan import Plan, Step
from ccloud_apply.render.graph.graph import Edge, EdgeKind, Graph, Node, build_graph
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.render.lib.table import text_width

_MARGIN = 16
_TITLE_WIDTH = 264
_BOX_WIDTH, _BOX_HEIGHT = 176, 36
_COLUMN, _LANE = 224, 64
_BOX_TEXT, _TITLE_TEXT = 23, 36
"""The widths of a box and a title, in terminal columns of text."""

GRAPH_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; }
.ground { fill: #ffffff; }
.lane { fill: #f6f8fa; stroke: #d1d9e0; }
.step { fill: #ffffff; stroke: #59636e; }
.downtime { stroke: #bc4c00; stroke-width: 2; }
.unknown { stroke: #bc4c00; stroke-dasharray: 5 4; }
.destructive { stroke: #d1242f; stroke-width: 3; }
.edge { fill: none; stroke: #59636e; stroke-width: 1.5; marker-end: url(#arrow); }
.closes { stroke-dasharray: 5 4; }
.order { stroke: #afb8c1; }
.joint, marker path { fill: #59636e; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .ground { fill: #0d1117; }
  .lane { fill: #151b23; stroke: #3d444d; }
  .step { fill: #212830; stroke: #9198a1; }
  .downtime, .unknown { stroke: #db6d28; }
  .destructive { stroke: #f85149; }
  .edge { stroke: #9198a1; }
  .order { stroke: #656c76; }
  .joint, marker path { fill: #9198a1; }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The position of a node: column and lane, left and right end, vertical middle."""

    column: int
    lane: int
    left: int
    right: int
    y: int


def render_graph_svg(plan: Plan) -> str:
    """The picture as an SVG document that follows the reader's light or dark colours."""
    graph = build_graph(plan)
    columns = _find_columns(graph)
    places = _place_nodes(graph, columns)
    count = max(columns.values(), default=-1) + 1
    width = 2 * _MARGIN + _TITLE_WIDTH + count * _COLUMN
    height = 2 * _MARGIN + max(1, len(graph.clusters)) * _LANE
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}">',
        "<title>The steps of a plan and their order</title>",
        f"<style>{GRAPH_STYLE}</style>",
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        ' markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8Z"/></marker></defs>',
        f'<rect class="ground" width="{width}" height="{height}"/>',
    ]
    if not graph.clusters:
        lines.append(_draw_text("nothing to do", _MARGIN, _MARGIN + _LANE // 2))
    lines += _draw_lanes(graph, width)
    lines += (_draw_edge(edge, places) for edge in graph.edges)
    for node in (*(n for cluster in graph.clusters for n in cluster.nodes), *graph.joints):
        lines += _draw_node(node, places[node.id])
    return "\n".join([*lines, "</svg>"]) + "\n"


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


def _find_ways(graph: Graph) -> set[tuple[str, str]]:
    """Every pair of earlier and later node: the edges, and neighbours within a server."""
    ways = {(edge.before, edge.after) for edge in graph.edges}
    for cluster in graph.clusters:
        ways |= {(a.id, b.id) for a, b in pairwise(cluster.nodes)}
    return ways


def _place_nodes(graph: Graph, columns: Mapping[str, int]) -> Mapping[str, _Place]:
    places = {}
    for lane, cluster in enumerate(graph.clusters):
        y = _MARGIN + lane * _LANE + _LANE // 2
        for node in cluster.nodes:
            left = _MARGIN + _TITLE_WIDTH + columns[node.id] * _COLUMN
            places[node.id] = _Place(
                column=columns[node.id], lane=lane, left=left, right=left + _BOX_WIDTH, y=y
            )
    for joint in graph.joints:
        lanes = [places[e.before].lane for e in graph.edges if e.after == joint.id]
        # The line between two lanes has no boxes.
        border = sum(lanes) // len(lanes) + 1
        middle = _MARGIN + _TITLE_WIDTH + columns[joint.id] * _COLUMN + _BOX_WIDTH // 2
        y = _MARGIN + border * _LANE - _LANE // 8
        places[joint.id] = _Place(
            column=columns[joint.id], lane=-1, left=middle - 4, right=middle + 4, y=y
        )
    return places


def _draw_lanes(graph: Graph, width: int) -> Sequence[str]:
    lines = []
    for lane, cluster in enumerate(graph.clusters):
        top = _MARGIN + lane * _LANE
        lines.append(
            f'<rect class="lane" x="{_MARGIN}" y="{top + 4}" rx="6"'
            f' width="{width - 2 * _MARGIN}" height="{_LANE - 8}"/>'
        )
        title = _draw_text(
            _fit(cluster.title, _TITLE_TEXT), _MARGIN + 12, top + _LANE // 2 + 5, "title"
        )
        lines.append(f"<g>{_hint(cluster.title)}{title}</g>")
    return lines


def _draw_edge(edge: Edge, places: Mapping[str, _Place]) -> str:
    start, end = places[edge.before], places[edge.after]
    if start.lane == end.lane and start.lane >= 0 and end.column - start.column != 1:
        # The edge passes above the boxes between the two.
        x1, x2 = start.right - 16, end.left + 16
        y, top = start.y - _BOX_HEIGHT // 2, start.y - _LANE // 2 - 6
        path = f"M{x1} {y}C{x1} {top} {x2} {top} {x2} {y}"
    elif end.column - start.column > 1:
        # The edge leaves the lane at once, because other boxes stand in the way.
        x, y = start.right - 16, start.y + (_BOX_HEIGHT // 2) * (1 if end.y > start.y else -1)
        path = f"M{x} {y}C{x} {end.y} {x + 24} {end.y} {end.left} {end.y}"
    else:
        bend = max(24, (end.left - start.right) // 2)
        path = (
            f"M{start.right} {start.y}C{start.right + bend} {start.y}"
            f" {end.left - bend} {end.y} {end.left} {end.y}"
        )
    kind = "" if edge.kind is EdgeKind.NEEDS else f" {edge.kind}"
    return f'<path class="edge{kind}" d="{path}"><title>{edge.kind}</title></path>'


def _draw_node(node: Node, place: _Place) -> Sequence[str]:
    if node.note:
        text = _draw_text(_fit(node.note, _BOX_TEXT), place.left + 10, place.y + 5)
        return [f"<g>{_hint(node.note)}", _draw_box("step unknown", place), f"{text}</g>"]
    if node.step is None:
        return [f'<circle class="joint" cx="{place.left + 4}" cy="{place.y}" r="4"/>']
    step = node.step
    text = _draw_text(_fit(step.operation, _BOX_TEXT), place.left + 10, place.y + 5)
    return [
        f"<g>{_hint(f'{step.id}: {step.method} {step.path}')}",
        _draw_box(_class_of(step), place),
        f"{text}</g>",
    ]


def _draw_box(name: str, place: _Place) -> str:
    return (
        f'<rect class="{name}" x="{place.left}" y="{place.y - _BOX_HEIGHT // 2}"'
        f' rx="6" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}"/>'
    )


def _class_of(step: Step) -> str:
    if step.is_destructive:
        return "step destructive"
    return "step downtime" if step.causes_downtime else "step"


def _draw_text(text: str, x: int, y: int, name: str = "") -> str:
    kind = f' class="{name}"' if name else ""
    return f'<text{kind} x="{x}" y="{y}">{escape(text)}</text>'


def _hint(text: str) -> str:
    """The tooltip of a browser."""
    return f"<title>{escape(escape_line(text[:400]))}</title>"


def _fit(text: str, width: int) -> str:
    """The text, cut to the given width."""
    text = escape_line(text[: width * 4])
    if text_width(text) <= width:
        return text
    while text_width(text) >= width:
        text = text[:-1]
    return f"{text}…"
