"""The values of plain scalars by YAML 1.2's core schema: `off`, `no` and `12:30` stay text."""

from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern

_INT = lazy_pattern(r"[-+]?[0-9]+")
_OCTAL = lazy_pattern(r"0o[0-7]+")
_HEX = lazy_pattern(r"0x[0-9a-fA-F]+")
_FLOAT = lazy_pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = lazy_pattern(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_STARTS = frozenset("0123456789+-.")
_MAX_DIGITS = 24
_MAX_INTEGER = 2**63 - 1
_MAX_EXACT_FLOAT = 2.0**53


class BadNumberError(ValueError):
    """A scalar that looks like a number but is out of range."""


def resolve_scalar(text: str) -> Any:
    """The value of an unquoted scalar. Raises BadNumberError, whose text is one sentence."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text  # nearly every scalar
    if _INT.fullmatch(text):
        return _read_integer(text, 10)
    if _OCTAL.fullmatch(text):
        return _read_integer(text[2:], 8)
    if _HEX.fullmatch(text):
        return _read_integer(text[2:], 16)
    if _FLOAT.fullmatch(text):
        return _read_float(text)
    if _NOT_FINITE.fullmatch(text):
        raise BadNumberError("infinity and NaN are not numbers that a stack can use")
    return text


def _read_integer(digits: str, base: int) -> int:
    # Long ones are refused before they are parsed: parsing takes quadratic time.
    if len(digits) <= _MAX_DIGITS:
        value = int(digits, base)
        if abs(value) <= _MAX_INTEGER:
            return value
    raise BadNumberError("the number is too large")


def _read_float(text: str) -> int | float:
    """The number. 8.0 becomes the integer 8, like in JSON Schema, so that no caller has to care."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise BadNumberError("the number is too large")
    return int(value) if value.is_integer() and abs(value) < _MAX_EXACT_FLOAT else value
