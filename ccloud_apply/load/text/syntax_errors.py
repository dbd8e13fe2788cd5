"""Words the YAML parser's syntax errors as sentences.

The sentences quote nothing of the file, because it may contain secrets. Parsing: `parse.py`.
"""

from typing import Any

from ccloud_apply.load.text.node import Place
from ccloud_apply.model.diagnostic import Diagnostic

_QUOTE = 'put text that contains ": ", " #" or begins with a special character in quotes'
_FLOW = 'inside [ ] and { }, put an interpolation in quotes: "${var.name}"'
_INDENT = "compare the indentation with the lines before"

_TAB = "tab"
"""Parsers name a tab in their own ways, or not at all: the text at the place tells it."""

_SENTENCES: tuple[tuple[str, str, str], ...] = (
    (_TAB, "a tab cannot be used for indentation", "use spaces"),
    ("mapping values are not allowed", "a ':' is not expected here", f"{_QUOTE}; {_INDENT}"),
    (
        "block sequence entries are not allowed",
        "a list cannot start on this line",
        "put the '-' on a line of its own, or write [a, b]",
    ),
    ("cannot start any token", "text cannot start with this character", _QUOTE),
    ("unexpected end of stream", "the text that starts here has no closing quote", ""),
    ("could not find expected ':'", "a key before this line has no ':'", _INDENT),
    ("expected ',' or ']'", "the list in [ ] is not closed, or lacks a ','", _FLOW),
    ("expected ',' or '}'", "the mapping in { } is not closed, or lacks a ','", _FLOW),
    ("expected '-' indicator", "a list entry (- ...) was expected here", _INDENT),
    ("expected key", "a key was expected here", _INDENT),
    ("expected <document start>", "nothing may follow the end of the document", _INDENT),
    ("expected <block end>", "this does not match the lines before it", _INDENT),
    ("unknown escape character", "an unknown escape after a backslash", "use 'single quotes'"),
    ("undefined tag", "YAML tags are not supported", "remove the tag"),
    ("not allowed", "this is not expected here", _INDENT),
)


def describe_syntax_error(error: Any, data: bytes, path: str) -> Diagnostic:
    """The diagnostic for the `yaml.YAMLError` that parsing `data` raised."""
    problem = getattr(error, "problem", None) or ""
    place = _find_place(error, data, path)
    if "cannot start any token" in problem and _character_at(place, data) == "\t":
        problem = _TAB
    what, hint = "the YAML cannot be read here", ""
    if not problem:
        what = "a control character is not allowed here"
        hint = 'in double quotes, an escape such as "\\x1b" stands for it'
    for part, sentence, way_out in _SENTENCES:
        if part in problem:
            what, hint = sentence, way_out
            break
    return Diagnostic(code="yaml-syntax", what=what, hint=hint, source=place)


def _character_at(place: Place, data: bytes) -> str:
    lines = data.decode("utf-8-sig", "replace").split("\n")
    line, column = place.line - 1, place.column - 1
    return lines[line][column : column + 1] if line < len(lines) else ""


def _find_place(error: Any, data: bytes, path: str) -> Place:
    mark = getattr(error, "problem_mark", None)
    start = getattr(error, "context_mark", None)
    is_unclosed = "end of stream" in (getattr(error, "problem", None) or "")
    is_at_end = mark is not None and mark.index >= len(data.decode("utf-8", "replace"))
    if start is not None and (is_unclosed or is_at_end):
        mark = start  # the start of the unclosed part helps, the end of the file does not
    if mark is not None:
        return Place(path, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 1)
    position = getattr(error, "position", None) or 0
    before = data[:position]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
    return Place(path, line, column, line, column)
