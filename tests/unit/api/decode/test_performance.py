"""Rows of performance: any elements, with times or without, and what is no number."""

from typing import Any

import pytest

from ccloud_apply.api.decode.performance import decode_performance
from ccloud_apply.api.decode.shape import Unreadable


def answer(rows: list[Any], units: Any = "Byte/s") -> list[Any]:
    return [{"data": [{"units": units, "perfdata": rows}]}]


def test_each_name_is_a_series_in_the_order_of_the_answer() -> None:
    found = decode_performance(answer([{"sent": 1, "got": 2}, {"sent": "3.5", "got": 4}]), "net")
    assert [(s.name, s.units, s.values) for s in found.series] == [
        ("sent", "Byte/s", (1, 3.5)),
        ("got", "Byte/s", (2, 4)),
    ]
    assert all(series.times == () for series in found.series)


def test_a_value_that_is_null_or_missing_is_a_gap_and_never_zero() -> None:
    rows: list[Any] = [{"used": 1}, {"used": None}, {}, {"used": "n/a"}, {"used": True}]
    (series,) = decode_performance(answer(rows), "mem").series
    assert series.values == (1, None, None, None, None)


def test_a_time_is_read_from_seconds_milliseconds_and_text() -> None:
    rows = [
        {"timestamp": 1_700_000_000, "used": 1},
        {"timestamp": 1_700_000_000_000, "used": 2},
        {"timestamp": "2023-11-14 22:13:20", "used": 3},
        {"timestamp": None, "used": 4},
    ]
    (series,) = decode_performance(answer(rows), "mem").series
    assert series.name == "used"
    assert series.times == (
        "2023-11-14T22:13:20+00:00",
        "2023-11-14T22:13:20+00:00",
        "2023-11-14T22:13:20",
        None,
    )


def test_a_name_like_a_time_that_tells_none_is_no_time() -> None:
    found = decode_performance(answer([{"clock": 0, "used": 1}]), "cpu")
    assert [series.name for series in found.series] == ["clock", "used"]
    assert all(series.times == () for series in found.series)


def test_a_name_without_any_number_is_said_and_not_drawn() -> None:
    found = decode_performance(answer([{"adapter": "eth0", "sent": 1}]), "net")
    assert [series.name for series in found.series] == ["sent"]
    assert found.unshown == ("adapter",)


def test_two_blocks_with_one_name_are_two_series() -> None:
    rows = [{"units": "B", "perfdata": [{"sent": 1}]}, {"units": "B", "perfdata": [{"sent": 2}]}]
    for value in ([{"data": rows}], [{"data": [row]} for row in rows], {"data": rows}):
        found = decode_performance(value, "net")
        assert [(s.name, s.values) for s in found.series] == [("sent", (1,)), ("sent #2", (2,))]


def test_no_rows_are_no_series() -> None:
    nothing: list[Any] = [[], answer([]), [{"data": []}], [{"data": [{"perfdata": None}]}]]
    for value in nothing:
        assert decode_performance(value, "cpu").series == ()


@pytest.mark.parametrize(
    "value", [{"message": "no"}, [{"values": [1]}], [{"data": [{"units": "B", "values": [1]}]}]]
)
def test_an_answer_of_another_shape_is_not_one_without_values(value: Any) -> None:
    with pytest.raises(Unreadable, match="is missing"):
        decode_performance(value, "cpu")


def test_numbers_that_no_chart_can_show_are_gaps() -> None:
    told: list[Any] = [10**400, "inf", "nan", 1e308, -1e308, 5e-324, 2, 0]
    (series,) = decode_performance(answer([{"v": value} for value in told]), "cpu").series
    assert series.values == (None, None, None, None, None, None, 2, 0)
