"""A server's performance on a terminal, as a picture, as rows and as JSON."""

import csv
import json
from io import StringIO
from xml.etree import ElementTree

import jsonschema
import pytest

from ccloud_apply.model.live.performance import Measured, Performance, Series
from ccloud_apply.render.performance.rows import render_performance_csv, render_performance_json
from ccloud_apply.render.performance.svg import render_performance_svg
from ccloud_apply.render.performance.text import render_performance
from ccloud_apply.schemas import read_schema

TIMES = ("2026-11-28T20:00:00+00:00", None, "2026-11-28T22:00:00+00:00")
CPU = Series(name="usage", units="%", values=(50, None, 100), times=TIMES)
FOUND = Performance(
    hostname="vs10001",
    period="hour",
    key="web-1",
    stack="shop",
    measured=(
        Measured(resource="cpu", series=(CPU,)),
        Measured(resource="mem"),
        Measured(resource="net", error="read performance: 500: broken", unshown=("adapter",)),
    ),
)
TEXT = """\
Performance of web-1 (vs10001), last hour

cpu usage: last 100 %, mean 75 %, lowest 50 %, highest 100 %
100 % ┤                            ██████████████
      │                            ██████████████
      │                            ██████████████
 50 % ┤██████████████              ██████████████
      │██████████████              ██████████████
  0 % ┤██████████████··············██████████████
      └──────────────────────────────────────────
       2026-11-28 20:00 UTC  2026-11-28 22:00 UTC
       3 values, 1 of them missing; a gap is ·

mem: no values over the last hour

net: not read: read performance: 500: broken
net: adapter has no number and is not shown
"""
SVG = "{http://www.w3.org/2000/svg}"


def test_the_text_has_units_times_gaps_and_what_is_absent() -> None:
    assert render_performance(FOUND, width=49) == TEXT


def test_no_line_is_wider_than_the_terminal_and_ascii_is_enough() -> None:
    found = Performance(hostname="vs1", period="day", measured=(FOUND.measured[0],))
    for width in (40, 80, 213):
        text = render_performance(found, width=width, is_ascii=True)
        assert text.isascii()
        drawn = [line for line in text.splitlines() if "|" in line or line.rstrip().endswith("-")]
        assert max(map(len, drawn)) == width


def test_times_that_the_api_does_not_tell_are_not_made_up() -> None:
    plain = Series(name="usage", units="%", values=(1, 2, 3))
    found = Performance(
        hostname="vs1", period="day", measured=(Measured(resource="cpu", series=(plain,)),)
    )
    text = render_performance(found)
    assert "3 values, in the API's order: the API tells no times" in text
    assert "first" in text
    assert json.loads(render_performance_json(found))["resources"][0]["series"][0]["times"] is None


def test_more_values_than_columns_are_said() -> None:
    many = Series(name="usage", units="%", values=tuple(range(500)))
    found = Performance(
        hostname="vs1", period="year", measured=(Measured(resource="cpu", series=(many,)),)
    )
    assert "each column is the highest of its values" in render_performance(found)


def test_the_picture_is_one_svg_that_needs_nothing_else() -> None:
    picture = render_performance_svg(FOUND)
    root = ElementTree.fromstring(picture)
    assert root.tag == f"{SVG}svg"
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    for said in ("cpu usage", "100 %", "2026-11-28 20:00 UTC", "3 values, 1 of them missing"):
        assert said in texts
    assert "mem: no values over the last hour" in texts
    assert len([e for e in root.iter(f"{SVG}circle")]) == 2  # two values alone between gaps
    assert len([e for e in root.iter(f"{SVG}rect") if e.get("class") == "gap"]) == 1
    assert "href" not in picture
    assert "url(" not in picture


def test_a_line_is_broken_by_a_gap() -> None:
    series = Series(name="usage", units="%", values=(1, 2, None, 3, 4, 5))
    found = Performance(
        hostname="vs1", period="day", measured=(Measured(resource="cpu", series=(series,)),)
    )
    root = ElementTree.fromstring(render_performance_svg(found))
    lines = [e.get("d", "") for e in root.iter(f"{SVG}path") if e.get("class") == "line"]
    assert [line.count("L") for line in lines] == [1, 2]


def test_a_row_for_each_value_and_an_empty_cell_for_a_gap() -> None:
    rows = list(csv.DictReader(StringIO(render_performance_csv(FOUND))))
    assert [(row["position"], row["value"]) for row in rows] == [
        ("1", "50"),
        ("2", ""),
        ("3", "100"),
    ]
    assert {(row["hostname"], row["stack"], row["key"], row["units"]) for row in rows} == {
        ("vs10001", "shop", "web-1", "%")
    }


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@x", " =x", "\t=x"])
def test_a_name_that_a_spreadsheet_would_run_is_a_text(name: str) -> None:
    series = Series(name=name, units=name, values=(-1,))
    found = Performance(
        hostname="vs1", period="day", measured=(Measured(resource="cpu", series=(series,)),)
    )
    (row,) = csv.DictReader(StringIO(render_performance_csv(found)))
    assert not row["series"].lstrip().startswith(("=", "+", "-", "@"))
    assert row["value"] == "-1"  # a number is one


def test_the_json_fits_its_schema() -> None:
    document = json.loads(render_performance_json(FOUND))
    jsonschema.validate(document, read_schema("performance.schema.json"))
    assert document["resources"][0]["series"][0]["values"] == [50, None, 100]
    assert document["resources"][2]["error"] == "read performance: 500: broken"
