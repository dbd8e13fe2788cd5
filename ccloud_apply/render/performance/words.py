"""What is said of a series in words: its values, its gaps, its times."""

from collections.abc import Iterator

from ccloud_apply.model.live.performance import Measured, Performance, Series
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.performance.quantity import show_quantity


def title(performance: Performance) -> str:
    """`Performance of web-1 (vs10001), last day`. Not escaped."""
    key = performance.key
    name = performance.hostname if key is None else f"{key} ({performance.hostname})"
    return f"Performance of {name}, last {performance.period}"


def name_series(measured: Measured, series: Series) -> str:
    """`cpu usage`. Not escaped."""
    return f"{measured.resource} {series.name}"


def summarize(series: Series) -> str:
    """`last 23 %, mean 21.4 %, lowest 5 %, highest 43 %`. Not escaped."""
    known = [value for value in series.values if value is not None]
    last = series.values[-1]
    shown = {
        "last": "missing" if last is None else show_quantity(last, series.units),
        "mean": show_quantity(_mean(known), series.units),
        "lowest": show_quantity(min(known), series.units),
        "highest": show_quantity(max(known), series.units),
    }
    return ", ".join(f"{name} {text}" for name, text in shown.items())


def _mean(values: list[int | float]) -> float:
    """The mean, also of numbers whose sum no float holds."""
    return sum(value / len(values) for value in values)


def ends(series: Series) -> tuple[str, str]:
    """What stands below the first and the last value. Not escaped."""
    if not series.times:
        return "first", "last"
    first, last = series.times[0], series.times[-1]
    return moment_words(first) if first else "first", moment_words(last) if last else "last"


def remark(series: Series) -> str:
    """How many values there are, how many are missing, and whether the API tells their times."""
    count = len(series.values)
    gaps = sum(1 for value in series.values if value is None)
    parts = [count_of(count, "value")]
    if gaps:
        parts.append(f"{gaps:,} of them missing")
    if not series.times:
        parts.append("in the API's order: the API tells no times")
    return ", ".join(parts)


def absences(measured: Measured, period: str) -> Iterator[str]:
    """Why there is less to see than was asked for. Not escaped."""
    if measured.error is not None:
        yield f"{measured.resource}: not read: {measured.error}"
    elif not measured.series:
        yield f"{measured.resource}: no values over the last {period}"
    for name in measured.unshown:
        yield f"{measured.resource}: {name} has no number and is not shown"
