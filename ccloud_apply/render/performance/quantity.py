"""Numbers with their unit as people read them, and the upper end of an axis."""

from math import floor, log10

from ccloud_apply.model.live.performance import Series

_BYTES = {
    "byte": "B",
    "bytes": "B",
    "b": "B",
    "byte/s": "B/s",
    "bytes/s": "B/s",
    "b/s": "B/s",
    "byte/sec": "B/s",
}
"""Units that are counted in powers of 1,024, in lower case; the document has `Byte/s`."""

_PREFIXES = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_STEPS = (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10)


def show_quantity(value: float, units: str | None) -> str:
    """`1.5 MiB/s`, `43 %`, `1,200 ops`. Not escaped."""
    of_bytes = _BYTES.get((units or "").strip().lower())
    if of_bytes is None:
        return f"{_show_number(value)} {units}" if units else _show_number(value)
    power = _power(value)
    return f"{_show_number(value / 1024**power)} {_PREFIXES[power]}{of_bytes}"


def find_span(series: Series) -> tuple[float, float]:
    """The ends of the axis of a series: 0, or the lowest value below it, and a round number."""
    known = [float(value) for value in series.values if value is not None]
    low, high = min(0.0, *known, 0.0), find_top(max(known, default=0.0), series.units)
    return low, high if high > low else low + 1


def find_top(highest: float, units: str | None) -> float:
    """The upper end of an axis for values up to this one: a round number in the unit."""
    if highest <= 0:
        return 0.0 if highest < 0 else 1.0
    if (units or "").strip() == "%" and highest <= 100:
        return 100.0
    scale = 1024 ** _power(highest) if (units or "").strip().lower() in _BYTES else 1
    return _round_up(highest / scale) * scale


def _power(value: float) -> int:
    """The largest power of 1,024 that the value reaches."""
    power = 0
    while abs(value) >= 1024 ** (power + 1) and power < len(_PREFIXES) - 1:
        power += 1
    return power


def _round_up(value: float) -> float:
    unit = 10.0 ** floor(log10(value))
    return next(step * unit for step in _STEPS if step * unit >= value * (1 - 1e-9))


def _show_number(value: float) -> str:
    """At most three places that count, whole numbers whole: `1,200`, `43.2`, `0.05`."""
    if abs(value) >= 1e15 or 0 < abs(value) < 1e-3:
        return f"{value:.3g}"
    if value == int(value):
        return f"{int(value):,}"
    size = abs(value)
    places = 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 1 else 3
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
