"""Several policies that hold at once: the strictest of each rule counts."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.policy_levels import (
    LEAST,
    MOST,
    combine_policies,
    find_other_currency,
)
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.model.declared.windows import Freeze, Window

PLACE = SourceRange("ccloud-apply.yaml", 4, 3)

numbers = st.none() | st.integers(min_value=0, max_value=9)
amounts = st.none() | st.decimals(min_value=0, max_value=9, places=2)
policies = st.lists(
    st.builds(
        Policy,
        max_destroy=numbers,
        max_monthly_cost=amounts,
        max_monthly_increase=amounts,
        retire=numbers,
        least_retire=numbers,
        keep_tags=st.lists(st.sampled_from(["a:*", "b"]), max_size=2).map(tuple),
    ),
    max_size=4,
)


def test_a_stack_cannot_loosen_what_its_project_says() -> None:
    project, own = Policy(max_destroy=1), Policy(max_destroy=9)
    assert combine_policies([project, own]).max_destroy == 1


def test_a_stack_may_tighten_what_its_project_says() -> None:
    project, own = Policy(max_monthly_cost=Decimal(500)), Policy(max_monthly_cost=Decimal(20))
    assert combine_policies([project, own]).max_monthly_cost == Decimal(20)


def test_zero_is_a_number_and_the_strictest() -> None:
    assert combine_policies([Policy(max_destroy=0), Policy(max_destroy=3)]).max_destroy == 0


def test_a_rule_that_no_level_says_stays_untold() -> None:
    assert combine_policies([Policy(), Policy(currency="EUR")]) == Policy(currency="EUR")


def test_a_rule_is_found_where_the_level_that_counts_says_it() -> None:
    project = Policy(max_destroy=1, max_monthly_cost=Decimal(9), sources={"max_destroy": PLACE})
    own = Policy(max_destroy=2, sources={"max_destroy": SourceRange("web.yaml", 9, 1)})
    assert combine_policies([own, project]).sources == {"max_destroy": PLACE}


def test_the_windows_of_each_level_stay_a_group_and_every_freeze_counts() -> None:
    night, day = Window(opens=0, closes=360), Window(opens=600, closes=720)
    first, second = Freeze(first=date(2027, 1, 1)), Freeze(first=date(2027, 2, 1))
    project = Policy(windows=((night, day),), freezes=(first,))
    own = Policy(windows=((day,),), freezes=(second, first))
    both = combine_policies([project, Policy(), own])
    assert both.windows == ((night, day), (day,))
    assert both.freezes == (first, second)


def test_levels_of_different_currencies_have_no_strictest_amount() -> None:
    euro, franc = Policy(currency="EUR"), Policy(currency="CHF")
    assert find_other_currency([euro, Policy(), franc]) == (euro, franc)
    assert find_other_currency([euro, Policy(), euro]) is None


@given(policies)
def test_no_level_allows_more_than_another_forbids(levels: list[Policy]) -> None:
    combined = combine_policies(levels)
    for name in LEAST:
        told = [value for one in levels if (value := getattr(one, name)) is not None]
        assert getattr(combined, name) == (min(told) if told else None)
    for name in MOST:
        told = [value for one in levels if (value := getattr(one, name)) is not None]
        assert getattr(combined, name) == (max(told) if told else None)
    for level in levels:
        assert set(level.keep_tags) <= set(combined.keep_tags)


@given(policies)
def test_levels_that_are_combined_once_more_stay_as_they_are(levels: list[Policy]) -> None:
    combined = combine_policies(levels)
    assert combine_policies([combined]) == combined
    assert combine_policies([combined, *levels]) == combined
