"""Times for people: one style everywhere."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.moments import moment_words
from tests.conftest import ROOT
from tests.support.render.harmless import assert_harmless
from tests.support.render.strategies import hostile_texts

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d|[ T]\d\d:\d\d:\d\d)")


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("2027-02-28T22:04:11.000000Z", "2027-02-28 22:04 UTC"),
        ("2027-02-28T22:04:11+00:00", "2027-02-28 22:04 UTC"),
        ("2027-03-01 00:04:11.123+02:00", "2027-02-28 22:04 UTC"),
        ("2027-02-28T22:04Z", "2027-02-28 22:04 UTC"),
        ("2027-02-28 22:04:11", "2027-02-28 22:04"),
        ("2027-02-28T22:04:11.5", "2027-02-28 22:04"),
        ("2027-02-28", "2027-02-28"),
        ("2027-02-30T22:04:11Z", "2027-02-30T22:04:11Z"),
        ("0001-01-01T00:00:00+02:00", "0001-01-01T00:00:00+02:00"),
        ("yesterday", "yesterday"),
        ("", ""),
    ],
)
def test_a_told_time_is_shown_in_utc_and_to_the_minute(told: str, shown: str) -> None:
    assert moment_words(told) == shown


@given(
    st.datetimes(
        timezones=st.just(UTC),
        min_value=datetime(1000, 1, 1),  # noqa: DTZ001 (what hypothesis wants)
    ),
    st.integers(-14, 14),
)
def test_text_and_value_read_alike_in_every_zone(moment: datetime, hours: int) -> None:
    words = moment_words(moment)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", words)
    assert moment_words(moment.isoformat()) == words
    if 1001 < moment.year < 9999:
        elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
        assert moment_words(elsewhere) == words
        assert moment_words(elsewhere.isoformat()) == words


@given(hostile_texts)
def test_what_is_no_time_stays_and_is_harmless(text: str) -> None:
    assert moment_words(text) == escape_short(text)
    assert_harmless(moment_words(text))


@pytest.mark.parametrize(
    "path",
    [p for p in sorted((ROOT / "tests/cases/render").iterdir()) if p.suffix in (".txt", ".md")],
    ids=lambda path: path.name,
)
def test_no_output_for_people_has_a_time_with_seconds(path: object) -> None:
    assert not _ISO.search((ROOT / "tests/cases/render" / str(path)).read_text("utf-8"))
