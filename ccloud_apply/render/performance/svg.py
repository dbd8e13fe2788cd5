"""The performance of a server as one self-contained SVG picture: a panel for each series."""

from collections.abc import Iterator
from html import escape

from ccloud_apply.model.live.performance import Measured, Performance, Series
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.performance.quantity import find_span, show_quantity
from ccloud_apply.render.performance.words import (
    absences,
    ends,
    name_series,
    remark,
    summarize,
    title,
)

_WIDTH, _MARGIN, _HEAD = 880, 24, 56
_PANEL, _PLOT_TOP, _PLOT_HEIGHT = 226, 52, 120
_PLOT_LEFT = 120
_PLOT_WIDTH = _WIDTH - _PLOT_LEFT - _MARGIN
_LINE = 26
_GRID = (1.0, 0.5, 0.0)
_LABEL_LENGTH, _TEXT_LENGTH = 14, 110

PERFORMANCE_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 18px; font-weight: 600; }
.name { font-weight: 600; }
.small { font-size: 12px; fill: #59636e; }
.label { font-size: 12px; fill: #59636e; text-anchor: end; }
.end { text-anchor: end; }
.ground { fill: #ffffff; }
.grid { stroke: #d1d9e0; }
.area { fill: #0969da; fill-opacity: .12; }
.line { fill: none; stroke: #0969da; stroke-width: 2; stroke-linejoin: round; }
.dot { fill: #0969da; }
.gap { fill: #d1242f; fill-opacity: .14; }
.absent { fill: #bc4c00; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .small, .label { fill: #9198a1; }
  .ground { fill: #0d1117; }
  .grid { stroke: #3d444d; }
  .area, .dot { fill: #4493f8; }
  .line { stroke: #4493f8; }
  .gap { fill: #f85149; fill-opacity: .22; }
  .absent { fill: #db6d28; }
}
"""

Point = tuple[float, float]


def render_performance_svg(performance: Performance) -> str:
    """The picture, which follows the reader's light or dark colours."""
    heading = escape_short(title(performance))
    body: list[str] = []
    top = _HEAD
    for measured in performance.measured:
        for series in measured.series:
            body += _draw_panel(measured, series, top)
            top += _PANEL
        for text in absences(measured, performance.period):
            body.append(_text(text, _MARGIN, top + 16, "absent", _TEXT_LENGTH))
            top += _LINE
    height = top + _MARGIN // 2
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {height}"'
            f' width="{_WIDTH}" height="{height}">',
            f"<title>{escape(heading)}</title>",
            f"<style>{PERFORMANCE_STYLE}</style>",
            f'<rect class="ground" width="{_WIDTH}" height="{height}"/>',
            _text(title(performance), _MARGIN, 36, "title", _TEXT_LENGTH),
            *body,
            "</svg>\n",
        ]
    )


def _draw_panel(measured: Measured, series: Series, top: int) -> Iterator[str]:
    low, high = find_span(series)
    plot = top + _PLOT_TOP
    yield _text(name_series(measured, series), _MARGIN, top + 18, "name", _TEXT_LENGTH)
    yield _text(summarize(series), _MARGIN, top + 37, "small", _TEXT_LENGTH)
    for share in _GRID:
        y = plot + (1 - share) * _PLOT_HEIGHT
        label = show_quantity(low + share * (high - low), series.units)
        yield f'<path class="grid" d="M{_PLOT_LEFT} {y:.1f}H{_PLOT_LEFT + _PLOT_WIDTH}"/>'
        yield _text(label, _PLOT_LEFT - 8, y + 4, "label", _LABEL_LENGTH)
    yield from _draw_values(series, plot, low, high)
    first, last = ends(series)
    below = plot + _PLOT_HEIGHT + 18
    yield _text(first, _PLOT_LEFT, below, "small", _TEXT_LENGTH)
    yield _text(last, _PLOT_LEFT + _PLOT_WIDTH, below, "small end", _TEXT_LENGTH)
    yield _text(remark(series), _PLOT_LEFT, below + 18, "small", _TEXT_LENGTH)


def _draw_values(series: Series, plot: int, low: float, high: float) -> Iterator[str]:
    count = len(series.values)
    step = _PLOT_WIDTH / max(1, count - 1)
    floor = plot + _PLOT_HEIGHT
    run: list[Point] = []
    for position, value in enumerate((*series.values, None)):
        x = _PLOT_LEFT + position * step
        if value is not None:
            share = (value - low) / (high - low)
            run.append((x, floor - min(1.0, share) * _PLOT_HEIGHT))
            continue
        yield from _draw_run(run, floor)
        run = []
        if position < count:
            yield _draw_gap(x, step, plot)


def _draw_run(run: list[Point], floor: int) -> Iterator[str]:
    """The values between two gaps: a line with its area, or a dot for one alone."""
    if len(run) == 1:
        yield f'<circle class="dot" cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="2.5"/>'
    elif run:
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y in run)
        yield f'<path class="area" d="M{line}V{floor}H{run[0][0]:.1f}Z"/>'
        yield f'<path class="line" d="M{line}"/>'


def _draw_gap(x: float, step: float, plot: int) -> str:
    left = max(float(_PLOT_LEFT), x - step / 2)
    right = min(float(_PLOT_LEFT + _PLOT_WIDTH), x + step / 2)
    width = max(1.0, right - left)
    return (
        f'<rect class="gap" x="{left:.1f}" y="{plot}" width="{width:.1f}" height="{_PLOT_HEIGHT}">'
        "<title>no value</title></rect>"
    )


def _text(text: str, x: float, y: float, kind: str, length: int) -> str:
    shown = escape(escape_line(escape_short(text, length)))
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{shown}</text>'
