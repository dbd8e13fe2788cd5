"""Spans of the week -> windows: no minute is lost, and none is won."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.fleet.config.durations import read_duration
from ccloud_apply.fleet.config.week import Span, allow_spans, merge, parse_span, to_windows, without
from ccloud_apply.model.declared.windows import DAY_MINUTES, DAY_NAMES, Window

WEEK = 7 * DAY_MINUTES
MINUTES = st.integers(0, WEEK - 1)
SPANS = st.lists(
    st.tuples(MINUTES, st.integers(1, WEEK)).map(lambda one: (one[0], min(one[0] + one[1], WEEK))),
    max_size=5,
)


def minutes_of(spans: tuple[Span, ...] | list[Span]) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end)}


def minutes_in(windows: tuple[Window, ...]) -> set[int]:
    return {
        day * DAY_MINUTES + minute
        for window in windows
        for day in window.days
        for minute in range(window.opens, window.closes)
    }


def test_a_weekend_that_is_denied_leaves_the_working_week() -> None:
    windows = to_windows(allow_spans(None, parse_span("Fri 14:00/Mon 06:00")), "Europe/Berlin")
    told = [(sorted(DAY_NAMES[day] for day in one.days), one.opens, one.closes) for one in windows]
    assert told == [
        (["mon"], 360, 1440),
        (["thu", "tue", "wed"], 0, 1440),
        (["fri"], 0, 840),
    ]


def test_a_span_without_days_is_for_each_of_them_and_may_go_over_midnight() -> None:
    spans = parse_span("22:00/06:00")
    assert len(minutes_of(spans)) == 7 * 8 * 60
    assert {0, 359, 22 * 60, WEEK - 1} <= minutes_of(spans)
    assert 360 not in minutes_of(spans)


def test_days_are_taken_in_any_case_and_the_end_of_a_day_is_24() -> None:
    assert parse_span("SAT 00:00/sun 24:00") == ((5 * DAY_MINUTES, WEEK),)


@given(MINUTES, MINUTES)
def test_a_span_lasts_from_one_end_to_the_other(start: int, end: int) -> None:
    if start == end:
        return

    def spell(minute: int) -> str:
        day, rest = divmod(minute, DAY_MINUTES)
        return f"{DAY_NAMES[day].title()} {rest // 60:02}:{rest % 60:02}"

    found = minutes_of(parse_span(f"{spell(start)}/{spell(end)}"))
    assert len(found) == (end - start) % WEEK
    assert start in found
    assert end not in found


@given(SPANS, SPANS)
def test_what_is_denied_is_taken_from_what_is_allowed(
    allowed: list[Span], denied: list[Span]
) -> None:
    left = without(merge(allowed), merge(denied))
    assert minutes_of(left) == minutes_of(allowed) - minutes_of(denied)


@given(SPANS)
def test_windows_are_open_in_exactly_the_minutes_of_their_spans(spans: list[Span]) -> None:
    windows = to_windows(merge(spans), "UTC")
    assert minutes_in(windows) == minutes_of(spans)
    assert all(window.opens < window.closes for window in windows)


@pytest.mark.parametrize(
    ("text", "seconds"), [("45s", 45.0), ("90m", 5400.0), ("12h", 43_200.0), ("7d", 604_800.0)]
)
def test_a_duration_is_a_number_of_its_unit(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds
