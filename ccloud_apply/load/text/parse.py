"""Parses YAML into nodes with places, within limits. The only reader of YAML in this package.

It accepts a subset on purpose: one document, no tags, directives or merge keys, and scalars by YAML
1.2's core schema. An alias shares the node, but each use counts towards the limits, so no file can
cost more. What a stack is does not belong here.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.load.text.node import (
    Node,
    Place,
    make_literal,
    make_scalar,
    start_of,
    to_plain,
    weigh_text,
)
from ccloud_apply.load.text.scalar import BadNumberError, resolve_scalar
from ccloud_apply.load.text.syntax_errors import describe_syntax_error
from ccloud_apply.load.text.yaml_library import yaml
from ccloud_apply.model.diagnostic import Diagnostic

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_WEIGHT = 1_000_000
MAX_SCALAR = 256 * 1024
_MAX_DIAGNOSTICS = 100
_TOO_DEEP = f"the file is nested more than {MAX_DEPTH} levels deep"
_PARSERS_TOO_DEEP = "exceeded maximum nesting depth"
"""Newer parsers have a depth limit too, and may reach it first by looking ahead."""

_MAX_KNOWN = 50_000
"""So many scalars that differ are kept at hand while one file is parsed."""

_Scalar = tuple[Any, str, int, bool]
"""A scalar's value, its text as written, its weight, and whether it has a `${`."""

_new = tuple.__new__

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Refused before the parser sees them: it compares each %TAG with all before it.
_DIRECTIVE = lazy_pattern("(?:^|[\n\r\x85\u2028\u2029])%")


