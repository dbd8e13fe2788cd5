"""A plan's graph as one self-contained SVG picture with a lane for each server, or for many alike.

Where things stand is said in `svg_layout.py`. The font has a fixed width, so that what a text takes
is known without one; a text of other scripts is squeezed into it.
"""

from collections.abc import Iterator, Sequence
from html import escape

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import Plan, Step
from ccloud_apply.render.graph.fold import fold_graph
from ccloud_apply.render.graph.graph import build_graph
from ccloud_apply.render.graph.svg_layout import (
    ARCH,
    BOX_HEIGHT,
    LINE,
    MARGIN,
    PADDING,
    LaneBox,
    Layout,
    Place,
    lay_out,
    node_text,
    text_px,
)
from ccloud_apply.render.graph.values import Edge, EdgeKind, Graph, Node, Reach
from ccloud_apply.render.lib.escape import escape_short

GRAPH_STYLE = """
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  fill: #1f2328; }
.title { font-weight: 600; }
.remark { fill: #59636e; }
.ground { fill: #ffffff; }
.lane { fill: #f6f8fa; stroke: #d1d9e0; }
.step { fill: #ffffff; stroke: #59636e; }
.downtime { stroke: #bc4c00; stroke-width: 2; }
.unknown { stroke: #bc4c00; stroke-dasharray: 5 4; }
.destructive { stroke: #d1242f; stroke-width: 3; }
.edge { fill: none; stroke: #59636e; stroke-width: 1.5; marker-end: url(#arrow); }
.closes { stroke-dasharray: 5 4; }
.order { stroke: #848d97; stroke-width: 1; }
.own { stroke-dasharray: 1.5 3; }
.joint, marker path { fill: #59636e; }
@media screen and (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .remark { fill: #9198a1; }
  .ground { fill: #0d1117; }
  .lane { fill: #151b23; stroke: #3d444d; }
  .step { fill: #212830; stroke: #9198a1; }
  .downtime, .unknown { stroke: #db6d28; }
  .destructive { stroke: #f85149; }
  .edge { stroke: #9198a1; }
  .order { stroke: #7d858f; }
  .joint, marker path { fill: #9198a1; }
}
"""

_EDGES = (
    ("edge", "is done before"),
    ("edge closes", "runs in any case once the first is done"),
    ("edge order", "one after the other"),
    ("edge own", "each is done before its own"),
)
_BOXES = (
    ("step downtime", "downtime"),
    ("step destructive", "destroys data"),
    ("step unknown", "not compared"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """An SVG document, its size in pixels, and the number of its lanes."""

    text: str
    width: int
    height: int
    lanes: int


def render_graph_svg(plan: Plan) -> str:
    """The picture as an SVG document that follows the reader's light or dark colours."""
    return draw_graph(plan).text


def draw_graph(plan: Plan, *, has_style: bool = True) -> Drawing:
    """The same, with what a page has to know to show it. Without a style of its own the page's
    style has `GRAPH_STYLE`."""
    graph = fold_graph(build_graph(plan))
    layout = lay_out(graph)
    nodes = [node for cluster in graph.clusters for node in cluster.nodes]
    legend, height = _draw_legend(graph, nodes, layout)
    width = layout.width
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}">',
        "<title>The steps of a plan and their order</title>",
        *([f"<style>{GRAPH_STYLE}</style>"] if has_style else []),
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        ' markerHeight="7" orient="auto" markerUnits="userSpaceOnUse">'
        '<path d="M0 0 8 4 0 8Z"/></marker></defs>',
        f'<rect class="ground" width="{width}" height="{height}"/>',
    ]
    if not graph.clusters:
        lines.append(_text("nothing to do", MARGIN, MARGIN + LINE))
    for lane in layout.lanes:
        lines += _draw_lane(lane, width)
    lines += (_draw_edge(edge, layout) for edge in graph.edges)
    for node in (*nodes, *graph.joints):
        lines += _draw_node(node, layout.places[node.id])
    text = "\n".join([*lines, *legend, "</svg>"]) + "\n"
    return Drawing(text=text, width=width, height=height, lanes=len(layout.lanes))


def _draw_lane(lane: LaneBox, width: int) -> Iterator[str]:
    yield (
        f'<rect class="lane" x="{MARGIN}" y="{lane.top}" rx="6"'
        f' width="{width - 2 * MARGIN}" height="{lane.height}"/>'
    )
    x = MARGIN + PADDING
    remark = lane.cluster.remark
    lines = [(line, "title") for line in lane.title] + ([(remark, "remark")] if remark else [])
    y = lane.middle - len(lines) * LINE // 2 + 13
    for number, (line, kind) in enumerate(lines):
        yield _text(line, x, y + number * LINE, kind)
    y = lane.top + lane.height - len(lane.names) * LINE + 2
    for number, line in enumerate(lane.names):
        yield _text(line, x, y + number * LINE)


