"""A parsed document whose keys and values know their places. Their meaning: `load/stack/`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.source import SourceRange

Place = SourceRange

_TEXT_PER_WEIGHT = 64


@dataclass(slots=True, eq=False)
class Node:
    """One value of a document. By convention it is never changed once it is built.

    It is not frozen: a file can have a million of them, and a frozen one takes three times as long
    to create. `value` is a dict or list of Nodes, or a plain scalar; `text` is the scalar as
    written. `keys` are the places of a mapping's keys. `weight` bounds the work that a document
    can cause: one for each key and value, more for long texts; aliases count each time.
    `is_dynamic` marks a value that contains `${`.
    """

    value: Any
    place: Place
    text: str = ""
    keys: Mapping[str, Place] | None = None
    weight: int = 1
    is_dynamic: bool = False

    def child(self, name: str) -> "Node | None":
        """The value of a mapping's key; None if there is none, or this is no mapping."""
        found = self.value.get(name) if isinstance(self.value, dict) else None
        return found if isinstance(found, Node) else None

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """A mapping's entries; nothing for any other node."""
        if isinstance(self.value, dict):
            yield from self.value.items()

    def key_place(self, name: str) -> Place:
        """The place of a key; the mapping's own place if it has no such key."""
        return (self.keys or {}).get(name, self.place)

    def locate(self, path: Sequence[str | int]) -> Place:
        """The place of a part, where a name may stand for an entry of a list: `find_named`."""
        return find_named(self, path).place

    def find(self, path: Sequence[str | int]) -> "Node":
        """The node at the path, or the deepest existing node on the way."""
        node = self
        for step in path:
            has_parts = isinstance(node.value, dict | list)
            if not has_parts:  # a text has an item [0] too
                break
            try:
                node = node.value[step]
            except (LookupError, TypeError):
                break
        return node


def make_scalar(value: Any, place: Place, *, text: str = "") -> Node:
    """A leaf."""
    if type(value) is str:
        return Node(value, place, text, None, weigh_text(value), "${" in value)
    return Node(value, place, text)


def weigh_text(text: str) -> int:
    """The weight of a scalar that is this text."""
    return 1 + len(text) // _TEXT_PER_WEIGHT


def make_mapping(children: dict[str, Node], like: Node) -> Node:
    """A mapping of these children at the place of another node."""
    weight = 1 + len(children) + sum(child.weight for child in children.values())
    is_dynamic = any(child.is_dynamic for child in children.values())
    return Node(children, like.place, "", like.keys, weight, is_dynamic)


def make_sequence(children: list[Node], like: Node) -> Node:
    """A list of these children at the place of another node."""
    weight = 1 + sum(child.weight for child in children)
    is_dynamic = any(child.is_dynamic for child in children)
    return Node(children, like.place, "", None, weight, is_dynamic)


def from_plain(value: Any, place: Place) -> Node:
    """A node for a plain value; all its parts get one place, and none is dynamic."""
    if isinstance(value, Mapping):
        node = Node({str(k): from_plain(v, place) for k, v in value.items()}, place)
        return replace(make_mapping(node.value, node), is_dynamic=False)
    if isinstance(value, list | tuple):
        node = Node([from_plain(v, place) for v in value], place)
        return replace(make_sequence(node.value, node), is_dynamic=False)
    node = make_scalar(value, place, text=repr(value) if isinstance(value, float) else "")
    return replace(node, is_dynamic=False)


def to_plain(node: Node) -> Any:
    """The value without its places."""
    value = node.value
    if type(value) is dict:
        return {name: to_plain(child) for name, child in value.items()}
    if type(value) is list:
        return [to_plain(child) for child in value]
    return value


def move_to(node: Node, place: Place) -> Node:
    """A copy with another place for itself and all its parts."""
    value = node.value
    if type(value) is dict:
        value = {name: move_to(child, place) for name, child in value.items()}
    elif type(value) is list:
        value = [move_to(child, place) for child in value]
    return Node(value, place, node.text, None, node.weight, node.is_dynamic)


def make_literal(node: Node) -> Node:
    """A copy in which `${` is text."""
    if not node.is_dynamic:
        return node
    value = node.value
    if type(value) is dict:
        value = {name: make_literal(child) for name, child in value.items()}
    elif type(value) is list:
        value = [make_literal(child) for child in value]
    return replace(node, value=value, is_dynamic=False)


def without(node: Node, paths: set[tuple[str | int, ...]]) -> Node:
    """A copy without the nodes at these paths; an empty path removes nothing."""
    below: dict[str | int, set[tuple[str | int, ...]]] = {}
    for path in paths:
        if path:
            below.setdefault(path[0], set()).add(path[1:])
    if not below:
        return node
    if isinstance(node.value, dict):
        entries = {
            name: without(child, below.get(name, set()))
            for name, child in node.value.items()
            if () not in below.get(name, set())
        }
        return make_mapping(entries, node)
    if isinstance(node.value, list):
        items = [
            without(child, below.get(index, set()))
            for index, child in enumerate(node.value)
            if () not in below.get(index, set())
        ]
        return make_sequence(items, node)
    return node


def find_named(node: Node, path: Sequence[str | int]) -> Node:
    """As `Node.find`; in a list, a name finds the entry that is it, or whose `name` it is."""
    for step in path:
        if isinstance(step, str) and isinstance(node.value, list):
            named = (item for item in node.value if _has_name(item, step))
            node = next(named, node)
        else:
            node = node.find((step,))
    return node


def _has_name(node: Node, name: str) -> bool:
    child = node.child("name")
    return bool((node if child is None else child).value == name)


def start_of(path: str) -> Place:
    """The first character of a file: what stands for the file as a whole."""
    return SourceRange(path, 1, 1, 1, 1)
