"""A plan's graph in DOT, for Graphviz and other readers of its language."""

from ccloud_apply.model.results.plan import Plan
from ccloud_apply.render.graph.graph import EdgeKind, Node, build_graph
from ccloud_apply.render.lib.escape import escape_short

_STYLES = {
    EdgeKind.NEEDS: "",
    EdgeKind.CLOSES: ' [style=dashed, label="closes"]',
    EdgeKind.ORDER: " [color=gray, arrowhead=open]",
}


def render_graph_dot(plan: Plan) -> str:
    """Steps as boxes, servers as clusters, needs as arrows."""
    graph = build_graph(plan)
    lines = ["digraph plan {", "  rankdir=LR;", '  node [shape=box, style="rounded"];']
    if not graph.clusters:
        lines.append('  nothing [label="nothing to do", shape=plaintext];')
    for cluster in graph.clusters:
        lines.append(f"  subgraph cluster_{cluster.id} {{")
        lines.append(f"    label={_quote(cluster.title)};")
        lines += (f"    {_draw(node)}" for node in cluster.nodes)
        lines.append("  }")
    lines += (f'  {joint.id} [shape=point, label=""];' for joint in graph.joints)
    lines += (f"  {edge.before} -> {edge.after}{_STYLES[edge.kind]};" for edge in graph.edges)
    return "\n".join([*lines, "}"]) + "\n"


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


def _quote(text: str) -> str:
    """A quoted string in which the text can add no escape of DOT and no entity of HTML."""
    safe = escape_short(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{safe}"'