class _StopError(Exception):
    """An error after which the rest of the document cannot be parsed."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.what)
        self.diagnostic = diagnostic


class _Frame:
    """An open mapping or list: its end was not parsed yet.

    `children` gets the values, those of a mapping under `key`, which is None where a key comes
    next. `keys` are the places of a mapping's keys; None for a list.
    """

    __slots__ = (
        "anchor",
        "children",
        "column",
        "height",
        "is_dynamic",
        "key",
        "keys",
        "line",
        "weight",
    )

    def __init__(self, children: Any, line: int, column: int, anchor: str | None) -> None:
        self.children = children
        self.line = line
        self.column = column
        self.anchor = anchor
        self.keys: dict[str, Place] | None = {} if type(children) is dict else None
        self.key: str | None = None
        self.weight = 1
        self.height = 0
        self.is_dynamic = False


class _Builder:
    """Builds nodes from parser events. `diagnostics` are the mistakes that do not stop it.

    A file of ten thousand servers has half a million events, each of which takes a microsecond
    here: so equal scalars are resolved once, and what is done for each is done in place.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.root: Node | None = None
        self.diagnostics: list[Diagnostic] = []
        self.frames: list[_Frame] = [_Frame([], 1, 1, None)]
        self.frame = self.frames[0]
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.names: dict[str, str] = {}
        self.plain: dict[str, _Scalar] = {}
        self.quoted: dict[str, _Scalar] = {}
        self.weight = 0
        self.line = 1

    def build(self, text: str) -> None:
        """Parse the whole text. Raises _StopError and yaml.YAMLError."""
        scalar, mapping, mapping_end = (
            yaml.ScalarEvent,
            yaml.MappingStartEvent,
            yaml.MappingEndEvent,
        )
        sequence, sequence_end = yaml.SequenceStartEvent, yaml.SequenceEndEvent
        take_scalar, open_, close = self._take_scalar, self._open, self._close
        for event in iter(_LOADER(text).get_event, None):
            kind = type(event)
            if kind is scalar:  # most events
                take_scalar(event)
            elif kind is mapping_end or kind is sequence_end:
                close(event)
            elif kind is mapping:
                open_(event, {})
            elif kind is sequence:
                open_(event, [])
            elif kind is yaml.AliasEvent:
                self._take_alias(event)
            elif kind is yaml.DocumentStartEvent and self.frame.children:
                what = "a second document starts here, but one file is one stack"
                hint = "end the file before this line; another stack has a file of its own"
                self._stop("several-documents", what, _place(event, self.path), hint)
        self.root = next(iter(self.frame.children), None)

    def _take_scalar(self, event: Any) -> None:
        text = event.value
        start, end = event.start_mark, event.end_mark
        line, end_line = start.line + 1, end.line + 1
        if line == self.line:  # what stands in one line shares the number: a million objects add up
            line = self.line
        else:
            self.line = line
        if end_line == line:
            end_line = line
        place = _new(Place, (self.path, line, start.column + 1, end_line, end.column + 1))
        if event.tag is not None or len(text) > MAX_SCALAR:
            self._check_scalar(event, text, place)
        is_plain = event.implicit[0]
        frame = self.frame
        if frame.key is None and frame.keys is not None:
            self._take_key(frame, text, place, is_plain=is_plain)
            if event.anchor is not None:
                self.anchors[event.anchor] = (make_scalar(text, place), 0)
            return
        known = (self.plain if is_plain else self.quoted).get(text)
        if known is None and (known := self._resolve(text, place, is_plain=is_plain)) is None:
            frame.key = None
            return
        value, text, weight, is_dynamic = known
        node = Node(value, place, text, None, weight, is_dynamic)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 0)
        self.weight += weight
        if self.weight > MAX_WEIGHT:
            self._stop_weight(place)
        frame.weight += weight
        if is_dynamic:
            frame.is_dynamic = True
        if frame.keys is None:
            frame.children.append(node)
        elif frame.key in frame.keys:  # not so for a merge key; the first of two equal keys wins
            frame.children.setdefault(frame.key, node)
        frame.key = None

    def _resolve(self, text: str, place: Place, *, is_plain: bool) -> "_Scalar | None":
        """What a text stands for; None for a number that is out of range, which is reported."""
        try:
            value = resolve_scalar(text) if is_plain else text
        except BadNumberError as error:
            self._report("bad-number", str(error), place)
            return None
        if type(value) is str:
            found = (value, text, weigh_text(text), "${" in text)
        else:
            found = (value, text, 1, False)
        known = self.plain if is_plain else self.quoted
        if len(known) < _MAX_KNOWN:
            known[text] = found
        return found

    def _check_scalar(self, event: Any, text: str, place: Place) -> None:
        if event.tag is not None:
            self._refuse_tag(event, place)
        if len(text) > MAX_SCALAR:
            what = f"a text of {len(text)} characters; the limit is {MAX_SCALAR}"
            self._stop("too-much", what, place, "put it in a file of its own: {file: PATH}")

    def _take_key(self, frame: _Frame, text: str, place: Place, *, is_plain: bool) -> None:
        keys = frame.keys
        assert keys is not None
        text = frame.key = self.names.setdefault(text, text)
        frame.weight += 1
        self.weight += 1
        if text not in keys and not (text == "<<" and is_plain):
            keys[text] = place
        elif text in keys:
            first = keys[text]
            what = (
                f'the key "{escape(text)}" is defined twice, first at {first.line}:{first.column}'
            )
            self._report("duplicate-key", what, place, "remove one of them")
        else:
            what = "merge keys (<<) are not supported"
            self._report("merge-key", what, place, "put what servers share under defaults:")

    def _take_alias(self, event: Any) -> None:
        place = _place(event, self.path)
        found = self.anchors.get(event.anchor)
        if found is None:
            is_open = any(frame.anchor == event.anchor for frame in self.frames)
            why = "contains itself" if is_open else "has no anchor before it"
            self._stop("yaml-alias", f"the alias *{escape(event.anchor)} {why}", place)
        node, height = found
        frame = self.frame
        if frame.keys is not None and frame.key is None:
            if height or not isinstance(node.value, str):
                self._stop("bad-key", "a key must be text", place)
            self._take_key(frame, node.value, place, is_plain=False)
            return
        if len(self.frames) - 1 + height > MAX_DEPTH:
            self._stop_depth(place)
        self._add(node, height, node.weight)

    def _open(self, event: Any, children: Any) -> None:
        start = event.start_mark
        line, column, frame = start.line + 1, start.column + 1, self.frame
        if event.tag is not None:
            self._refuse_tag(event, _place(event, self.path))
        if len(self.frames) > MAX_DEPTH:
            self._stop_depth(_place(event, self.path))
        if frame.keys is not None and frame.key is None:
            what = "a key must be text, not a list or a mapping"
            hint = 'put text that contains ${...} or {...} in quotes: "${var.name}"'
            self._stop("bad-key", what, _place(event, self.path), hint)
        anchor = event.anchor
        if anchor is not None:
            self.anchors.pop(anchor, None)
        self.frame = _Frame(children, self.line if line == self.line else line, column, anchor)
        self.frames.append(self.frame)

    def _close(self, event: Any) -> None:
        frame = self.frames.pop()
        self.frame = self.frames[-1]
        mark = event.end_mark
        line, end_line = frame.line, mark.line + 1
        if end_line == line:
            end_line = line
        place = _new(Place, (self.path, line, frame.column, end_line, mark.column + 1))
        node = Node(frame.children, place, "", frame.keys, frame.weight, frame.is_dynamic)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (node, frame.height + 1)
        self._add(node, frame.height + 1, 1)

    def _add(self, node: Node, height: int, weight: int) -> None:
        """Add a node to the open collection; `weight` is the part of its weight not counted yet."""
        self.weight += weight
        if self.weight > MAX_WEIGHT:
            self._stop_weight(node.place)
        frame = self.frame
        frame.weight += node.weight
        if node.is_dynamic:
            frame.is_dynamic = True
        if height > frame.height:
            frame.height = height
        if frame.keys is None:
            frame.children.append(node)
        elif frame.key in frame.keys:  # as above
            frame.children.setdefault(frame.key, node)
        frame.key = None

    def _stop_weight(self, place: Place) -> NoReturn:
        what = f"the file holds more than {MAX_WEIGHT:,} keys and values, each alias counted"
        self._stop("too-much", what, place, "split it into several stacks")

    def _refuse_tag(self, event: Any, place: Place) -> None:
        what = f"YAML tags such as {escape(event.tag)} are not supported"
        self._report("yaml-tag", what, place, "remove the tag; quotes make a text of anything")

    def _stop_depth(self, place: Place) -> NoReturn:
        self._stop("too-deep", _TOO_DEEP, place)

    def _report(self, code: str, what: str, place: Place, hint: str = "") -> None:
        if len(self.diagnostics) >= _MAX_DIAGNOSTICS:
            self._stop("more-errors", "there are more errors of this kind from here on", place)
        self.diagnostics.append(Diagnostic(code=code, what=what, hint=hint, source=place))

    def _stop(self, code: str, what: str, place: Place, hint: str = "") -> NoReturn:
        raise _StopError(Diagnostic(code=code, what=what, hint=hint, source=place))


