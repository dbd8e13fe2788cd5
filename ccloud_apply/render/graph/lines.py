"""Texts of a drawing in lines of a width, in columns: a wide character takes two."""

from collections.abc import Iterable

from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.table import cut as cut_line
from ccloud_apply.render.lib.table import fill, text_width

MAX_NAME = 250
"""Characters of a stack, a key and a hostname together; real ones have less."""


def fill_names(names: Iterable[str], width: int) -> list[str]:
    """All names, each harmless, with commas between, in lines of at most this width."""
    shown = [escape_short(name, MAX_NAME) for name in names]
    words = [f"{name}," for name in shown[:-1]] + shown[-1:]
    return fill((piece for word in words for piece in _break(word, width)), width)


def wrap(text: str, width: int) -> list[str]:
    """The text, made harmless, in lines of at most this width, broken at spaces where there are
    any. It is never cut; an empty one is a line too."""
    words = escape_short(text, MAX_NAME).split(" ")
    return fill((piece for word in words for piece in _break(word, width)), width) or [""]


def cut(text: str, width: int) -> str:
    """The text, made harmless, in one line; cut with `…` where it is wider than this."""
    return cut_line(escape_short(text), width)


def _break(word: str, width: int) -> list[str]:
    """The word in pieces, if it is wider than a line."""
    if text_width(word) <= width:
        return [word]
    pieces = [""]
    room = width
    for character in word:
        needed = text_width(character)
        if needed > room:
            pieces.append("")
            room = width
        pieces[-1] += character
        room -= needed
    return pieces
