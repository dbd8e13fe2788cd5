"""Reads the plain part of YAML line by line, in half of the time that the parser's events take.

Big files are written by programs, or by people who copy lines: a key and a value in each line,
lists and small mappings in brackets or in lines of their own, texts after `|`. Whatever else a text
has, or may have, is left to the parser (`parse.py`): also every mistake, so that nothing is told
here. Both give the same nodes; a test compares them.
"""

import re
from typing import Any

from ccloud_apply.load.text.brackets import Flow, NotSimpleError, Scalar, read_flow, read_quoted
from ccloud_apply.load.text.node import Node, Place, weigh_text
from ccloud_apply.load.text.scalar import BadNumberError, resolve_scalar

_MAX_FRAMES = 24
_MAX_SCALAR = 64 * 1024
_MAX_SHAPES = 50_000

_ENTRY = re.compile(r"( *)([A-Za-z0-9_][A-Za-z0-9_.-]{0,99}):(?: +([^ ].*)| *$)")
_ITEM = re.compile(r"( *)- +([^ ].*)")
_IDLE = re.compile(r" *(?:#.*)?$")
# A text in one line: no ": " and no " #", which end it, and neither a colon nor a space last.
_PLAIN = re.compile(r"(?:[\w/.+~$(]|-(?=[0-9]))(?:[^:#]|:(?=[^ ])|(?<=[^ ])#)*(?<![: ])")
_ALLOWED = re.compile("[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*")

_new = tuple.__new__


class _Frame:
    """An open mapping or list that has lines of its own.

    `keys` are the places of a mapping's keys, None for a list; `key` is the one whose value has
    not been read yet.
    """

    __slots__ = ("children", "column", "indent", "is_dynamic", "key", "keys", "line", "weight")

    def __init__(self, indent: int, line: int, column: int, *, is_list: bool) -> None:
        self.indent = indent
        self.line = line
        self.column = column
        self.keys: dict[str, Place] | None = None if is_list else {}
        self.key: str | None = None
        self.children: Any = [] if is_list else {}
        self.weight = 1
        self.is_dynamic = False


def read_simple(text: str, path: str, max_weight: int) -> Node | None:
    """The root of a document, or None where it is not simple enough to be sure of it, or has more
    than this weight."""
    if not text.endswith("\n") or _ALLOWED.fullmatch(text) is None:
        return None
    try:
        return _Reader(text, path, max_weight).read()
    except (NotSimpleError, BadNumberError):
        return None