def parse(text: bytes | str, path: str) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """The document's root and the diagnostics of its YAML; `path` is only for places.

    The root is None for an empty document, and after an error that stops the parsing.
    """
    builder = _Builder(path)
    try:
        builder.build(_check_text(text, path))
    except _StopError as stop:
        return None, (*builder.diagnostics, stop.diagnostic)
    except yaml.YAMLError as error:
        data = text if isinstance(text, bytes) else text.encode()
        found = describe_syntax_error(error, data, path)
        if _PARSERS_TOO_DEEP in str(error):
            found = replace(found, code="too-deep", what=_TOO_DEEP)
        return None, (*builder.diagnostics, found)
    return builder.root, tuple(builder.diagnostics)


def parse_document(text: bytes | str, path: str) -> tuple[Any, tuple[Diagnostic, ...]]:
    """A plain value; None for an empty document."""
    node, diagnostics = parse(text, path)
    return None if node is None else to_plain(node), diagnostics


def parse_literal(text: bytes | str, path: str) -> tuple[dict[str, Node], tuple[Diagnostic, ...]]:
    """The NAME: VALUE entries of a file of variables, whose texts are taken as they are."""
    node, diagnostics = parse(text, path)
    if node is None or node.value is None:
        return {}, diagnostics
    if not isinstance(node.value, dict):
        what = "a file of variables is a mapping of NAME: VALUE"
        found = Diagnostic(code="bad-variable", what=what, source=node.place)
        return {}, (*diagnostics, found)
    return {name: make_literal(child) for name, child in node.items()}, diagnostics


def find_top_keys(text: bytes) -> frozenset[str] | None:
    """The keys at the top of every document in a text; None where that cannot be told."""
    try:
        return frozenset(_read_top_keys(_check_text(text, "")))
    except (_StopError, yaml.YAMLError):
        return None


def _read_top_keys(text: str) -> Iterator[str]:
    depth, is_mapping, is_key = 0, False, False
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            if depth == 0:
                is_mapping, is_key = isinstance(event, yaml.MappingStartEvent), True
            elif depth == 1 and is_mapping:
                if is_key and isinstance(event, yaml.ScalarEvent):
                    yield event.value
                is_key = not is_key
            depth += isinstance(event, yaml.CollectionStartEvent)


def _place(event: Any, path: str) -> Place:
    start, end = event.start_mark, event.end_mark
    return Place(path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _check_text(text: bytes | str, path: str) -> str:
    """The decoded text. Raises _StopError if it is too large, not UTF-8, or has directives."""
    if len(text) > MAX_BYTES:
        what = f"the file has {len(text):,} bytes; at most {MAX_BYTES:,} are read"
        raise _stop_at(path, "too-much", what, "split it into several stacks")
    if isinstance(text, str):
        try:
            text = text.encode()
        except UnicodeEncodeError:
            raise _stop_at(path, "not-utf8", "the text is not valid UTF-8") from None
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = text[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        what = f"the byte 0x{text[error.start]:02x} is not UTF-8"
        hint = "save the file as UTF-8"
        raise _stop_at(
            path, "not-utf8", what, hint, Place(path, line, column, line, column)
        ) from None
    found = _DIRECTIVE.search(decoded)
    if found:
        line = decoded.count("\n", 0, found.end()) + 1
        what = "YAML directives (lines that begin with %) are not supported"
        place = Place(path, line, 1, line, 2)
        raise _stop_at(path, "yaml-directive", what, "remove the line", place)
    return decoded


def _stop_at(
    path: str, code: str, what: str, hint: str = "", place: Place | None = None
) -> _StopError:
    return _StopError(Diagnostic(code=code, what=what, hint=hint, source=place or start_of(path)))
