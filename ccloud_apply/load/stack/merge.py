"""Merges what several layers or files say: a server's fields as each aspect names it, sections by
their names."""

from dataclasses import replace

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.load.text.node import Node, make_mapping, make_sequence


def merge_field(name: str, default: Node, own: Node) -> Node:
    """The merged value of a field that both declare."""
    merge = ASPECTS[name].merge if name in ASPECTS else "deep"
    if merge == "deep":
        return _merge_deep(default, own)
    if merge == "union" and isinstance(default.value, list) and isinstance(own.value, list):
        return _unite(default, own)
    return own


def put_over(weaker: Node | None, node: Node) -> Node:
    """A mapping over a weaker one: the value of each name, from the one that has it last."""
    if weaker is None:
        return node
    both = make_mapping({**weaker.value, **node.value}, node)
    return replace(both, keys={**(weaker.keys or {}), **(node.keys or {})})


def _merge_deep(default: Node, own: Node) -> Node:
    if not (isinstance(default.value, dict) and isinstance(own.value, dict)):
        return own
    merged = dict(default.value)
    for name, child in own.value.items():
        merged[name] = _merge_deep(merged[name], child) if name in merged else child
    return make_mapping(merged, own)


def _unite(default: Node, own: Node) -> Node:
    """The union of both lists of scalars. Other items stay, for the schema to refuse."""
    items = list(default.value)
    seen = {(type(item.value), item.value) for item in items if _is_scalar(item)}
    for item in own.value:
        if not _is_scalar(item) or (type(item.value), item.value) not in seen:
            items.append(item)
    return make_sequence(items, own)


def _is_scalar(node: Node) -> bool:
    return not isinstance(node.value, dict | list)
