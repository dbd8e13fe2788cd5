"""The performance of a server on a terminal: a chart for each series."""

from collections.abc import Iterator

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.performance import Measured, Performance, Series
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import text_width
from ccloud_apply.render.performance.chart import ASCII, UNICODE, Signs, draw_columns, spread
from ccloud_apply.render.performance.quantity import find_span, show_quantity
from ccloud_apply.render.performance.words import (
    absences,
    ends,
    name_series,
    remark,
    summarize,
    title,
)

_HEIGHT = 6
_LEAST_WIDTH = 20
_LABEL_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """The ends of a chart's axis, and what stands at its top, its middle and its foot."""

    low: float
    high: float
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Canvas:
    """What all charts of a page have in common: columns for labels, columns for values, signs."""

    room: int
    width: int
    signs: Signs
    style: Style


def render_performance(
    performance: Performance, style: Style = PLAIN, width: int = 80, is_ascii: bool = False
) -> str:
    """A heading, then each series as a chart of this width in columns, with its values in words."""
    lines = [style.bold(escape_short(title(performance)))]
    axes = {
        id(series): _read_axis(series)
        for measured in performance.measured
        for series in measured.series
    }
    room = max((text_width(label) for axis in axes.values() for label in axis.labels), default=0)
    canvas = _Canvas(
        room=room,
        width=max(_LEAST_WIDTH, width - room - 1),
        signs=ASCII if is_ascii else UNICODE,
        style=style,
    )
    for measured in performance.measured:
        for series in measured.series:
            lines += ["", _headline(measured, series, style)]
            lines += _draw_series(series, axes[id(series)], canvas)
        said = list(absences(measured, performance.period))
        if said:
            lines += ["", *(style.yellow(escape_line(text)) for text in said)]
    return "\n".join(lines) + "\n"


def _headline(measured: Measured, series: Series, style: Style) -> str:
    name = style.bold(escape_short(name_series(measured, series)))
    return f"{name}: {escape_line(summarize(series))}"


def _read_axis(series: Series) -> _Axis:
    low, high = find_span(series)
    labels = tuple(_label(value, series) for value in (high, (low + high) / 2, low))
    return _Axis(low=low, high=high, labels=labels)


def _draw_series(series: Series, axis: _Axis, canvas: _Canvas) -> Iterator[str]:
    signs, style = canvas.signs, canvas.style
    columns = spread(series.values, canvas.width)
    drawn = draw_columns(columns, low=axis.low, high=axis.high, height=_HEIGHT, signs=signs)
    shown_at = dict(zip((0, _HEIGHT // 2, _HEIGHT - 1), axis.labels, strict=True))
    for row, line in enumerate(drawn):
        label = shown_at.get(row, "")
        pad = " " * (canvas.room - text_width(label))
        side = style.dim(signs.tick if label else signs.side)
        yield f"{pad}{label}{side}{style.cyan(line.rstrip())}"
    margin = " " * canvas.room
    yield f"{margin}{style.dim(signs.corner + signs.floor * len(columns))}"
    yield f"{margin} {_ends(series, len(columns))}"
    said = [remark(series)]
    if len(series.values) > len(columns):
        said.append("each column is the highest of its values")
    if None in columns:
        said.append(f"a gap is {signs.gap}")
    yield f"{margin} {style.dim(escape_line('; '.join(said)))}"


def _label(value: float, series: Series) -> str:
    return escape_short(show_quantity(value, series.units), _LABEL_LENGTH) + " "


def _ends(series: Series, width: int) -> str:
    first, last = map(escape_short, ends(series))
    gap = width - text_width(first) - text_width(last)
    return f"{first}{' ' * gap}{last}" if gap > 0 else f"{first} ... {last}"
