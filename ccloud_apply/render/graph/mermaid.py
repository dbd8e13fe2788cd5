"""A plan's graph as a Mermaid flowchart, which GitHub and GitLab draw in Markdown."""

import re

from ccloud_apply.model.results.plan import Plan, Step
from ccloud_apply.render.graph.graph import EdgeKind, Node, build_graph
from ccloud_apply.render.lib.escape import escape_short

# All other characters become numeric entities: quotes, entities, Markdown, directives.
_UNSAFE = re.compile(r"[^\w .,()/-]")

_ARROWS = {EdgeKind.NEEDS: "-->", EdgeKind.CLOSES: "-. closes .->", EdgeKind.ORDER: "-- then -->"}


def render_graph_mermaid(plan: Plan) -> str:
    """Steps as nodes, servers as subgraphs, needs as arrows."""
    graph = build_graph(plan)
    lines = ["flowchart LR"]
    if not graph.clusters:
        lines.append('  nothing["nothing to do"]')
    for cluster in graph.clusters:
        lines.append(f'  subgraph {cluster.id}["{_escape(cluster.title)}"]')
        lines += (f"    {_draw(node)}" for node in cluster.nodes)
        lines.append("  end")
    lines += (f'  {joint.id}((" "))' for joint in graph.joints)
    lines += (f"  {edge.before} {_ARROWS[edge.kind]} {edge.after}" for edge in graph.edges)
    steps = [(node.id, node.step) for cluster in graph.clusters for node in cluster.nodes]
    marked = {
        name: [id for id, step in steps if step and _class_of(step) == name]
        for name in ("destructive", "downtime")
    }
    if marked["destructive"]:
        lines.append("  classDef destructive stroke:#c62828,stroke-width:3px")
    if marked["downtime"]:
        lines.append("  classDef downtime stroke:#ef6c00,stroke-width:3px")
    lines += (f"  class {','.join(ids)} {name}" for name, ids in marked.items() if ids)
    return "\n".join(lines) + "\n"


def _draw(node: Node) -> str:
    text = node.step.operation if node.step else node.note
    return f'{node.id}["{_escape(text)}"]'


def _class_of(step: Step) -> str:
    if step.is_destructive:
        return "destructive"
    return "downtime" if step.causes_downtime else ""


def _escape(text: str) -> str:
    """The text for double quotes. It is never empty, because Mermaid refuses an empty text."""
    return _UNSAFE.sub(lambda found: f"#{ord(found.group())};", escape_short(text)) or " "
