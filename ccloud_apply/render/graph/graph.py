"""A plan's steps as a graph of nodes, edges and clusters, for the three formats that draw it.

Texts are not escaped yet: each format escapes them for its own language.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from ccloud_apply.model.results.plan import Plan, StackPlan, Step
from ccloud_apply.render.graph.values import MANY, Cluster, Edge, EdgeKind, Graph, Lane, Node


def build_graph(plan: Plan) -> Graph:
    """The graph of all stacks of a plan, without needs of steps outside the plan."""
    clusters: list[Cluster] = []
    joints: list[Node] = []
    edges: list[Edge] = []
    for number, stack in enumerate(plan.stacks, start=1):
        prefix = f"s{number}" if len(plan.stacks) > 1 else "s"
        named = _name_lanes(stack, has_name=len(plan.stacks) > 1)
        nodes = {s.id: Node(id=f"{prefix}n{i}", step=s) for i, s in enumerate(stack.steps, start=1)}
        lanes: dict[str, list[Node]] = defaultdict(list)
        for node in nodes.values():
            assert node.step is not None
            lanes[node.step.server].append(node)
        clusters += (
            _cluster(f"{prefix}c{i}", named.get(key, Lane(key=key)), lane)
            for i, (key, lane) in enumerate(lanes.items(), start=1)
        )
        notes = {
            server.key: Node(id=f"{prefix}u{i}", note=server.why or "not compared")
            for i, server in enumerate(stack.uncompared_servers(), start=1)
        }
        clusters += (_cluster(f"{node.id}c", named[key], (node,)) for key, node in notes.items())
        edges += _link_notes(stack, notes, lanes)
        found_joints, found_edges = _link(prefix, nodes, list(lanes.values()))
        joints += found_joints
        edges += found_edges
    return Graph(clusters=tuple(clusters), joints=tuple(joints), edges=tuple(edges))


def _name_lanes(stack: StackPlan, *, has_name: bool) -> dict[str, Lane]:
    return {
        server.key: Lane(
            key=server.key,
            hostname=server.hostname,
            action=server.action,
            stack=stack.stack if has_name else "",
            more="" if server.retires is None else f"destroyed from {server.retires} on",
        )
        for server in stack.entries
    }


def _cluster(id: str, lane: Lane, nodes: Sequence[Node]) -> Cluster:
    return Cluster(id=id, name=lane.name, remark=lane.remark, nodes=tuple(nodes), servers=(lane,))


def _link_notes(
    stack: StackPlan, notes: Mapping[str, Node], lanes: Mapping[str, Sequence[Node]]
) -> list[Edge]:
    """From each server that is not compared to the first step of those that rest on it."""
    return [
        Edge(before=notes[key].id, after=lanes[server.key][0].id, kind=EdgeKind.NEEDS)
        for server in stack.servers
        for key in server.rests_on
        if key in notes and lanes.get(server.key)
    ]


def _link(
    prefix: str, nodes: dict[str, Node], lanes: Sequence[Sequence[Node]]
) -> tuple[list[Node], list[Edge]]:
    joints: list[Node] = []
    edges: list[Edge] = []
    waiting = _group_by_needs(nodes)
    for needs, dependants in waiting.items():
        befores = [nodes[need].id for need in needs]
        if len(befores) >= MANY and len(dependants) >= MANY:
            joint = Node(id=f"{prefix}j{len(joints) + 1}")
            joints.append(joint)
            edges += (Edge(before=b, after=joint.id, kind=EdgeKind.NEEDS) for b in befores)
            befores = [joint.id]
        edges += (
            Edge(before=before, after=node.id, kind=EdgeKind.NEEDS)
            for node in dependants
            for before in befores
        )
    linked = {(edge.before, edge.after) for edge in edges}
    for lane in lanes:
        edges += _link_lane(nodes, lane, linked)
    return joints, edges


def _group_by_needs(nodes: dict[str, Node]) -> dict[tuple[str, ...], list[Node]]:
    """The steps by their needs on other servers, and by every need within a server."""
    waiting: dict[tuple[str, ...], list[Node]] = defaultdict(list)
    steps = {id: node.step for id, node in nodes.items() if node.step}
    shortened: dict[tuple[str, ...], tuple[str, ...]] = {}
    for id, step in steps.items():
        if step.needs not in shortened:
            shortened[step.needs] = _drop_implied(step.needs, steps)
        needs = [need for need in shortened[step.needs] if need != id]
        foreign = tuple(need for need in needs if steps[need].server != step.server)
        for need in needs:
            if need not in foreign:
                waiting[(need,)].append(nodes[id])
        if foreign:
            waiting[foreign].append(nodes[id])
    return waiting


def _drop_implied(needs: Sequence[str], steps: dict[str, Step]) -> tuple[str, ...]:
    """The needs that are in the plan, without those that another need implies."""
    known = [need for need in dict.fromkeys(needs) if need in steps]
    implied: set[str] = set()
    for need in known:
        if need not in implied:
            implied |= _find_base(need, steps) - {need}
    return tuple(need for need in known if need not in implied)


def _find_base(id: str, steps: dict[str, Step]) -> set[str]:
    """The steps of the same server that must succeed before this one."""
    found: set[str] = set()
    todo = [id]
    while todo:
        step = steps[todo.pop()]
        if step.closes is not None:  # it runs even if its needs failed
            continue
        base = {need for need in step.needs if need in steps and steps[need].server == step.server}
        todo += sorted(base - found)
        found |= base
    return found


def _link_lane(
    nodes: dict[str, Node], lane: Sequence[Node], linked: set[tuple[str, str]]
) -> list[Edge]:
    """Closing edges, and the order between neighbours without another edge."""
    edges = []
    for node in lane:
        closed = nodes.get(node.step.closes or "") if node.step else None
        if closed is not None and closed is not node:
            edges.append(Edge(before=closed.id, after=node.id, kind=EdgeKind.CLOSES))
            linked.add((closed.id, node.id))
    for first, second in pairwise(lane):
        if (first.id, second.id) not in linked:
            edges.append(Edge(before=first.id, after=second.id, kind=EdgeKind.ORDER))
    return edges
