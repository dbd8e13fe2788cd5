"""Spans of the week, such as `Fri 14:00/Mon 06:00` -> windows of a policy. Pure.

A window of a policy lasts a day at most, so a span becomes one window for each day that it
touches. Clocks that are changed then need no care here: a window is local time.
"""

from collections.abc import Iterable, Sequence

from ccloud_apply.model.declared.windows import DAY_MINUTES, DAY_NAMES, Window

_WEEK = len(DAY_NAMES) * DAY_MINUTES

Span = tuple[int, int]
"""Minutes since Monday 00:00, from the first to the one after the last; at most one week."""


def parse_span(text: str) -> tuple[Span, ...]:
    """The parts of the week of one span; without days it is for every day.

    Raises ValueError, with one sentence.
    """
    start, _, end = text.partition("/")
    (day, begins), (last, ends) = _parse_end(start), _parse_end(end)
    if (day is None) != (last is None):
        raise ValueError("one end names a day and the other does not")
    if day is None or last is None:
        if begins == ends:
            raise ValueError("it ends when it begins")
        length = (ends - begins) % DAY_MINUTES or DAY_MINUTES
        return merge(
            part
            for number in range(len(DAY_NAMES))
            for part in _wrap(number * DAY_MINUTES + begins, length)
        )
    first, until = day * DAY_MINUTES + begins, last * DAY_MINUTES + ends
    if first == until:
        raise ValueError("it ends when it begins")
    return merge(_wrap(first % _WEEK, (until - first) % _WEEK or _WEEK))


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same minutes as spans that neither touch nor overlap, in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def without(spans: Sequence[Span], denied: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of the spans; both are merged."""
    left: list[Span] = []
    for start, end in spans:
        at = start
        for begins, ends in denied:
            if ends <= at or begins >= end:
                continue
            if begins > at:
                left.append((at, begins))
            at = max(at, ends)
        if at < end:
            left.append((at, end))
    return tuple(left)


def allow_spans(allowed: Sequence[Span] | None, denied: Sequence[Span]) -> tuple[Span, ...]:
    """What may be used of the week: None allows all of it."""
    return without(((0, _WEEK),) if allowed is None else merge(allowed), merge(denied))


def to_windows(spans: Sequence[Span], zone: str) -> tuple[Window, ...]:
    """A window for each part of a day; days with the same hours have one together."""
    days: dict[Span, set[int]] = {}
    for start, end in spans:
        for number in range(start // DAY_MINUTES, (end - 1) // DAY_MINUTES + 1):
            top = number * DAY_MINUTES
            hours = (max(start - top, 0), min(end - top, DAY_MINUTES))
            days.setdefault(hours, set()).add(number)
    return tuple(
        Window(days=frozenset(found), opens=opens, closes=closes, zone=zone)
        for (opens, closes), found in sorted(days.items(), key=lambda item: min(item[1]))
    )


def _wrap(start: int, length: int) -> tuple[Span, ...]:
    end = start + length
    return ((start, end),) if end <= _WEEK else ((start, _WEEK), (0, end - _WEEK))


def _parse_end(text: str) -> tuple[int | None, int]:
    name, _, time = text.rpartition(" ")
    hour, minute = (int(part) for part in time.split(":"))
    if minute > 59 or hour * 60 + minute > DAY_MINUTES:
        raise ValueError(f"{time} is not a time from 00:00 to 24:00")
    if not name:
        return None, hour * 60 + minute
    if name.lower() not in DAY_NAMES:
        raise ValueError(f"{name} is not a day: {', '.join(DAY_NAMES)}")
    return DAY_NAMES.index(name.lower()), hour * 60 + minute
