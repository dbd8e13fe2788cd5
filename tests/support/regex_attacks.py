"""Long texts for a regular expression, made of what the expression itself is made of.

Where the time of a pattern grows with the square of the length, it does so for a text that repeats
what stands before an open repetition, or what is repeated: these are tried, one behind another.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

_parser = import_module("re._parser")
_constants = import_module("re._constants")
_USUAL = ("a", "0", " ", "\n", "-")
_MOST = 14
"""Most pieces of one pattern."""


def attacks(pattern: str, length: int) -> Iterator[str]:
    """Texts of about this length."""
    parsed = _parser.parse(pattern)
    starts = list(dict.fromkeys(("", *_prefixes(parsed, ""))))[:_MOST]
    characters = list(_characters(parsed))
    pieces = list(dict.fromkeys((*starts[1:], *characters, *_USUAL)))[: 2 * _MOST]
    for piece in pieces:
        many = piece * (length // len(piece))
        for start in starts:
            for end in ("", "\x00"):
                yield start + many + end


def _prefixes(parsed: Any, before: str) -> Iterator[str]:
    """What can stand before each repetition that has no end."""
    for op, argument in parsed:
        name = str(op)
        inner = _inner(name, argument)
        if name.endswith("REPEAT") and argument[1] == _constants.MAXREPEAT:
            yield before
            yield before + _sample(inner[0])
        for part in inner:
            yield from _prefixes(part, before)
        before += _sample([(op, argument)])


def _inner(name: str, argument: Any) -> list[Any]:
    """The parts of an element that are patterns themselves."""
    if name.endswith("REPEAT"):
        return [argument[2]]
    if name == "SUBPATTERN":
        return [argument[3]]
    if name == "BRANCH":
        return list(argument[1])
    return [argument[1]] if name in ("ASSERT", "ASSERT_NOT") else []


def _sample(parsed: Any) -> str:
    """A short text that fits, as far as that is easy to tell; `a` for any character."""
    found = ""
    for op, argument in parsed:
        name = str(op)
        if name == "LITERAL":
            found += chr(argument)
        elif name == "IN":
            found += next(_listed(argument), "a")
        elif name in ("ANY", "NOT_LITERAL"):
            found += "a"
        elif name.endswith("REPEAT"):
            found += _sample(argument[2]) * min(argument[0], 40)
        elif name == "SUBPATTERN":
            found += _sample(argument[3])
        elif name == "BRANCH":
            found += _sample(argument[1][0])
    return found


def _characters(parsed: Any) -> Iterator[str]:
    for op, argument in parsed:
        name = str(op)
        if name in ("LITERAL", "NOT_LITERAL"):
            yield chr(argument)
        elif name == "IN":
            yield from _listed(argument)
        for part in _inner(name, argument):
            yield from _characters(part)


def _listed(members: Any) -> Iterator[str]:
    """Characters that a set names, first ones of its ranges and classes among them."""
    classes = {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "0", "CATEGORY_WORD": "a"}
    for kind, value in members:
        if str(kind) == "LITERAL":
            yield chr(value)
        elif str(kind) == "RANGE":
            yield chr(value[0])
        elif str(kind) == "CATEGORY":
            yield classes.get(str(value), "-")
