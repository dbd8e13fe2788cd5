"""Lists and mappings in brackets that stand in one line, as far as nobody can read them otherwise.

A part of `simple.py`, which places them: equal ones of a file are read once.
"""

import re
from typing import Any

from ccloud_apply.load.text.node import weigh_text
from ccloud_apply.load.text.scalar import resolve_scalar

_MAX_DEPTH = 8
_MAX_LENGTH = 4096

_QUOTED = re.compile(r"\"([^\"\\]*)\"|'([^']*)'")
_WORD = re.compile(
    r"(?:[A-Za-z0-9_/.+]|-(?=[A-Za-z0-9]))(?:[A-Za-z0-9_/.+@*$-]| (?=[A-Za-z0-9_/.+]))*"
)
_KEY = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.-]{0,99}): +(?=[^ ])")
_SPACES = re.compile(" *")

Scalar = tuple[Any, str, int, bool, int]
"""A scalar's value, its text, its weight, whether it has a `${`, and its length in the line."""


class NotSimpleError(Exception):
    """The text has something that the parser has to read."""


class Flow:
    """A list or a mapping in brackets as it stands in a line, whichever line that is.

    `parts` are its entries: where the key begins, the key, where the value begins, and what it is.
    An entry of a list has no key. Columns count from the bracket.
    """

    __slots__ = ("is_dynamic", "is_list", "length", "parts", "weight")

    def __init__(self, *, is_list: bool) -> None:
        self.is_list = is_list
        self.parts: list[tuple[int, str, int, Scalar | Flow]] = []
        self.length = 0
        self.weight = 1
        self.is_dynamic = False

    def add(self, key_at: int, key: str, at: int, part: "Scalar | Flow") -> None:
        """Add an entry."""
        self.parts.append((key_at, key, at, part))
        weight, is_dynamic = (
            (part.weight, part.is_dynamic) if isinstance(part, Flow) else (part[2], part[3])
        )
        self.weight += weight if self.is_list else weight + 1
        self.is_dynamic = self.is_dynamic or is_dynamic


def read_flow(text: str, at: int, depth: int = 1) -> tuple[Flow, int]:
    """What begins at this bracket, and where it ends. Raises NotSimpleError and BadNumberError."""
    if depth > _MAX_DEPTH or len(text) > _MAX_LENGTH:
        raise NotSimpleError
    flow = Flow(is_list=text[at] == "[")
    end = "]" if flow.is_list else "}"
    start, at = at, _skip(text, at + 1)
    if text.startswith(end, at):
        flow.length = at + 1 - start
        return flow, at + 1
    names: set[str] = set()
    while True:
        key_at, key = at, ""
        if not flow.is_list:
            found = _KEY.match(text, at)
            if found is None or found[1] in names:
                raise NotSimpleError
            key, at = found[1], found.end()
            names.add(key)
        part, after = _read_part(text, at, depth)
        flow.add(key_at - start, key, at - start, part)
        at = _skip(text, after)
        if text.startswith(end, at):
            flow.length = at + 1 - start
            return flow, at + 1
        if not text.startswith(",", at):
            raise NotSimpleError
        at = _skip(text, at + 1)


def read_quoted(text: str, at: int) -> tuple[Scalar, int]:
    """The text in quotes that begins here, and where it ends. Raises NotSimpleError."""
    found = _QUOTED.match(text, at)
    if found is None:
        raise NotSimpleError
    value = found[1] if found[2] is None else found[2]
    return (value, value, weigh_text(value), "${" in value, found.end() - at), found.end()


def _read_part(text: str, at: int, depth: int) -> tuple[Scalar | Flow, int]:
    first = text[at : at + 1]
    if first in ("[", "{"):
        # Columns of what is inside count from its own bracket.
        return read_flow(text, at, depth + 1)
    if first in ('"', "'"):
        return read_quoted(text, at)
    found = _WORD.match(text, at)
    if found is None:
        raise NotSimpleError
    written = found[0]
    value = resolve_scalar(written)
    if type(value) is str:
        return (value, value, weigh_text(value), "${" in value, len(written)), found.end()
    return (value, written, 1, False, len(written)), found.end()


def _skip(text: str, at: int) -> int:
    """Where the next character is that is no space."""
    found = _SPACES.match(text, at)
    return at if found is None else found.end()
