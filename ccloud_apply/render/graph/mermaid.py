"""A plan's graph as a Mermaid flowchart, which GitHub and GitLab draw in Markdown.

Both refuse a text of more than 50,000 characters and a drawing of more than 500 arrows, and no
directive raises that. So a large graph is folded until it fits; one that does not fit even then is
not drawn, and the drawing says so.
"""

import re
from collections.abc import Iterator

from ccloud_apply.model.results.plan import Plan, Step
from ccloud_apply.render.graph.fold import fold_graph
from ccloud_apply.render.graph.graph import (
    Cluster,
    Edge,
    EdgeKind,
    Graph,
    Node,
    Reach,
    build_graph,
)
from ccloud_apply.render.graph.lines import fill_names
from ccloud_apply.render.lib.escape import escape_line, escape_short

MAX_CHARACTERS = 50_000
MAX_ARROWS = 500
"""What Mermaid draws unless a site says otherwise."""

_NAMES_WIDTH = 100

# All other characters become numeric entities: quotes, entities, Markdown, directives.
_UNSAFE = re.compile(r"[^\w .,()/-]")

_ARROWS = {EdgeKind.NEEDS: "-->", EdgeKind.CLOSES: "-. closes .->", EdgeKind.ORDER: "-- then -->"}


def render_graph_mermaid(plan: Plan) -> str:
    """Steps as nodes, servers as subgraphs, needs as arrows; of many servers those that are alike
    are one subgraph."""
    graph = build_graph(plan)
    for drawn in (fold_graph(graph), fold_graph(graph, is_rough=True)):
        if len(drawn.edges) <= MAX_ARROWS:
            text = _draw(drawn)
            if _count_units(text) <= MAX_CHARACTERS:
                return text
    return _refuse(graph)


def _count_units(text: str) -> int:
    """The length as JavaScript counts it."""
    return len(text.encode("utf-16-le")) // 2


def _refuse(graph: Graph) -> str:
    steps = sum(len(cluster.nodes) for cluster in graph.clusters)
    lost = sum(cluster.loses_data for cluster in graph.clusters)
    words = (
        f"{len(graph.clusters):,} servers and {steps:,} steps, too many for Mermaid."
        f" {lost:,} of the servers lose data. --format svg and --format dot draw them"
    )
    return f'flowchart LR\n  large["{_escape(words)}"]\n'


def _draw(graph: Graph) -> str:
    lines = ["flowchart LR"]
    if not graph.clusters:
        lines.append('  nothing["nothing to do"]')
    for cluster in graph.clusters:
        lines.append(f'  subgraph {cluster.id}["{_title(cluster)}"]')
        lines.append("    direction LR")
        lines += (f"    {_node(node)}" for node in cluster.nodes)
        lines.append("  end")
    lines += (f'  {joint.id}((" "))' for joint in graph.joints)
    lines += (f"  {edge.before} {_arrow(edge)} {edge.after}" for edge in graph.edges)
    return "\n".join([*lines, *_classes(graph)]) + "\n"


def _classes(graph: Graph) -> Iterator[str]:
    steps = [(node.id, node.step) for cluster in graph.clusters for node in cluster.nodes]
    marked = {
        name: [id for id, step in steps if step and _class_of(step) == name]
        for name in ("destructive", "downtime")
    }
    if marked["destructive"]:
        yield "  classDef destructive stroke:#c62828,stroke-width:3px"
    if marked["downtime"]:
        yield "  classDef downtime stroke:#ef6c00,stroke-width:3px"
    for name, ids in marked.items():
        if ids:
            yield f"  class {','.join(ids)} {name}"


def _title(cluster: Cluster) -> str:
    """The name and what happens, then the names that it has no room for."""
    first = escape_short(cluster.name) + (f", {cluster.remark}" if cluster.remark else "")
    lines = [first, *fill_names(cluster.names, _NAMES_WIDTH)]
    return "<br/>".join(map(_escape_harmless, lines))


def _node(node: Node) -> str:
    text = node.step.operation if node.step else node.note
    return f'{node.id}["{_escape(text)}"]'


def _arrow(edge: Edge) -> str:
    return _ARROWS[edge.kind] if edge.reach is Reach.ALL else f"-. {edge.reach} .->"


def _class_of(step: Step) -> str:
    if step.is_destructive:
        return "destructive"
    return "downtime" if step.causes_downtime else ""


def _escape(text: str) -> str:
    return _escape_harmless(escape_short(text))


def _escape_harmless(text: str) -> str:
    """The line for double quotes. It is never empty, because Mermaid refuses an empty text."""
    return _UNSAFE.sub(lambda found: f"#{ord(found.group())};", escape_line(text)) or " "
