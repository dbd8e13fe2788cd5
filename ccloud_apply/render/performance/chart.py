"""A chart of one series from block characters, or from ASCII where nothing else can be written.

Columns of eighths of a character: a value has a height, and a gap has none, which a line would
bridge. What the lines mean belongs to text.py.
"""

from collections.abc import Sequence
from itertools import pairwise

from ccloud_apply.lazy_dataclass import dataclass

Value = int | float | None

_EIGHTHS = 8


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters that a chart is made of; `fill` has one for each eighth from 0 to 8."""

    fill: str
    gap: str
    tick: str
    side: str
    corner: str
    floor: str


UNICODE = Signs(fill=" ▁▂▃▄▅▆▇█", gap="·", tick="┤", side="│", corner="└", floor="─")
ASCII = Signs(fill="    #####", gap="?", tick="+", side="|", corner="+", floor="-")


def spread(values: Sequence[Value], width: int) -> tuple[Value, ...]:
    """One value for each of `width` columns; none for no values.

    Where there are fewer values than columns, each takes several; where there are more, a column
    has the highest of its values: a mean would hide the peaks.
    """
    count = len(values)
    if count == 0 or width < 1:
        return ()
    if count <= width:
        return tuple(values[column * count // width] for column in range(width))
    edges = [column * count // width for column in range(width + 1)]
    return tuple(_highest(values[a:b]) for a, b in pairwise(edges))


def _highest(values: Sequence[Value]) -> Value:
    return max((value for value in values if value is not None), default=None)


def draw_columns(
    columns: Sequence[Value], *, low: float, high: float, height: int, signs: Signs = UNICODE
) -> list[str]:
    """The lines of the chart, the upper one first, each as long as there are columns.

    A value above `low` shows at least its foot. A gap is a sign in the lowest line.
    """
    levels = [_height(value, low, high, height) for value in columns]
    return [
        "".join(_draw(level, row, signs) for level in levels) for row in reversed(range(height))
    ]


def _draw(level: int | None, row: int, signs: Signs) -> str:
    """What a column shows in a row, counted from below."""
    if level is None:
        return signs.gap if row == 0 else " "
    here = level - row * _EIGHTHS
    if here <= 0:
        return " "
    part = signs.fill[min(_EIGHTHS, here)]
    return "_" if part == " " and row == 0 else part


def _height(value: Value, low: float, high: float, height: int) -> int | None:
    """How many eighths high the column is; None for a gap."""
    if value is None:
        return None
    if value <= low or high <= low:
        return 0
    share = min(1.0, (value - low) / (high - low))
    return max(1, round(share * height * _EIGHTHS))
