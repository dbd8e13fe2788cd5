"""What a drawing of a plan is made of: lanes of nodes, and arrows between them.

Texts are not escaped yet: each format escapes them for its own language. How a plan becomes one
belongs to `graph.py`, how a large one becomes smaller to `fold.py`.
"""

from enum import StrEnum

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import DESTRUCTIVE, Action, Step

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
    are several. `more` is what its action does not say."""

    key: str
    hostname: str | None = None
    action: Action | None = None
    stack: str = ""
    more: str = ""

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
        action = "" if self.action is None else self.action.replace("_", " ")
        return ", ".join(filter(None, (action, self.more)))


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
