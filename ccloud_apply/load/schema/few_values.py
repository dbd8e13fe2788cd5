"""Judges a few values against a schema by itself, without any library.

jsonschema-rs needs longer to be imported and to compile the schema than a small stack takes in all.
What is not certain to be judged alike is not judged: a keyword that is not known here, text outside
of printable ASCII where a pattern looks at it, numbers that are too big. Many values belong to
jsonschema-rs (`validate.py`), which is faster then.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

Schema = Mapping[str, Any]

_EXACT_UP_TO = 2**53
"""Every JSON library reads whole numbers up to here as they are."""

_SIMPLE = frozenset((str, bool, type(None)))

_NOT_JUDGED = frozenset(
    ("$schema", "$defs", "title", "description", "examples", "default", "errorMessage", "limitedBy")
)


class Undecided(Exception):
    """It is not certain here whether the value is valid."""


def count_values(value: Any, most: int) -> int:
    """How many values these are, the keys of mappings included; more than `most` if there are more.

    Raises Undecided for what is no JSON, or a number that not everybody reads alike.
    """
    count = 0
    left = [value]
    while left:
        value = left.pop()
        kind = type(value)
        count += 1
        if kind is dict:
            if not all(type(name) is str for name in value):
                raise Undecided
            count += len(value)
            left.extend(value.values())
        elif kind is list:
            left.extend(value)
        elif not (kind in _SIMPLE or (kind is int and -_EXACT_UP_TO < value < _EXACT_UP_TO)):
            raise Undecided
        if count + len(left) > most:
            return most + 1
    return count


def fits_few(part: Schema | bool, value: Any, definitions: Mapping[str, Schema]) -> bool:
    """True if the value is valid against this part of a schema with these definitions.

    The value has to be one that `count_values` has counted. Raises Undecided.
    """
    if isinstance(part, bool):
        return part
    for word, said in part.items():
        judge = _JUDGES.get(word)
        if judge is not None:
            if not judge(said, value, part, definitions):
                return False
        elif word not in _NOT_JUDGED:
            raise Undecided
    return True


_KINDS: Mapping[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": int,
    "null": type(None),
}


def _type(said: Any, value: Any, _part: Schema, _definitions: Any) -> bool:
    names = (said,) if isinstance(said, str) else said
    return any(type(value) is _KINDS[name] for name in names)


def _ref(said: str, value: Any, _part: Schema, definitions: Mapping[str, Schema]) -> bool:
    place, _, name = said.rpartition("/")
    if place != "#/$defs" or name not in definitions:
        raise Undecided
    return fits_few(definitions[name], value, definitions)


def _any_of(said: Sequence[Schema], value: Any, _part: Schema, definitions: Any) -> bool:
    return any(fits_few(branch, value, definitions) for branch in said)


def _one_of(said: Sequence[Schema], value: Any, _part: Schema, definitions: Any) -> bool:
    return sum(fits_few(branch, value, definitions) for branch in said) == 1


def _not(said: Schema, value: Any, _part: Schema, definitions: Any) -> bool:
    return not fits_few(said, value, definitions)


def _enum(said: Sequence[Any], value: Any, _part: Schema, _definitions: Any) -> bool:
    return any(_is_same(option, value) for option in said)


def _const(said: Any, value: Any, _part: Schema, _definitions: Any) -> bool:
    return _is_same(said, value)


def _is_same(one: Any, other: Any) -> bool:
    """JSON's equality, where True is not 1."""
    if type(one) is not type(other):
        return False
    if type(one) is dict:
        return one.keys() == other.keys() and all(_is_same(one[n], other[n]) for n in one)
    if type(one) is list:
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)


def _required(said: Sequence[str], value: Any, _part: Schema, _definitions: Any) -> bool:
    return type(value) is not dict or all(name in value for name in said)


def _properties(said: Mapping[str, Any], value: Any, _part: Schema, definitions: Any) -> bool:
    return type(value) is not dict or all(
        fits_few(said[name], inner, definitions) for name, inner in value.items() if name in said
    )


def _additional(said: Any, value: Any, part: Schema, definitions: Any) -> bool:
    if type(value) is not dict:
        return True
    if "patternProperties" in part:
        raise Undecided
    known = part.get("properties", ())
    return all(
        fits_few(said, inner, definitions) for name, inner in value.items() if name not in known
    )


def _names(said: Any, value: Any, _part: Schema, definitions: Any) -> bool:
    return type(value) is not dict or all(fits_few(said, name, definitions) for name in value)


def _items(said: Any, value: Any, part: Schema, definitions: Any) -> bool:
    if "prefixItems" in part:
        raise Undecided
    return type(value) is not list or all(fits_few(said, item, definitions) for item in value)


def _unique(said: bool, value: Any, _part: Schema, _definitions: Any) -> bool:
    if not said or type(value) is not list:
        return True
    pairs = ((one, other) for at, one in enumerate(value) for other in value[:at])
    return not any(_is_same(one, other) for one, other in pairs)


def _pattern(said: str, value: Any, _part: Schema, _definitions: Any) -> bool:
    if type(value) is not str:
        return True
    if not (value.isascii() and value.isprintable()):  # there all engines agree
        raise Undecided
    return _compile(said).search(value) is not None


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _at_least(kinds: tuple[type, ...], size: Callable[[Any], int]) -> Callable[..., bool]:
    def judge(said: Any, value: Any, _part: Schema, _definitions: Any) -> bool:
        return type(value) not in kinds or size(value) >= said

    return judge


def _at_most(kinds: tuple[type, ...], size: Callable[[Any], int]) -> Callable[..., bool]:
    def judge(said: Any, value: Any, _part: Schema, _definitions: Any) -> bool:
        return type(value) not in kinds or size(value) <= said

    return judge


_JUDGES: Mapping[str, Callable[[Any, Any, Schema, Any], bool]] = {
    "type": _type,
    "$ref": _ref,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "enum": _enum,
    "const": _const,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "items": _items,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "minimum": _at_least((int,), int),
    "maximum": _at_most((int,), int),
    "minLength": _at_least((str,), len),
    "maxLength": _at_most((str,), len),
    "minItems": _at_least((list,), len),
    "maxItems": _at_most((list,), len),
    "minProperties": _at_least((dict,), len),
    "maxProperties": _at_most((dict,), len),
}
