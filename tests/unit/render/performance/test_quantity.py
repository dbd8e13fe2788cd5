"""Numbers with their units, and axes that end at a round number above all values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.live.performance import Series
from ccloud_apply.render.performance.quantity import find_span, find_top, show_quantity


@pytest.mark.parametrize(
    ("value", "units", "text"),
    [
        (43, "%", "43 %"),
        (25.66, "%", "25.7 %"),
        (0, "Byte", "0 B"),
        (1536, "Byte/s", "1.5 KiB/s"),
        (7 * 1024**3, "bytes", "7 GiB"),
        (1200, "ops", "1,200 ops"),
        (0.0421, None, "0.042"),
        (1e-9, "s", "1e-09 s"),
        (-2048, "B", "-2 KiB"),
        (1e300, "", "1e+300"),
    ],
)
def test_a_quantity_is_short_and_has_its_unit(value: float, units: str | None, text: str) -> None:
    assert show_quantity(value, units) == text


@pytest.mark.parametrize(
    ("highest", "units", "top"),
    [(43, "%", 100), (130, "%", 160), (0, "Byte", 1), (7 * 1024**3, "Byte", 8 * 1024**3)],
)
def test_an_axis_ends_at_a_round_number(highest: float, units: str, top: float) -> None:
    assert find_top(highest, units) == top


@given(
    st.lists(
        st.none() | st.floats(-1e300, 1e300, allow_nan=False) | st.integers(-(10**18), 10**18),
        min_size=1,
    ),
    st.sampled_from(["%", "Byte", "Byte/s", "ops", None]),
)
def test_every_value_is_within_the_axis(values: list[float | None], units: str | None) -> None:
    low, high = find_span(Series(name="x", units=units, values=tuple(values)))
    assert low < high
    known = [value for value in values if value is not None]
    assert all(low <= value <= high * (1 + 1e-6) or value <= 0 for value in known)
    assert low <= min([0.0, *map(float, known)])  # no float holds every long number
