"""The moment of `--at`: a day and a time in a zone, or an error that says how it is written."""

from datetime import UTC, datetime

import pytest

from ccloud_apply.errors import UsageError
from ccloud_apply.plan.windows.moment import parse_moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-01-02T03:00 Europe/Berlin", "2027-01-02T02:00"),
        ("2027-07-02 03:00 Europe/Berlin", "2027-07-02T01:00"),
        ("2027-01-02T03:00Z", "2027-01-02T03:00"),
        ("2027-01-02T03:00 UTC", "2027-01-02T03:00"),
        ("2027-01-02T03:00:30+01:00", "2027-01-02T02:00:30"),
        ("2027-01-02T03:00 -0330", "2027-01-02T06:30"),
        ("2027-01-02T03:00", "2027-01-02T03:00"),
        ("2027-01-02", "2027-01-02T00:00"),
        (" 2027-01-02 Europe/Berlin ", "2027-01-01T23:00"),
        # A time that clocks skip is the change, one that they show twice the first of the two.
        ("2027-03-28T02:30 Europe/Berlin", "2027-03-28T01:00"),
        ("2027-10-31T02:30 Europe/Berlin", "2027-10-31T00:30"),
    ],
)
def test_a_moment_is_an_instant(text: str, expected: str) -> None:
    assert parse_moment(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not a moment"),
        ("tomorrow", "is not a moment"),
        ("03:00", "is not a moment"),
        ("2027-1-2", "is not a moment"),
        ("1027-01-02", "is not a moment"),
        ("2027-01-02T03:00 Europe/Berlin x", "is not a moment"),
        ("2027-02-30", "is not a time of the calendar"),
        ("2027-01-02T25:00", "is not a time of the calendar"),
        ("2027-01-02 Europe/Berlinn", "is not a time zone"),
        ("2027-01-02 ../etc", "is not a moment"),
        ("2027-01-02T03:00+99:00", "is not an offset"),
    ],
)
def test_what_is_no_moment_says_how_one_is_written(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        parse_moment(text)
    assert "2027-01-02T03:00 Europe/Berlin" in (caught.value.hint or "")
