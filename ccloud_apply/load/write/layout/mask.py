"""The text of a file for a reader: a secret that somebody wrote into it is masked.

A stack file that holds one is refused by everything but `fmt`, which shows the lines around a
change.
"""

from collections.abc import Iterable, Iterator

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.load.text.node import Node
from ccloud_apply.load.text.parse import parse

_SECRET_KEYS = frozenset(name for name, aspect in ASPECTS.items() if aspect.is_sensitive)
_OF_TEMPLATE = "secrets"
"""The key under which a field with a text template has its secrets, each by a name of its own."""

_REFERENCE_KEYS = frozenset({"env", "file", "command", "generate"})
_MASK = "(sensitive)"


def mask_secrets(text: str) -> str:
    """The text with literal secrets as `(sensitive)`; lines are counted as before.

    A text that cannot be parsed is masked as a whole: nobody can tell what is in it.
    """
    root, diagnostics = parse(text, "")
    if diagnostics:
        return _MASK
    if root is None:
        return text
    lines = text.split("\n")
    for place in sorted({node.place for node in _find_secrets(root)}, reverse=True):
        _, first, start, last, end = place
        rest = lines[last - 1][end - 1 :]
        lines[first - 1 : last] = [
            lines[first - 1][: start - 1] + _MASK + (rest if first == last else ""),
            *[""] * (last - first - 1),
            *([rest] if first < last else []),
        ]
    return "\n".join(lines)


def _find_secrets(node: Node, *, is_secret: bool = False, is_field: bool = False) -> Iterator[Node]:
    """Scalars under a secret's key, but for the names in a reference."""
    if isinstance(node.value, dict):
        for name, child in node.value.items():
            if is_field and name == _OF_TEMPLATE:
                for secret in _parts(child):
                    yield from _find_secrets(secret, is_secret=True)
                continue
            is_named = is_secret and name in _REFERENCE_KEYS
            yield from _find_secrets(
                child,
                is_secret=name in _SECRET_KEYS or (is_secret and not is_named),
                is_field=name in ASPECTS,
            )
    elif isinstance(node.value, list):
        for child in node.value:
            yield from _find_secrets(child, is_secret=is_secret)
    elif is_secret and node.value is not None:
        yield node


def _parts(node: Node) -> Iterable[Node]:
    """The values of a mapping; the node itself where it is none."""
    return node.value.values() if isinstance(node.value, dict) else (node,)
