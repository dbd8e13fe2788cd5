"""Words that several layers need. How a text is escaped or coloured belongs to `render/lib/`."""

from collections.abc import Iterable
from typing import Any

MAX_NAMES = 5
"""So many names a sentence has at most."""


def count_of(number: int, one: str, many: str = "") -> str:
    """`1 server`, `1,234 servers`; `many` is the plural where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def join_names(names: Iterable[str], *, most: int = MAX_NAMES, separator: str = ", ") -> str:
    """`web, db`, `web, db and 3 more`: the first of them, and how many others there are."""
    every = tuple(names)
    rest = len(every) - most
    return separator.join(every[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def printable(text: str) -> str:
    """The text on one line, with each character that cannot be seen as its escape: `\\x85`."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def shorten_value(value: Any, *, most: int = 80) -> str:
    """A value of plain JSON within a sentence: `none`, `8`, `"front end"`, cut to so many
    characters."""
    if value is None:
        return "none"
    import json  # most messages shorten nothing

    text = printable(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= most else f"{text[: most - 1]}…"
