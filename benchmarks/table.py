"""What a benchmark found, as rows of one plain table. How it was measured does not belong here."""

from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("", "measured", "bound", "ratio", "target", "met", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure. With a `bound` the target is for the ratio of the two, else for the figure.

    `target` is the most that is allowed; None where there is none.
    """

    what: str
    measured: float
    unit: str
    bound: float | None = None
    target: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Measured against the bound."""
        return self.measured / self.bound if self.bound else None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is kept; None where there is none."""
        if self.target is None:
            return None
        return (self.measured if self.ratio is None else self.ratio) <= self.target


def render_rows(title: str, rows: Sequence[Row]) -> str:
    """A title and its table, columns aligned, figures to the right."""
    cells = [HEADINGS, *(cells_of(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(
            text.rjust(width) if 0 < column < 6 else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    return "\n".join([title, "-" * len(title), *lines])


def cells_of(row: Row) -> tuple[str, ...]:
    """The row as texts, in the order of HEADINGS."""
    ratio, target = row.ratio, row.target
    if target is None:
        wish = ""
    else:
        wish = f"<= {target:g}x" if ratio is not None else f"<= {_show(target, row.unit)}"
    return (
        row.what,
        _show(row.measured, row.unit),
        "" if row.bound is None else _show(row.bound, row.unit),
        "" if ratio is None else f"{ratio:.2f}x",
        wish,
        {None: "", True: "yes", False: "NO"}[row.is_met],
        row.note,
    )


def _show(value: float, unit: str) -> str:
    is_one_request = unit == "requests" and value == 1
    return f"{_format(value)} {'request' if is_one_request else unit}"


def _format(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