class _Reader:
    """One document, of which `number` lines are read. The outermost frame is not part of it: the
    root is its only value."""

    def __init__(self, text: str, path: str, max_weight: int) -> None:
        self.path = path
        self.lines = text.split("\n")[:-1]
        self.number = 0
        self.frame = _Frame(-1, 1, 1, is_list=False)
        self.frame.key = ""
        self.above: list[_Frame] = []
        self.names: dict[str, str] = {}
        self.shapes: dict[str, Scalar | Flow] = {}
        self.weight = 0
        self.max_weight = max_weight

    def read(self) -> Node:
        """The root. Raises NotSimpleError and BadNumberError."""
        match, lines, shapes, path = _ENTRY.match, self.lines, self.shapes, self.path
        total = len(lines)
        while self.number < total:
            line = lines[self.number]
            number = self.number = self.number + 1
            found = match(line)
            if found is None:
                self._read_item(line)
                continue
            spaces, key, rest = found.groups()
            indent = len(spaces)
            frame = self.frame
            if indent != frame.indent or frame.key is not None or not frame.keys:
                frame = self._enter_mapping(indent)
            self._take_key(frame, key, indent + 1)
            if rest is None:
                continue
            column = found.start(3) + 1
            shape = shapes.get(rest)
            if type(shape) is not tuple:
                self._add(self._read_value(rest, column))
                continue
            # Most lines: what `_put` and `_add` do, in place.
            value, text, weight, is_dynamic, length = shape
            place = _new(Place, (path, number, column, number, column + length))
            frame.children[frame.key] = Node(value, place, text, None, weight, is_dynamic)
            frame.key = None
            frame.weight += weight
            self.weight += weight
            if is_dynamic:
                frame.is_dynamic = True
        while self.above:
            self._close(total + 1, 1)
        root = self.frame.children.get("")
        if not isinstance(root, Node) or self.weight > self.max_weight:
            raise NotSimpleError
        return root

    def _read_item(self, line: str) -> None:
        """A line that is no key: an entry of a list, or nothing."""
        found = _ITEM.fullmatch(line)
        if found is None:
            if _IDLE.match(line) is None:
                raise NotSimpleError
            return
        self._enter_list(len(found[1]))
        column = found.start(2) + 1
        entry = _ENTRY.match(found[2])
        if entry is None:
            self._add(self._read_value(found[2], column))
            return
        frame = self._open(_Frame(column - 1, self.number, column, is_list=False))
        self._take_key(frame, entry[2], column)
        if entry[3] is not None:
            self._add(self._read_value(entry[3], column + entry.start(3)))

    def _enter_mapping(self, indent: int) -> _Frame:
        """Go to the mapping whose keys have this indentation: a new one as the value of a key, or
        one that is open."""
        if self.frame.key is not None:
            if indent <= self.frame.indent:
                raise NotSimpleError
            return self._open(_Frame(indent, self.number, indent + 1, is_list=False))
        while self.frame.indent > indent or (self.frame.indent == indent and not self.frame.keys):
            self._close(self.number, indent + 1)
        if self.frame.indent != indent:
            raise NotSimpleError
        return self.frame

    def _enter_list(self, indent: int) -> None:
        """As `_enter_mapping`; a list may be indented as the key is that it is the value of."""
        if self.frame.key is not None:
            if indent < self.frame.indent:
                raise NotSimpleError
            self._open(_Frame(indent, self.number, indent + 1, is_list=True))
            return
        while self.frame.indent > indent:
            self._close(self.number, indent + 1)
        if self.frame.indent != indent or self.frame.keys is not None:
            raise NotSimpleError

    def _open(self, frame: _Frame) -> _Frame:
        if len(self.above) >= _MAX_FRAMES:
            raise NotSimpleError
        self.above.append(self.frame)
        self.frame = frame
        return frame

    def _close(self, line: int, column: int) -> None:
        """Close the innermost one: it ends where the next thing begins."""
        frame = self.frame
        if frame.key is not None or not self.above:
            raise NotSimpleError
        place = Place(self.path, frame.line, frame.column, line, column)
        node = Node(frame.children, place, "", frame.keys, frame.weight, frame.is_dynamic)
        self.frame = self.above.pop()
        self._add(node, counted=1)

    def _take_key(self, frame: _Frame, key: str, column: int) -> None:
        if frame.keys is None or key in frame.keys:
            raise NotSimpleError
        key = frame.key = self.names.setdefault(key, key)
        number = self.number
        frame.keys[key] = _new(Place, (self.path, number, column, number, column + len(key)))
        frame.weight += 1
        self.weight += 1

    def _add(self, node: Node, *, counted: int | None = None) -> None:
        """Add a value to the innermost frame; `counted` is what is new of its weight."""
        frame, weight = self.frame, node.weight
        if frame.keys is None:
            frame.children.append(node)
        else:
            frame.children[frame.key] = node
            frame.key = None
        frame.weight += weight
        if node.is_dynamic:
            frame.is_dynamic = True
        self.weight += weight if counted is None else counted
        if self.weight > self.max_weight:
            raise NotSimpleError

    def _read_value(self, rest: str, column: int) -> Node:
        """What stands after a key or a dash; a text after `|` has the lines that follow too."""
        shape = self.shapes.get(rest)
        if shape is None:
            if rest[0] == "|":
                return self._read_literal(rest, column)
            shape = _read_shape(rest.rstrip(" "))
            if len(self.shapes) < _MAX_SHAPES:
                self.shapes[rest] = shape
        return self._put(shape, column)

    def _put(self, shape: Scalar | Flow, column: int) -> Node:
        """A node for what stands in this column of the line."""
        number = self.number
        if type(shape) is tuple:
            value, text, weight, is_dynamic, length = shape
            place = _new(Place, (self.path, number, column, number, column + length))
            return Node(value, place, text, None, weight, is_dynamic)
        assert isinstance(shape, Flow)
        place = _new(Place, (self.path, number, column, number, column + shape.length))
        if shape.is_list:
            children = [self._put(part, column + at) for _, _, at, part in shape.parts]
            return Node(children, place, "", None, shape.weight, shape.is_dynamic)
        keys: dict[str, Place] = {}
        entries: dict[str, Node] = {}
        for key_at, key, at, part in shape.parts:
            start = column + key_at
            keys[key] = _new(Place, (self.path, number, start, number, start + len(key)))
            entries[key] = self._put(part, column + at)
        return Node(entries, place, "", keys, shape.weight, shape.is_dynamic)

    def _read_literal(self, header: str, column: int) -> Node:
        """A text of the lines that follow, as they are."""
        first, lines = self.number, self.lines
        line = lines[first] if first < len(lines) else ""
        indent = len(line) - len(line.lstrip(" "))
        if header not in ("|", "|-") or not line.strip(" ") or indent <= self.frame.indent:
            raise NotSimpleError
        at, texts = first, []
        while at < len(lines) and not lines[at][:indent].strip(" "):
            texts.append(lines[at][indent:])
            at += 1
        while not texts[-1]:
            texts.pop()
        text = "\n".join(texts) + ("\n" if header == "|" else "")
        if len(text) > _MAX_SCALAR or self.frame.keys is None:
            raise NotSimpleError
        place = Place(self.path, first, column, at + 1, 1)
        self.number = at
        known = self.names.setdefault(text, text)
        return Node(known, place, known, None, weigh_text(text), "${" in text)


def _read_shape(text: str) -> Scalar | Flow:
    """What a text stands for that is the rest of a line. Raises NotSimpleError, BadNumberError."""
    if len(text) > _MAX_SCALAR:
        raise NotSimpleError
    if text[0] in "[{":
        flow, end = read_flow(text, 0)
        if end != len(text):
            raise NotSimpleError
        return flow
    if text[0] in "\"'":
        scalar, end = read_quoted(text, 0)
        if end != len(text):
            raise NotSimpleError
        return scalar
    if _PLAIN.fullmatch(text) is None:
        raise NotSimpleError
    value = resolve_scalar(text)
    if type(value) is str:
        return (value, value, weigh_text(value), "${" in value, len(text))
    return (value, text, 1, False, len(text))
