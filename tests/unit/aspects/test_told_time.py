"""What a told time may mean: another zone and a change of clocks explain a difference, nothing else
does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.lib.told_time import berlin_offset, explain, find_zone, is_skipped

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("declared", "told", "frequency", "zone", "word"),
    [
        # As posted, and by whole periods later.
        ("2027-01-01 03:00", "2027-01-01 03:00", 24, None, ""),
        ("2027-01-01 03:00", "2027-07-09 15:00", 12, None, ""),
        # Taken in Berlin and told in UTC.
        ("2027-01-01 03:00", "2027-01-02 02:00", 24, None, "1 h before, as one time"),
        ("2027-07-01 03:00", "2027-07-02 01:00", 24, None, "2 h before, as one time"),
        ("2027-07-01 03:00", "2027-07-02 07:00", 6, None, "2 h before, as one time"),
        ("2027-07-01 03:00", "2027-01-02 01:00", 24, None, "2 h before, as one time"),
        # Posted before a change of clocks, told after it.
        ("2027-01-01 03:00", "2027-07-02 04:00", 24, None, "change of clocks"),
        ("2027-01-01 03:00", "2027-07-02 02:00", 24, None, "1 h before, as after"),
        # No zone, and no change of clocks.
        ("2027-01-01 03:00", "2027-01-02 05:00", 24, None, None),
        ("2027-01-01 03:00", "2027-01-02 04:00", 24, None, None),
        ("2027-07-01 03:00", "2027-07-02 05:00", 24, None, None),
        ("2027-01-01 03:00", "2027-01-02 01:00", 24, None, None),
        ("2027-07-01 03:00", "2027-07-02 04:00", 24, None, None),
        ("2027-01-01 03:00", "2027-01-02 02:30", 24, None, None),
        ("2027-01-01 03:00", "2027-01-02 06:00", 24, None, None),
        # The file names the zone.
        ("2027-01-01 03:00", "2027-01-02 02:00", 24, "Europe/Berlin", ""),
        ("2027-01-01 03:00", "2027-01-02 03:00", 24, "Europe/Berlin", ""),
        ("2027-01-01 03:00", "2027-07-02 01:00", 24, "Europe/Berlin", ""),
        ("2027-01-01 03:00", "2027-07-02 02:00", 24, "Europe/Berlin", "change of clocks"),
        ("2027-01-01 03:00", "2027-07-02 04:00", 24, "Europe/Berlin", "change of clocks"),
        ("2027-01-01 03:00", "2027-01-02 04:00", 24, "Europe/Berlin", None),
        ("2027-01-01 03:00", "2027-01-02 02:00", 24, "UTC", None),
        ("2027-01-01 03:00", "2027-07-02 04:00", 24, "UTC", None),
        ("2027-01-01 03:00", "2027-07-02 03:00", 24, "UTC", ""),
    ],
)
def test_what_explains_a_difference(
    declared: str, told: str, frequency: int, zone: str | None, word: str | None
) -> None:
    found = explain(at(declared), at(told), frequency, find_zone(zone) if zone else None)
    if word:
        assert word in (found or "")
    else:
        assert found == word


@given(st.datetimes(datetime(1997, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_the_vendors_summer_is_that_of_the_zone(run: datetime) -> None:
    zone = run.replace(tzinfo=BERLIN)
    is_plain = all(zone.replace(fold=f).utcoffset() == zone.utcoffset() for f in (0, 1))
    if is_plain and not is_skipped(run, BERLIN):
        assert berlin_offset(run) == zone.utcoffset()


def test_a_time_that_clocks_skip_is_none() -> None:
    assert is_skipped(at("2027-03-28 02:30"), BERLIN)
    assert not is_skipped(at("2027-03-28 03:30"), BERLIN)
    assert not is_skipped(at("2027-10-31 02:30"), BERLIN)
    assert not is_skipped(at("2027-03-28 02:30"), UTC)


@pytest.mark.parametrize("name", ["Berlin", "Europe", "../etc/passwd", "Europe/Nowhere", "x" * 99])
def test_a_name_of_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        find_zone(name)


def test_a_phase_has_no_direction() -> None:
    start = at("2027-01-01 03:00")
    for hours in range(-30, 31, 6):
        assert explain(start, start + timedelta(hours=hours), 6, None) == ""
