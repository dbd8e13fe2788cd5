"""A changed value in a text plan: short, in the stack file's units, on one line."""

from collections.abc import Mapping, Sequence
from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.results.plan import FieldChange, ValueKind
from ccloud_apply.render.lib.escape import escape_line, escape_short, quote, shorten
from ccloud_apply.render.lib.money import format_amount

SENSITIVE = "(sensitive value)"
NONE = "(none)"
EMPTY = "(empty)"

_MAX_ITEMS = 20
_MAX_DEPTH = 5
_OWN = r"\$\{(?:key|index|each\.key|hostname)\}"
_BARE = lazy_pattern(
    rf"(?:[A-Za-z_]|{_OWN})(?:[A-Za-z0-9_.:/@+-]|{_OWN})*"
    r"|\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2})?)?"
)
_LITERALS = frozenset({"true", "false", "null", "none"})


def format_value(value: Any, kind: ValueKind = ValueKind.PLAIN, currency: str | None = None) -> str:
    """A value of this kind: sizes in GB, schedules in words, texts quoted where needed.

    `currency` is that of an amount, where it is known.
    """
    if kind is ValueKind.GB:
        return _format_size(value)
    if kind is ValueKind.SCHEDULE and isinstance(value, Mapping) and "frequency" in value:
        return _format_schedule(value)
    if kind is ValueKind.MONEY and isinstance(value, str):
        return f"{format_amount(value, currency)} per month"
    return _format(value, _MAX_DEPTH)


def format_tags(change: FieldChange) -> str:
    """A change of a set as `+added -removed`, in the order of its items; the rest is counted."""
    before, after = _tag_list(change.before), _tag_list(change.after)
    parts = [f"+{_format_text(tag)}" for tag in after if tag not in before]
    parts += [f"-{_format_text(tag)}" for tag in before if tag not in after]
    kept = sum(1 for tag in after if tag in before)
    if kept:
        parts.append(f"({kept} kept)")
    return " ".join(parts) or EMPTY


def is_tag_change(change: FieldChange) -> bool:
    """True if both values are lists of texts, to be shown as a set."""
    return change.kind is ValueKind.TAGS and all(
        value is None
        or (isinstance(value, Sequence) and all(isinstance(item, str) for item in value))
        for value in (change.before, change.after)
    )


def _tag_list(value: Any) -> tuple[str, ...]:
    return () if value is None else tuple(dict.fromkeys(value))


def _format_size(value: Any) -> str:
    if isinstance(value, Mapping) and "size" in value and value.keys() <= {"id", "size"}:
        pinned = value.get("id")
        remark = "" if pinned is None else f" (id {escape_short(str(pinned))})"
        return f"{_format_size(value['size'])}{remark}"
    if isinstance(value, list | tuple) and value:
        return ", ".join(map(_format_size, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,} GB"
    return _format(value, _MAX_DEPTH)


def _format_schedule(value: Mapping[str, Any]) -> str:
    frequency = value["frequency"]
    rhythm = "every hour" if frequency == 1 else f"every {_format(frequency, 1)} hours"
    next_run = value.get("next_run")
    return rhythm if next_run is None else f"{rhythm}, next at {_format(next_run, 1)}"


def _format_text(text: str) -> str:
    is_bare = _BARE.fullmatch(text) and text.lower() not in _LITERALS
    # A bare text that is too long is shortened, and a shortened text is quoted.
    return text if is_bare and not shorten(text)[1] else quote(text)


def _format(value: Any, depth: int) -> str:
    match value:
        case None:
            return NONE
        case bool():
            return "true" if value else "false"
        case str():
            return _format_text(value)
        case int() | float():
            return f"{value}"
        case Reference():
            return SENSITIVE if value.is_secret else f"({value.kind} {quote(value.name)})"
        case Mapping() | list() | tuple() if not value:
            return EMPTY
        case Mapping() | list() | tuple() if depth == 0:
            return "…"
        case Mapping():
            pairs = [f"{escape_line(str(k))}: {_format(v, depth - 1)}" for k, v in _first(value)]
            return f"{{{_join(pairs, len(value))}}}"
        case list() | tuple():
            items = [_format(item, depth - 1) for item in value[:_MAX_ITEMS]]
            return (
                f"[{_join(items, len(value))}]" if depth < _MAX_DEPTH else _join(items, len(value))
            )
        case _:
            return quote(str(value))


def _first(value: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    return list(value.items())[:_MAX_ITEMS]


def _join(parts: list[str], count: int) -> str:
    rest = count - len(parts)
    return ", ".join(parts) + (f", … ({rest:,} more)" if rest else "")
