"""Charts from characters: every column has its value's height, and a gap has none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.render.performance.chart import ASCII, UNICODE, draw_columns, spread

numbers = st.integers(0, 1000)
series = st.lists(st.none() | numbers, min_size=1, max_size=200)


@given(series, st.integers(1, 120))
def test_a_chart_has_its_width_and_loses_no_peak(values: list[int | None], width: int) -> None:
    columns = spread(values, width)
    assert len(columns) == width
    known = [value for value in values if value is not None]
    shown = [value for value in columns if value is not None]
    assert max(shown, default=None) == max(known, default=None)
    assert set(shown) <= set(known)


def test_no_values_and_no_room_are_no_columns() -> None:
    assert spread([], 10) == ()
    assert spread([1], 0) == ()


def test_a_column_of_several_values_has_the_highest() -> None:
    assert spread([1, 9, None, 2, None, None], 3) == (9, 2, None)


def test_values_that_are_fewer_than_columns_fill_them() -> None:
    assert spread([1, 2], 5) == (1, 1, 1, 2, 2)


@pytest.mark.parametrize("signs", [UNICODE, ASCII])
@given(values=series, height=st.integers(1, 8))
def test_a_higher_value_has_no_lower_column(
    signs: object, values: list[int | None], height: int
) -> None:
    chosen = UNICODE if signs is UNICODE else ASCII
    lines = draw_columns(values, low=0, high=1000, height=height, signs=chosen)
    assert [len(line) for line in lines] == [len(values)] * height
    empty = {" ", chosen.gap}
    filled = [sum(line[i] not in empty for line in lines) for i in range(len(values))]
    pairs = sorted((value, filled[i]) for i, value in enumerate(values) if value is not None)
    assert [count for _, count in pairs] == sorted(count for _, count in pairs)
    for i, value in enumerate(values):
        assert (filled[i] > 0) == (value is not None and value > 0)
        assert (lines[-1][i] == chosen.gap) == (value is None)


def test_a_chart_looks_as_it_should() -> None:
    values = [0, 1, 50, None, 100]
    assert draw_columns(values, low=0, high=100, height=2) == ["    █", " ▁█·█"]
    drawn = draw_columns(values, low=0, high=100, height=2, signs=ASCII)
    assert drawn == ["    #", " _#?#"]
    assert all(line.isascii() for line in drawn)


def test_values_below_zero_stand_on_the_lowest() -> None:
    assert draw_columns([-10, 0, 10], low=-10, high=10, height=1) == [" ▄█"]
