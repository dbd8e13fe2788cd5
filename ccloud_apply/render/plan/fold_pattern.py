"""Patterns: a value with the server's own parts left out, so that values of servers are comparable.

What a group of servers is belongs to `fold.py`.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.results.plan import FieldChange, ServerPlan

KEY = "${key}"
INDEX = "${index}"
EACH = "${each.key}"
HOSTNAME = "${hostname}"
"""The spelling of a server's own part of a value in a fold, as in stack files."""

_WORD = lazy_pattern("[A-Za-z0-9-]+")
"""What a name is found as: never as a part of a longer one."""

_PLACEHOLDERS = (KEY, INDEX, EACH, HOSTNAME)

Hide = Callable[[str], str]


def build_hide(server: ServerPlan) -> Hide:
    """Replaces what is the server's own: the key, its own part of the key, the hostname."""
    names = {} if server.hostname is None else {server.hostname: HOSTNAME}
    names[server.key] = KEY
    if server.instance is not None:
        names.setdefault(server.instance, INDEX if server.instance.isdigit() else EACH)

    def own(found: re.Match[str]) -> str:
        return names.get(found[0], found[0])

    def hide(text: str) -> str:
        for name in names:
            if name in text:
                return _WORD.sub(own, text)
        return text

    return hide


def hide_in(value: Any, hide: Hide) -> Any:
    """The value with every text in it as a pattern; names of keys stay."""
    match value:
        case str():
            return hide(value)
        case list() | tuple():
            return [hide_in(item, hide) for item in value]
        case Mapping():
            return {name: hide_in(item, hide) for name, item in value.items()}
        case Reference():
            return replace(value, name=hide(value.name))
    return value


def freeze(value: Any) -> Hashable:
    """A value to compare by: `1`, `1.0` and `true` are three values."""
    match value:
        case None | str() | Reference():
            return value
        case list() | tuple():
            return ("list", *map(freeze, value))
        case Mapping():
            return ("mapping", *((str(name), freeze(item)) for name, item in value.items()))
        case bool() | int() | float():
            return (type(value).__name__, value)
    return (type(value).__name__, repr(value))


def hide_change(change: FieldChange, hide: Hide) -> FieldChange:
    """The change with both sides and its note as patterns."""
    return replace(
        change,
        before=hide_in(change.before, hide),
        after=hide_in(change.after, hide),
        note=hide(change.note),
    )


def _texts(value: Any) -> Iterable[str]:
    match value:
        case str():
            yield value
        case list() | tuple():
            for item in value:
                yield from _texts(item)
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case Reference():
            yield value.name


def has_placeholder(server: ServerPlan) -> bool:
    """True for a text that is spelt like a pattern and is none."""
    texts = [*server.warnings, server.why]
    for change in server.changes:
        texts += (change.note, *_texts(change.before), *_texts(change.after))
    return any("${" in text and any(own in text for own in _PLACEHOLDERS) for text in texts)
