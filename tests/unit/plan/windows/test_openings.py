"""When changes may happen: against an oracle that walks through time and looks at clocks."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ccloud_apply.model.classes import CLASSES
from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.model.declared.windows import DAY_MINUTES, Freeze, Window
from ccloud_apply.plan.windows.instants import read_local, to_instant
from ccloud_apply.plan.windows.schedule import (
    HORIZON,
    Rules,
    find_closed,
    find_closing,
    find_frozen,
    find_opening,
    is_allowed,
    select_rules,
)
from tests.support.examples import examples

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STEP = 5
"""Minutes of one step of the walk; all times of the laws and all changes of clocks are at steps."""
WALK = 6 * DAY
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "Antarctica/Troll",  # by two hours
    "Africa/Cairo",  # at midnight
    "America/Santiago",  # at midnight too, the other way round in the year
    "Asia/Kathmandu",  # never, and by quarters of an hour
    "Pacific/Apia",  # skipped a day in 2011
)
CHANGES = (
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2027, 10, 31, 1, tzinfo=UTC),
    datetime(2027, 3, 14, 7, tzinfo=UTC),
    datetime(2027, 4, 3, 15, tzinfo=UTC),
    datetime(2027, 10, 2, 15, 30, tzinfo=UTC),
    datetime(2027, 4, 29, 22, tzinfo=UTC),
    datetime(2027, 10, 28, 21, tzinfo=UTC),
    datetime(2027, 9, 5, 4, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
)
BERLIN = "Europe/Berlin"
HOUR, START = timedelta(hours=1), datetime.fromisoformat("2010-01-01T00:30")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def window(opens: str, closes: str, days: Sequence[int] = range(7), zone: str = BERLIN) -> Window:
    return Window(opens=minutes(opens), closes=minutes(closes), days=frozenset(days), zone=zone)


def walk(zone: str, start: datetime, count: int) -> list[datetime]:
    """Per step the latest time that the clocks of the zone have shown since the start."""
    latest, shown = start.replace(tzinfo=None) - DAY, []
    for step in range(count):
        local = (start + step * STEP * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        latest = max(latest, local)
        shown.append(latest)
    return shown


def is_in_window(window: Window, shown: datetime) -> bool:
    def lies(day: date) -> bool:
        midnight = datetime.combine(day, time())
        closes = window.closes + (DAY_MINUTES if window.closes <= window.opens else 0)
        start, end = midnight + window.opens * MINUTE, midnight + closes * MINUTE
        return day.weekday() in window.days and start <= shown < end

    return lies(shown.date()) or lies(shown.date() - DAY)


def is_in_freeze(freeze: Freeze, shown: datetime) -> bool:
    return freeze.first <= shown.date() and (freeze.last is None or shown.date() <= freeze.last)


def oracle(rules: Rules, start: datetime, count: int) -> Iterator[bool]:
    """Per step whether the changes may happen."""
    zones = {one.zone for group in rules.windows for one in group}
    zones |= {freeze.zone for freeze in rules.freezes}
    clocks = {zone: walk(zone, start, count) for zone in zones}
    for step in range(count):
        yield all(
            any(is_in_window(one, clocks[one.zone][step]) for one in group)
            for group in rules.windows
        ) and not any(is_in_freeze(one, clocks[one.zone][step]) for one in rules.freezes)


def days_near(moment: datetime) -> st.SearchStrategy[date]:
    return st.integers(-2, 8).map(lambda days: moment.date() + days * DAY)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    minute = st.integers(0, DAY_MINUTES // STEP - 1).map(lambda number: number * STEP)
    opens = draw(minute)
    closes = draw(st.one_of(minute, st.just(DAY_MINUTES)).filter(lambda one: one != opens))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return Window(opens=opens, closes=closes, days=days, zone=draw(st.sampled_from(ZONES)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rules, datetime]:
    change = draw(st.sampled_from(CHANGES))
    moment = change + draw(st.integers(-1000, 500)) * STEP * MINUTE
    groups = st.lists(windows(), min_size=1, max_size=3).map(tuple)
    freezes = draw(st.lists(days_near(moment), max_size=1))
    return (
        Rules(
            windows=tuple(draw(st.lists(groups, max_size=2))),
            freezes=tuple(
                Freeze(
                    first=first,
                    last=draw(st.sampled_from((first, first + DAY, first + 3 * DAY, None))),
                    zone=draw(st.sampled_from(ZONES)),
                )
                for first in freezes
            ),
        ),
        moment,
    )


@settings(max_examples=examples(150), deadline=None)
@given(cases())
def test_the_schedule_is_what_a_walk_through_time_finds(
    case: tuple[Rules, datetime],
) -> None:
    rules, moment = case
    before = 3 * DAY // (STEP * MINUTE)  # so that the walk knows what the clocks have shown
    count = before + WALK // (STEP * MINUTE)
    truth = list(oracle(rules, moment - 3 * DAY, count))[before:]
    assert is_allowed(rules, moment) == truth[0]
    for find, wanted in ((find_opening, True), (find_closing, False)):
        first = next((n for n, is_open in enumerate(truth) if is_open is wanted), None)
        found = find(rules, moment)
        if first is None:
            assert found is None or found >= moment + WALK
        else:
            assert found == moment + first * STEP * MINUTE


@settings(max_examples=examples(100), deadline=None)
@given(cases())
def test_a_time_that_is_offered_is_one_at_which_it_may_be_done(
    case: tuple[Rules, datetime],
) -> None:
    rules, moment = case
    opening = find_opening(rules, moment)
    if opening is not None:
        assert is_allowed(rules, opening)
        closing = find_closing(rules, opening)
        if closing is not None:
            assert closing > opening
            assert is_allowed(rules, closing - timedelta(microseconds=1))
            assert not is_allowed(rules, closing)


@settings(max_examples=examples(100), deadline=None)
@given(cases(), st.integers(0, 8))
def test_another_rule_lets_nothing_happen_earlier(
    case: tuple[Rules, datetime], freeze_in: int
) -> None:
    rules, moment = case
    more = Freeze(first=moment.date() + freeze_in * DAY, zone="UTC")
    stricter = Rules(windows=rules.windows, freezes=(*rules.freezes, more))
    loose, strict = find_opening(rules, moment), find_opening(stricter, moment)
    assert strict is None or (loose is not None and loose <= strict)


@given(st.sampled_from(ZONES), st.integers(0, 20 * 365 * 24).map(lambda n: START + n * HOUR))
@example("Europe/Berlin", datetime.fromisoformat("2027-03-28T02:30"))
@example("Pacific/Apia", datetime.fromisoformat("2011-12-30T12:00"))
def test_local_times_keep_their_order(zone: str, local: datetime) -> None:
    times = [local + hours * HOUR for hours in range(-30, 30)]
    instants = [read_local(one, ZoneInfo(zone)) for one in times]
    assert all(one <= other for one, other in pairwise(instants))


def test_a_skipped_time_is_the_change_and_a_repeated_one_its_first() -> None:
    assert to_instant(date(2027, 3, 28), minutes("02:30"), BERLIN) == utc("2027-03-28T01:00")
    assert to_instant(date(2027, 10, 31), minutes("02:30"), BERLIN) == utc("2027-10-31T00:30")


@pytest.mark.parametrize(
    ("own", "moment", "opens", "closes"),
    [
        # A weekend, seen from a Wednesday.
        (
            window("02:00", "06:00", (5, 6)),
            "2027-01-06T12:00",
            "2027-01-09T01:00",
            "2027-01-09T05:00",
        ),
        # Its first and last instant.
        (
            window("02:00", "06:00", (5, 6)),
            "2027-01-09T01:00",
            "2027-01-09T01:00",
            "2027-01-09T05:00",
        ),
        (
            window("02:00", "06:00", (5, 6)),
            "2027-01-09T05:00",
            "2027-01-10T01:00",
            "2027-01-10T05:00",
        ),
        # Over midnight the day is that of the beginning: Friday's goes on into Saturday.
        (
            window("22:00", "04:00", (4,)),
            "2027-01-09T02:00",
            "2027-01-09T02:00",
            "2027-01-09T03:00",
        ),
        (
            window("22:00", "04:00", (5,)),
            "2027-01-09T02:00",
            "2027-01-09T21:00",
            "2027-01-10T03:00",
        ),
        # In the night in which clocks go forward it opens at the change, and is shorter.
        (window("02:30", "06:00"), "2027-03-28T00:00", "2027-03-28T01:00", "2027-03-28T04:00"),
        # In the night in which they go back, the hour that is shown twice counts.
        (window("01:00", "04:00"), "2027-10-31T00:30", "2027-10-31T00:30", "2027-10-31T03:00"),
        # The whole day, and what follows without a gap.
        (
            window("00:00", "24:00", (5, 6)),
            "2027-01-09T12:00",
            "2027-01-09T12:00",
            "2027-01-10T23:00",
        ),
        # Both hours around a change alone: skipped in this night, so the next one.
        (window("02:00", "03:00"), "2027-03-28T00:59", "2027-03-29T00:00", "2027-03-29T01:00"),
    ],
)
def test_a_window(own: Window, moment: str, opens: str, closes: str) -> None:
    rules = Rules(windows=((own,),))
    found = find_opening(rules, utc(moment))
    assert found == utc(opens)
    assert find_closing(rules, found) == utc(closes)


def test_windows_that_never_overlap_never_open() -> None:
    rules = Rules(windows=((window("02:00", "03:00"),), (window("03:00", "04:00"),)))
    assert find_opening(rules, utc("2027-01-01T00:00")) is None


def test_a_freeze_without_an_end_never_ends_and_one_in_the_far_future_closes_nothing() -> None:
    moment = utc("2027-01-01T00:00")
    endless = Rules(freezes=(Freeze(first=date(2026, 12, 20)),))
    assert find_opening(endless, moment) is None
    assert find_closing(endless, moment) == moment
    later = Rules(freezes=(Freeze(first=(moment + HORIZON + DAY).date()),))
    assert find_closing(later, moment) is None


def test_what_no_window_names_is_free_and_a_freeze_for_nothing_named_holds_all() -> None:
    own = Window(classes=frozenset({"downtime", "destroy"}))
    night = Window(classes=frozenset({"downtime"}), closes=60)
    freeze = Freeze(first=date(2027, 1, 1), classes=frozenset({"create"}))
    whole = Freeze(first=date(2027, 2, 1))
    policy = Policy(windows=((own, night), (night,)), freezes=(freeze, whole))
    assert select_rules(policy, ["update"]) == Rules(freezes=(whole,))
    assert select_rules(policy, ["update", "create"]).freezes == (freeze, whole)
    assert select_rules(policy, ["update", "downtime"]).windows == ((own, night), (night,))
    both = select_rules(policy, ["destroy", "downtime"])
    assert both.windows == ((own,), (own, night), (night,))
    assert not select_rules(policy, [])


def test_a_day_that_clocks_skip_freezes_nothing() -> None:
    day = date(2011, 12, 30)
    rules = Rules(freezes=(Freeze(first=day, last=day, zone="Pacific/Apia"),))
    assert is_allowed(rules, utc("2011-12-30T10:00"))
    assert find_closing(rules, utc("2011-12-30T10:00")) is None


@pytest.mark.parametrize("name", CLASSES)
def test_a_window_without_classes_is_for_each(name: str) -> None:
    own = Window()
    assert select_rules(Policy(windows=((own,),)), [name]).windows == ((own,),)


def test_what_holds_a_change_is_named() -> None:
    own, freeze = window("02:00", "06:00", (5,)), Freeze(first=date(2027, 1, 9), zone=BERLIN)
    rules = Rules(windows=((own,),), freezes=(freeze,))
    moment = utc("2027-01-09T01:30")
    assert find_closed(rules, moment) == ()
    assert find_frozen(rules, moment) == (freeze,)
    assert find_closed(rules, moment - DAY) == ((own,),)
    assert find_frozen(rules, moment - DAY) == ()


def test_hundreds_of_windows_that_never_meet_are_judged() -> None:
    hours = (
        tuple(window(f"{hour:02}:{n:02}", f"{hour:02}:{n + 1:02}") for n in range(50))
        for hour in range(3)
    )
    assert find_opening(Rules(windows=tuple(hours)), utc("2027-01-01T00:00")) is None
