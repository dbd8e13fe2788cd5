"""Columns of text, aligned by the width that a terminal gives each character."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence

from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.style import PLAIN, Style

_GAP = "  "
_REST = "…"


def text_width(text: str) -> int:
    """The number of terminal columns that the text takes."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def pad(text: str, width: int) -> str:
    """The text, padded with spaces to a width in columns."""
    return text + " " * max(0, width - text_width(text))


def wrap_items(items: Sequence[str], width: int) -> list[str]:
    """`a, b,` and `c` on lines of at most so many columns; no item is broken."""
    last = len(items) - 1
    return wrap([item if i == last else f"{item}," for i, item in enumerate(items)], width)


def wrap(parts: Sequence[str], width: int) -> list[str]:
    """The parts with spaces between them, on lines of at most so many columns.

    A part is never broken; one that is too long has a line of its own.
    """
    # What stood in the middle of a line may begin one now.
    return list(map(escape_line, fill(parts, width)))


def fill(parts: Iterable[str], width: int) -> list[str]:
    """The same for a drawing, whose lines no build runner reads: none is escaped again."""
    lines: list[str] = []
    used = 0
    for part in parts:
        size = text_width(part)
        if lines and used + 1 + size <= width:
            lines[-1] += f" {part}"
            used += 1 + size
        else:
            lines.append(part)
            used = size
    return lines


def cut(text: str, width: int) -> str:
    """The text in so many columns, with `…` at its end where it is wider."""
    if text_width(text) <= width:
        return text
    begin, room = "", width - text_width(_REST)
    for character in text:
        room -= text_width(character)
        if room < 0:
            break
        begin += character
    return begin + _REST


def render_table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    style: Style = PLAIN,
    *,
    max_cell: int = 80,
) -> str:
    """A heading and a line for each row. Every cell is escaped, and shortened if too long."""
    cells = [[escape_short(cell, max_cell) for cell in row] for row in rows]
    titles = [escape_short(header, max_cell) for header in headers]
    widths = [max(map(text_width, column)) for column in zip(titles, *cells, strict=True)]
    lines = [style.bold(_line(titles, widths)), *(_line(row, widths) for row in cells)]
    return "".join(f"{line}\n" for line in lines)


def drop_empty(
    headers: Sequence[str], rows: Sequence[Sequence[str]], droppable: Collection[str]
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """The table without those of the columns that say nothing (`-`) in every row."""
    kept = [
        place
        for place, header in enumerate(headers)
        if header not in droppable or any(row[place] not in ("-", "") for row in rows)
    ]
    return (
        [headers[place] for place in kept],
        [[row[place] for place in kept] for row in rows],
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(map(pad, cells, widths)).rstrip()
