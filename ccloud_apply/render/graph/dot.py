"""A plan's graph in DOT, for Graphviz and other readers of its language."""

from collections.abc import Iterable, Iterator

from ccloud_apply.model.results.plan import Plan
from ccloud_apply.render.graph.fold import fold_graph
from ccloud_apply.render.graph.graph import build_graph
from ccloud_apply.render.graph.lines import MAX_NAME, fill_names
from ccloud_apply.render.graph.values import Cluster, Edge, EdgeKind, Node, Reach
from ccloud_apply.render.lib.escape import escape_line, escape_short

_STYLES = {
    EdgeKind.NEEDS: {},
    EdgeKind.CLOSES: {"style": "dashed", "label": '"closes"'},
    EdgeKind.ORDER: {"color": "gray", "arrowhead": "open"},
}
_NAMES_WIDTH = 100


def render_graph_dot(plan: Plan) -> str:
    """Steps as boxes, servers as clusters, needs as arrows; of many servers those that are alike
    are one cluster."""
    graph = fold_graph(build_graph(plan))
    lines = [
        "digraph plan {",
        "  rankdir=LR;",
        '  graph [fontname="sans-serif", labeljust=l, style=rounded, color=gray];',
        '  node [shape=box, style="rounded", fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    if not graph.clusters:
        lines.append('  nothing [label="nothing to do", shape=plaintext];')
    for cluster in reversed(graph.clusters):  # which is the order that Graphviz draws from below
        lines.append(f"  subgraph cluster_{cluster.id} {{")
        lines.append(f"    label={_quote_lines(_label(cluster))};")
        lines += (f"    {_draw(node)}" for node in cluster.nodes)
        lines.append("  }")
    lines += (f'  {joint.id} [shape=point, label=""];' for joint in graph.joints)
    lines += (f"  {edge.before} -> {edge.after}{_style(edge)};" for edge in graph.edges)
    return "\n".join([*lines, "}"]) + "\n"


def _label(cluster: Cluster) -> Iterator[str]:
    yield escape_short(cluster.title, MAX_NAME)
    yield from fill_names(cluster.names, _NAMES_WIDTH)


def _draw(node: Node) -> str:
    step = node.step
    if step is None:
        return f"{node.id} [label={_quote(node.note)}, shape=note, color=orange];"
    colour = ""
    if step.is_destructive:
        colour = ", color=red, penwidth=2"
    elif step.causes_downtime:
        colour = ", color=orange, penwidth=2"
    tooltip = _quote(f"{step.method} {step.path}")
    return f"{node.id} [label={_quote(step.operation)}, tooltip={tooltip}{colour}];"


def _style(edge: Edge) -> str:
    style = dict(_STYLES[edge.kind])
    if edge.reach is not Reach.ALL:
        style |= {"label": f'"{edge.reach}"', "style": "dotted"}
    inside = ", ".join(f"{name}={value}" for name, value in style.items())
    return f" [{inside}]" if inside else ""


def _quote(text: str) -> str:
    """A quoted string in which the text can add no escape of DOT and no entity of HTML."""
    return _quote_lines([escape_short(text)])


def _quote_lines(lines: Iterable[str]) -> str:
    """The same for several lines, which are harmless already; each begins at the left."""
    safe = [
        escape_line(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
        for line in lines
    ]
    return f'"{safe[0]}"' if len(safe) == 1 else f'"{"".join(f"{line}{_LEFT}" for line in safe)}"'


_LEFT = "\\l"
"""Ends a line that begins at the left."""
