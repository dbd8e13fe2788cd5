"""Ages, links and queries of the fleet's pages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.fleet.model.listing import SORTS
from ccloud_apply.fleet.model.status import OUTCOMES, STATES
from ccloud_apply.fleet.web.pages.words import address, path_of, show_age
from ccloud_apply.fleet.web.query import (
    RunsView,
    View,
    read_number,
    read_numbers,
    read_runs_view,
    read_view,
)

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
_texts = st.text(max_size=20).map(
    lambda text: text.replace("\0", "").encode("utf-8", "replace").decode().strip()
)


def test_an_age_says_whether_it_is_past_or_to_come() -> None:
    assert ">5 min ago</time>" in show_age(NOW - timedelta(minutes=5), NOW)
    assert ">in 5 min</time>" in show_age(NOW + timedelta(minutes=5), NOW)
    assert 'title="2027-01-15 07:55 UTC"' in show_age(NOW - timedelta(minutes=5), NOW)
    assert "never" in show_age(None, NOW)


@pytest.mark.parametrize("name", ["a/b", "..", "a?b#c", '"><script>', "ä%2f"])
def test_a_name_is_one_part_of_a_path_whatever_it_is(name: str) -> None:
    path = address(path_of("stacks", name, "web"))
    assert path.count("/") == 3
    assert not set('"<>?#') & set(path)


@given(
    st.builds(
        View,
        text=_texts,
        state=st.none() | st.sampled_from(STATES),
        account=_texts,
        label=_texts,
        is_stale=st.booleans(),
        is_paused=st.booleans(),
        sort=st.sampled_from(SORTS),
        is_descending=st.booleans(),
        page=st.integers(1, 1000),
    )
)
def test_a_view_is_what_its_address_says(view: View) -> None:
    assert read_view(view.query()) == view


@given(
    st.builds(RunsView, account=_texts, stack=_texts, outcome=st.none() | st.sampled_from(OUTCOMES))
)
def test_a_view_of_runs_is_what_its_address_says(view: RunsView) -> None:
    assert read_runs_view(view.query()) == view
    assert read_runs_view({**view.query(), "before": "7"}) == replace(view, before=7)


@given(st.dictionaries(st.sampled_from([*View().query(), "q", "state", "page", "sort"]), st.text()))
def test_no_address_breaks_a_page(query: dict[str, str]) -> None:
    view = read_view(query)
    assert view.page >= 1
    assert view.cut().offset >= 0
    view.choose(None)


@pytest.mark.parametrize(
    ("text", "number"),
    [("12345678901", 12_345_678_901), ("9" * 19, 0), ("-1", 0), ("\u0663", 0), ("", 0), (None, 0)],
)
def test_a_number_of_an_address_is_never_taken_for_another(text: str | None, number: int) -> None:
    assert read_number(text, 0) == number
    assert read_view({"page": "9" * 18}).cut().offset < 2**63


def test_numbers_of_an_address_are_bounded() -> None:
    assert read_numbers("1,2,x,-3,,4", 10) == (1, 2, 4)
    assert read_numbers(",".join(["7"] * 5000), 100) == (7,) * 100
    assert read_numbers(None, 100) == ()
