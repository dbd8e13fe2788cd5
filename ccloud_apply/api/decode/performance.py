"""The answer of `get_server_performance`: blocks of rows, each row a mapping of names to values.

The document names one element, `send_persec`, says that the elements can change, and has no field
for the time of a row. One that is called like a time is taken for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from ccloud_apply.api.decode.shape import Unreadable, read_list, read_object, read_text
from ccloud_apply.model.live.performance import Measured, Series

_TIMES = frozenset({"time", "timestamp", "date", "datetime", "date_time", "clock"})
_MILLISECONDS = 10**11
"""A larger number cannot be seconds since 1970: that would be the year 5138."""

_LEAST = 1e-100
"""Nothing that is measured is smaller, or larger than its inverse, and sums stay finite."""

_DAMAGE = (OverflowError, OSError, ValueError)


def decode_performance(value: Any, resource: str) -> Measured:
    """The series of a resource, in the API's order. Raises Unreadable."""
    # Oddity: `GET .../performance/{resource}/{period}`
    found: list[Series] = []
    unshown: list[str] = []
    for units, rows in _blocks(value):
        times = _read_times(rows)
        for name in dict.fromkeys(name for row in rows for name in row):
            if name.lower() in _TIMES and times:
                continue
            values = tuple(_to_number(row.get(name)) for row in rows)
            if all(one is None for one in values):
                unshown.append(name)
                continue
            taken = sum(1 for one in found if one.name.partition(" #")[0] == name)
            shown = f"{name} #{taken + 1}" if taken else name
            found.append(Series(name=shown, units=units, values=values, times=times))
    return Measured(resource=resource, series=tuple(found), unshown=tuple(dict.fromkeys(unshown)))


def _blocks(value: Any) -> Iterator[tuple[str | None, Sequence[Mapping[str, Any]]]]:
    for number, model in enumerate(_wrapped(value)):
        place = f"[{number}].data"
        for block in read_list(_need(read_object(model, f"[{number}]"), "data") or [], place):
            inner = read_object(block, place)
            rows = read_list(_need(inner, "perfdata") or [], f"{place}.perfdata")
            yield (
                read_text(inner, "units", place),
                [read_object(row, f"{place}.perfdata[{i}]") for i, row in enumerate(rows)],
            )


def _need(row: Mapping[str, Any], name: str) -> Any:
    """A field that has to be there, or it is not known whether there are values."""
    if name not in row:
        raise Unreadable(f"`{name}` is missing")
    return row[name]


def _wrapped(value: Any) -> list[Any]:
    """The models. One object with `data` is a model here, and no wrapper of a list."""
    return [value] if isinstance(value, dict) and "data" in value else read_list(value)


def _read_times(rows: Sequence[Mapping[str, Any]]) -> tuple[str | None, ...]:
    """The time of each row; empty where no row tells one."""
    times = tuple(_read_time(row) for row in rows)
    return times if any(times) else ()


def _read_time(row: Mapping[str, Any]) -> str | None:
    for name, value in row.items():
        if name.lower() in _TIMES and (told := _to_time(value)) is not None:
            return told
    return None


def _to_time(value: Any) -> str | None:
    try:
        if isinstance(value, str):
            if not value.strip().isdigit():
                return datetime.fromisoformat(value.strip()).isoformat()
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            seconds = value / 1000 if value >= _MILLISECONDS else value
            return datetime.fromtimestamp(seconds, UTC).isoformat()
    except _DAMAGE:
        pass
    return None


def _to_number(value: Any) -> int | float | None:
    """A number that a chart can show, as one or as text; None for all else, which is a gap."""
    if isinstance(value, str):
        try:
            value = float(value) if value.strip() else None
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    if not isfinite(number) or not (number == 0 or _LEAST <= abs(number) <= 1 / _LEAST):
        return None
    return int(value) if number.is_integer() else number
