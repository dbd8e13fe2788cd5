"""A plan's steps as a graph of nodes, edges and clusters, for the three formats that draw it.

Texts are not escaped yet: each format escapes them for its own language.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from ccloud_apply.model.results.plan import DESTRUCTIVE, Action, Plan, StackPlan, Step

MANY = 3
"""This many steps that need the same steps (as many) share one joint instead of all edges."""


class EdgeKind(StrEnum):
    """Why one step comes after another.

    NEEDS: the first step must succeed, or the noted server must be compared. CLOSES: the first must
    succeed, the steps between need not. ORDER: steps of one server run one after the other and do
    not need each other.
    """

    NEEDS = "needs"
    CLOSES = "closes"
    ORDER = "order"


class Reach(StrEnum):
    """Which servers of one lane wait for which of another: all for all, each for its own one, or
    some for some, where a drawing has no room for more."""

    ALL = "all"
    OWN = "each its own"
    SOME = "some"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Who a lane is about: a server by its key and hostname, in a stack that is named where there
    are several."""

    key: str
    hostname: str | None = None
    action: Action | None = None
    stack: str = ""

    @property
    def name(self) -> str:
        """`shop: web-1 (vs10001)`."""
        hostname = f" ({self.hostname})" if self.hostname else ""
        return f"{self.owner}{self.key}{hostname}"

    @property
    def owner(self) -> str:
        """What stands before the key."""
        return f"{self.stack}: " if self.stack else ""

    @property
    def remark(self) -> str:
        """What happens to it."""
        return "" if self.action is None else self.action.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A step; without one the `note` on a server that is not compared, or else a joint of many
    edges. `id` is generated and safe."""

    id: str
    step: Step | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """`after` comes after `before`. Both are ids of nodes.

    Between lanes of several servers every server of one waits for every server of the other, unless
    `reach` says otherwise.
    """

    before: str
    after: str
    kind: EdgeKind
    reach: Reach = Reach.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A lane: one server with its steps in the order in which they run, or with the note on it; or
    several `servers` that have the same steps, which are those of the first.

    `name` tells who they are, together with `names` where there are more than it has room for.
    """

    id: str
    name: str
    remark: str
    nodes: tuple[Node, ...]
    servers: tuple[Lane, ...]
    names: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name and what happens, in one line."""
        return f"{self.name}, {self.remark}" if self.remark else self.name

    @property
    def loses_data(self) -> bool:
        """True where a server goes, or data of it."""
        is_lost = any(node.step and node.step.is_destructive for node in self.nodes)
        return is_lost or any(server.action in DESTRUCTIVE for server in self.servers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Everything that a format draws, in a stable order."""

    clusters: tuple[Cluster, ...] = ()
    joints: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


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
