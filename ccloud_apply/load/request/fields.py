"""The fields of `-f NAME=VALUE` as one JSON value, typed by the document. Pure.

`tags[]=web` adds to a list, `addons[][name]=backup` to a list of objects, `data.name=x` and
`data[name]=x` set a field within a field. Reading the file of `@FILE` belongs to the caller.
"""

import json
from collections.abc import Mapping
from dataclasses import field, replace
from math import isfinite
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.model.documented import Schema

_HEAD = lazy_pattern(r"[^.\[\]=]+")
_STEP = lazy_pattern(r"\[(\d{0,4})\]|\[([^\[\]]+)\]|\.([^.\[\]=]+)")

Step = str | int | None
"""A name, a position, or None: the end of the list."""


class FieldError(ValueError):
    """A `-f` that cannot be understood; the message never quotes a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One `-f`: where its value goes, and the value as text. `file` is set where it stands in a
    file (`-`: standard input); `is_empty_list` for `NAME[]` alone."""

    name: str
    steps: tuple[Step, ...]
    text: str = field(default="", repr=False)
    file: str | None = None
    is_empty_list: bool = False

    def with_text(self, text: str) -> "Field":
        """The field with the contents of its file."""
        return replace(self, text=text)


def parse_field(assignment: str) -> Field:
    """`NAME=VALUE`, `NAME=@FILE`, `NAME=@@TEXT` (a text that begins with an at sign), `NAME[]`.

    Raises FieldError.
    """
    name, separator, text = assignment.partition("=")
    steps = _parse_name(name)
    if not separator:
        if steps[-1] is not None:
            raise FieldError(f'expected NAME=VALUE, not "{escape(name)}"')
        return Field(name=name, steps=steps[:-1], is_empty_list=True)
    if text.startswith("@@"):
        return Field(name=name, steps=steps, text=text[1:])
    if text.startswith("@"):
        if len(text) == 1:
            raise FieldError(f"{escape(name)}: expected a file after the @, or @- for the input")
        return Field(name=name, steps=steps, file=text[1:])
    return Field(name=name, steps=steps, text=text)


def _parse_name(name: str) -> tuple[Step, ...]:
    head = _HEAD.match(name)
    if head is None:
        raise FieldError(f'"{escape(name)}" is not the name of a field')
    steps: list[Step] = [head.group()]
    at = head.end()
    while at < len(name):
        step = _STEP.match(name, at)
        if step is None:
            raise FieldError(f'"{escape(name)}" is not the name of a field')
        number, bracketed, dotted = step.groups()
        if number is not None:
            steps.append(int(number) if number else None)
        else:
            steps.append(bracketed or dotted)
        at = step.end()
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class _Leaf:
    text: str


def build_value(fields: tuple[Field, ...], schema: Schema) -> Any:
    """The JSON object of these fields. Raises FieldError where two of them contradict each other.

    A text that is a JSON number, true, false or null is that where the schema takes it; where the
    schema takes a text alone, it is the text.
    """
    tree: dict[str, Any] = {}
    for each in fields:
        _set(tree, each)
    return _convert(tree, schema)


def _set(tree: dict[str, Any], each: Field) -> None:
    at: Any = tree
    for step, following in zip(each.steps, each.steps[1:], strict=False):
        at = _descend(at, step, following, each.name)
    last = each.steps[-1]
    value: Any = [] if each.is_empty_list else _Leaf(each.text)
    if isinstance(at, dict) and isinstance(last, str):
        if last in at:
            raise FieldError(f"{escape(each.name)} is given twice; NAME[]=VALUE adds to a list")
        at[last] = value
    elif isinstance(at, list) and (last is None or last == len(at)):
        at.append(value)
    else:
        raise _unfitting(each.name)


def _descend(at: Any, step: Step, following: Step, name: str) -> Any:
    """The container that a step leads to, made if it is not there."""
    made: Any = {} if isinstance(following, str) else []
    if isinstance(at, dict) and isinstance(step, str):
        found = at.setdefault(step, made)
    elif isinstance(at, list) and step is None:
        last = at[-1] if at else None
        if not (isinstance(last, dict) and isinstance(following, str) and following not in last):
            at.append(made)
        found = at[-1]
    elif isinstance(at, list) and isinstance(step, int) and step <= len(at):
        if step == len(at):
            at.append(made)
        found = at[step]
    else:
        raise _unfitting(name)
    if not isinstance(found, type(made)):
        raise _unfitting(name)
    return found


def _unfitting(name: str) -> FieldError:
    return FieldError(f"{escape(name)} does not fit the fields before it")


def _convert(tree: Any, schema: Schema) -> Any:
    if isinstance(tree, _Leaf):
        return read_scalar(tree.text, schema)
    if isinstance(tree, list):
        items = schema.get("items", {})
        return [_convert(item, items) for item in tree]
    properties: Mapping[str, Any] = schema.get("properties", {})
    return {name: _convert(item, properties.get(name, {})) for name, item in tree.items()}


def read_scalar(text: str, schema: Schema) -> Any:
    """The value that a text stands for: a number, true, false or null where the schema takes one.

    A schema that says no type takes anything.
    """
    types = types_of(schema)
    value = _parse_scalar(text)
    if isinstance(value, str) or not types:
        return value
    if name_type(value) in types or (name_type(value) == "integer" and "number" in types):
        return value
    return text if "string" in types else value


def _parse_scalar(text: str) -> Any:
    if len(text) > 40:
        return text
    try:
        value = json.loads(text, parse_constant=lambda name: name)
    except ValueError:
        return text
    if isinstance(value, float) and not isfinite(value):
        return text
    return text if isinstance(value, str | list | dict) else value


def types_of(schema: Schema) -> frozenset[str]:
    """The JSON types that a schema allows; empty where it allows any."""
    types = schema.get("type", ())
    return frozenset({types} if isinstance(types, str) else types)


def name_type(value: Any) -> str:
    """The JSON type of a value, a whole number being an `integer`."""
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")