def _draw_edge(edge: Edge, layout: Layout) -> str:
    start, end = layout.places[edge.before], layout.places[edge.after]
    half = BOX_HEIGHT // 2
    if start.lane == end.lane and start.lane >= 0 and end.column - start.column != 1:
        # The edge passes above the boxes between the two.
        x1, x2 = start.right - 16, end.left + 16
        y, top = start.y - half, start.y - half - ARCH - 6
        path = f"M{x1} {y}C{x1} {top} {x2} {top} {x2} {y}"
    elif end.column - start.column > 1:
        # The edge leaves the lane at once, because other boxes stand in the way.
        x, y = start.right - 16, start.y + half * (1 if end.y > start.y else -1)
        path = f"M{x} {y}C{x} {end.y} {x + 24} {end.y} {end.left} {end.y}"
    else:
        bend = max(24, (end.left - start.right) // 2)
        path = (
            f"M{start.right} {start.y}C{start.right + bend} {start.y}"
            f" {end.left - bend} {end.y} {end.left} {end.y}"
        )
    kind, words = _edge_kind(edge)
    return f'<path class="{kind}" d="{path}"><title>{words}</title></path>'


def _edge_kind(edge: Edge) -> tuple[str, str]:
    """The class, and what it means in words."""
    if edge.reach is not Reach.ALL:
        return "edge own", edge.reach.value
    kinds = {EdgeKind.NEEDS: 0, EdgeKind.CLOSES: 1, EdgeKind.ORDER: 2}
    return _EDGES[kinds[edge.kind]][0], edge.kind.value


def _draw_node(node: Node, place: Place) -> Sequence[str]:
    if node.step is None and not node.note:
        return [f'<circle class="joint" cx="{place.left + 4}" cy="{place.y}" r="4"/>']
    kind = "step unknown" if node.step is None else _class_of(node.step)
    top = place.y - BOX_HEIGHT // 2
    return [
        f"<g><title>{escape(escape_short(node_text(node), 400))}</title>",
        f'<rect class="{kind}" x="{place.left}" y="{top}" rx="6"'
        f' width="{place.right - place.left}" height="{BOX_HEIGHT}"/>',
        f"{_text(place.text, place.left + PADDING, place.y + 4)}</g>",
    ]


def _class_of(step: Step) -> str:
    if step.is_destructive:
        return "step destructive"
    return "step downtime" if step.causes_downtime else "step"


def _draw_legend(graph: Graph, nodes: Sequence[Node], layout: Layout) -> tuple[list[str], int]:
    """What the marks mean that are in the picture; and where the picture ends."""
    edges = {_edge_kind(edge)[0] for edge in graph.edges}
    boxes = {"step unknown" if n.step is None else _class_of(n.step) for n in nodes}
    entries = [entry for entry in (*_BOXES, *_EDGES) if entry[0] in boxes | edges]
    if not entries:
        return [], layout.bottom + MARGIN
    lines = []
    x, y = MARGIN + PADDING, layout.bottom + MARGIN + LINE // 2
    for kind, words in entries:
        needed = 40 + text_px(words) + 2 * PADDING
        if x + needed > layout.width - MARGIN and x > MARGIN + PADDING:
            x, y = MARGIN + PADDING, y + LINE + 6
        lines += [_sample(kind, x, y), _text(words, x + 40, y + 4, "remark")]
        x += needed
    return lines, y + LINE // 2 + MARGIN


def _sample(kind: str, x: int, y: int) -> str:
    if kind.startswith("edge"):
        return f'<path class="key {kind}" d="M{x} {y}H{x + 30}"/>'
    return f'<rect class="key {kind}" x="{x}" y="{y - 7}" rx="3" width="30" height="14"/>'


def _text(text: str, x: int, y: int, name: str = "") -> str:
    """A harmless text. What is not ASCII may be wider in the reader's font, and is squeezed."""
    kind = f' class="{name}"' if name else ""
    squeezed = ""
    if not text.isascii() and text_px(text):
        squeezed = f' textLength="{text_px(text)}" lengthAdjust="spacingAndGlyphs"'
    return f'<text{kind} x="{x}" y="{y}"{squeezed}>{escape(text)}</text>'
