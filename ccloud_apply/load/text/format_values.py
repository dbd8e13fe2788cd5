"""Formats values, paths and suggestions for the loader's messages.

The input may be hostile: every result is short and escaped for a terminal.
"""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Any

_MAX_SHOWN = 40
_MANY_OPTIONS = 200


def escape(text: str, *, limit: int = _MAX_SHOWN) -> str:
    """The text on one line, without control characters, cut where it is long."""
    if len(text) <= limit and text.isprintable():
        return text  # nearly every name and path
    cut = text[:limit]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
    return f"{shown}..." if len(text) > limit else shown


def quote(value: Any) -> str:
    """A value of a file as a person would call it: `"8G"`, `true`, `a list`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{escape(value)}"'
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return str(value)


def spell_path(path: Iterable[str | int]) -> str:
    """`servers.web.disks[1]`."""
    spelled = ""
    for step in path:
        if isinstance(step, int):
            spelled += f"[{step}]"
        else:
            spelled += f".{escape(step)}" if spelled else escape(step)
    return spelled


def join_words(words: Collection[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    listed = list(words)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {last} {listed[-1]}"


def guess(word: str, options: Collection[str]) -> str | None:
    """The option that was probably meant. Bounded for long words and many options."""
    word = word[:_MAX_SHOWN]
    lower = word.lower()
    for option in islice(options, _MANY_OPTIONS * 100):
        if option != word and option.lower() == lower:
            return option
    candidates: Iterable[str] = options
    if len(options) > _MANY_OPTIONS:
        some = islice(options, _MANY_OPTIONS * 100)
        similar = (o for o in some if o[:2] == word[:2] and abs(len(o) - len(word)) < 4)
        candidates = list(islice(similar, _MANY_OPTIONS))
    close = get_close_matches(word, candidates, n=1)
    return close[0] if close else None


def did_you_mean(word: str, options: Collection[str]) -> str:
    """A hint, empty where nothing is close."""
    found = guess(word, options)
    return f'did you mean "{escape(found)}"?' if found else ""
