"""Reads the text of `--var` and `CCLOUD_VAR_` as a value, by the variable's type or default."""

from typing import Any

from ccloud_apply.load.stack.variable_types import VariableType
from ccloud_apply.load.text.format_values import quote
from ccloud_apply.load.text.node import Node, from_plain, make_scalar, to_plain
from ccloud_apply.load.text.parse import parse
from ccloud_apply.load.text.scalar import BadNumberError, resolve_scalar

_STRUCTURE_STARTS = ("[", "{", '"', "'")


class BadValueError(ValueError):
    """An invalid value of a variable; the message is one sentence."""


def read_text(text: str, default: Node, expected: VariableType | None, origin: str) -> Node:
    """The value that the text stands for, in the place of the default.

    `origin` names where the text comes from. Lists and mappings are YAML, and so JSON too. Raises
    BadValueError for a text that cannot be read; whether it fits is not checked.
    """
    if _is_string(default, expected):
        _check_encoding(text, origin)
        return from_plain(text, default.place)
    if _is_structure(text, default, expected):
        return _read_structure(text, default, expected, origin)
    try:
        value = resolve_scalar(text)
    except BadNumberError as error:
        raise BadValueError(f"{origin}: {error}") from None
    _check_encoding(text, origin)
    node = make_scalar(value, default.place, text=text)
    node.is_dynamic = False
    return node


def name_type(value: Any) -> str:
    """What a message calls values of this type."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a whole number"
    if isinstance(value, float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return quote(value) if isinstance(value, list | dict) else "a value"


def _is_string(default: Node, expected: VariableType | None) -> bool:
    return isinstance(default.value, str) if expected is None else expected.word == "string"


def _is_structure(text: str, default: Node, expected: VariableType | None) -> bool:
    if expected is not None and expected.word != "any":
        return expected.is_structure
    if expected is None and isinstance(default.value, dict | list):
        return True
    return (default.value is None or expected is not None) and text.startswith(_STRUCTURE_STARTS)


def _check_encoding(text: str, origin: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadValueError(f"{origin} is not valid UTF-8") from None


def _read_structure(text: str, default: Node, expected: VariableType | None, origin: str) -> Node:
    node, diagnostics = parse(text, origin)
    if diagnostics or node is None:
        what = diagnostics[0].what if diagnostics else "it is empty"
        name = name_type(default.value) if expected is None else expected.description
        raise BadValueError(f"{origin} cannot be read as {name}: {what}")
    return from_plain(to_plain(node), default.place)
