"""CSV that a spreadsheet shows and never runs: it would run a cell that begins like a formula."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.render.lib.escape import escape_line

_FORMULA = lazy_pattern(r"(^|;)(?=\s*[=+\-@＝＋－＠])")
"""Where a formula may begin: at the start, and behind `;`, which is the end of a cell to a
spreadsheet of people who write `1,5`."""

Cell = str | int | float | None


def render_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A heading and a line for each row. A text that begins like a formula gets an apostrophe in
    front; None is an empty cell."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(map(_write_cell, row) for row in rows)
    return text.getvalue()


def _write_cell(value: Cell) -> str:
    if value is None:
        return ""
    return _harmless(value) if isinstance(value, str) else str(value)


def _harmless(text: str) -> str:
    """A text of others as a cell: on one line, and no formula."""
    return _FORMULA.sub(r"\1'", escape_line(text))
