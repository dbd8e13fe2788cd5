"""A plan's graph as a Mermaid flowchart, which GitHub and GitLab draw in Markdown.

Both refuse a text of more than 50,000 characters and a drawing of more than 500 arrows, and no
directive raises that. So a large graph is folded until it fits; one that does not fit even then is
not drawn, and the drawing says so.
"""

from collections.abc import Iterator

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.results.plan import Plan, Step
from ccloud_apply.render.graph.fold import fold_graph
from ccloud_apply.render.graph.graph import build_graph
from ccloud_apply.render.graph.lines import MAX_NAME, fill_names
from ccloud_apply.render.graph.values import Cluster, Edge, EdgeKind, Graph, Node, Reach
from ccloud_apply.render.lib.escape import MAX_LENGTH, escape_line, escape_short

MAX_CHARACTERS = 50_000
MAX_ARROWS = 500
"""What Mermaid draws unless a site says otherwise."""

_NAMES_WIDTH = 70
_WIDER = '%%{init: {"flowchart": {"wrappingWidth": 560}}}%%'
"""Lets the lists of names keep their lines; in pixels."""

# All other characters become numeric entities: quotes, entities, Markdown, directives.
_UNSAFE = lazy_pattern(r"[^\w .,()/-]")

_ARROWS = {EdgeKind.NEEDS: "-->", EdgeKind.CLOSES: "-. closes .->", EdgeKind.ORDER: "-- then -->"}


def render_graph_mermaid(plan: Plan) -> str:
    """Steps as nodes, servers as subgraphs, needs as arrows; of many servers those that are alike
    are one subgraph."""
    graph = build_graph(plan)
    for drawn in (fold_graph(graph), fold_graph(graph, is_rough=True)):
        lists = sum(bool(cluster.names) for cluster in drawn.clusters)
        if len(drawn.edges) + lists <= MAX_ARROWS:
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
    return f'flowchart LR\n  large["{_escape_harmless(words)}"]\n'


def _draw(graph: Graph) -> str:
    lines = [_WIDER] if any(cluster.names for cluster in graph.clusters) else []
    lines.append("flowchart LR")
    if not graph.clusters:
        lines.append('  nothing["nothing to do"]')
    for cluster in reversed(graph.clusters):  # which is the order that Mermaid draws from below
        lines.append(f'  subgraph {cluster.id}["{_escape(cluster.title, MAX_NAME)}"]')
        lines.append("    direction LR")
        lines += _names(cluster)
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
    lists = [f"{cluster.id}n" for cluster in graph.clusters if cluster.names]
    if lists:
        yield "  classDef names fill:none,stroke:none,text-align:left"
        yield f"  class {','.join(lists)} names"


def _names(cluster: Cluster) -> Iterator[str]:
    """The names that the title has no room for, in a box before the first step."""
    if cluster.names:
        lines = map(_escape_harmless, fill_names(cluster.names, _NAMES_WIDTH))
        yield f'    {cluster.id}n["{"<br/>".join(lines)}"]'
        yield f"    {cluster.id}n ~~~ {cluster.nodes[0].id}"


def _node(node: Node) -> str:
    text = node.step.operation if node.step else node.note
    return f'{node.id}["{_escape(text)}"]'


def _arrow(edge: Edge) -> str:
    return _ARROWS[edge.kind] if edge.reach is Reach.ALL else f"-. {edge.reach} .->"


def _class_of(step: Step) -> str:
    if step.is_destructive:
        return "destructive"
    return "downtime" if step.causes_downtime else ""


def _escape(text: str, length: int = MAX_LENGTH) -> str:
    return _escape_harmless(escape_short(text, length))


def _escape_harmless(text: str) -> str:
    """The line for double quotes. It is never empty, because Mermaid refuses an empty text."""
    return _UNSAFE.sub(lambda found: f"#{ord(found.group())};", escape_line(text)) or " "
