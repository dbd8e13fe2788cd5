"""Values and changed texts, one by one."""

from decimal import Decimal
from typing import Any

import pytest

from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.plan.kinds import kind_of
from ccloud_apply.render.lib.style import PLAIN
from ccloud_apply.render.lib.text_change import render_text_change
from ccloud_apply.render.lib.value_text import format_tags, format_value
from tests.support.render.plans import change


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("memory", 8, "8 GB"),
        ("memory", None, "(none)"),
        ("disks.1", {"size": 5120}, "5,120 GB"),
        ("disks.1", {"id": "77", "size": 20}, "20 GB (id 77)"),
        ("disks", [50, {"size": 100}], "50 GB, 100 GB"),
        ("disks", [], "(empty)"),
        ("scheduled_snapshots", {"frequency": 1, "next_run": None}, "every hour"),
        ("scheduled_snapshots", {"frequency": 6}, "every 6 hours"),
        (
            "scheduled_snapshots",
            {"frequency": 6, "next_run": "2027-01-01 03:00"},
            "every 6 hours, next at 2027-01-01 03:00",
        ),
        ("pool", "pool_iw_ssd", "pool_iw_ssd"),
        ("custom_name", "web 1", '"web 1"'),
        ("custom_name", "8", '"8"'),
        ("custom_name", "none", '"none"'),
        ("custom_name", "(none)", '"(none)"'),
        ("custom_name", "", '""'),
        ("cores", 8, "8"),
        ("x", True, "true"),
        ("x", [1, ["a", None]], "1, [a, (none)]"),
        ("x", {"a": 1, "b c": []}, "{a: 1, b c: (empty)}"),
        ("x", list(range(25)), ", ".join(map(str, range(20))) + ", … (5 more)"),
        ("x", [[[[[[1]]]]]], "[[[[…]]]]"),
        ("user_data", Reference("file", "a.yaml", "s.yaml"), '(file "a.yaml")'),
        ("user_data", Reference("env", "X", "s.yaml", is_secret=True), "(sensitive value)"),
        ("x", 2**70, str(2**70)),
        ("x", Decimal("1.50"), '"1.50"'),
        ("x", "a" * 81, f'"{"a" * 60}"… (81 characters)'),
    ],
)
def test_a_value_is_shown_in_the_units_of_the_stack_file(
    field: str, value: Any, expected: str
) -> None:
    assert format_value(value, kind_of(field)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["a"], ["a", "b"], "+b (1 kept)"),
        (["a b"], [], '-"a b"'),
        (None, ["a", "a"], "+a"),
        ([], [], "(empty)"),
        (["b", "a"], ["a", "b"], "(2 kept)"),
    ],
)
def test_tags_are_shown_as_what_comes_and_goes(before: Any, after: Any, expected: str) -> None:
    assert format_tags(change("tags", before, after)) == expected


def test_texts_that_differ_in_line_breaks_alone_say_so() -> None:
    assert render_text_change("a\r\nb\n", "a\nb", PLAIN) == ("| (only line breaks differ)",)


def test_a_text_that_goes_is_shown_whole_without_signs() -> None:
    assert render_text_change("a\n\nb", None, PLAIN) == ("| a", "|", "| b")


def test_a_text_of_very_many_lines_is_not_compared_line_by_line() -> None:
    before = "".join(f"{i}\n" for i in range(1000))
    after = before.replace("700\n", "seven hundred\n")
    assert render_text_change(before, after + "end\n", PLAIN) == (
        "|   from line 701 on; 1,000 lines become 1,001",
        "| - 700",
        "| + seven hundred",
        "| …",
    )


def test_a_text_that_only_grew_shows_its_first_new_line() -> None:
    before = "".join(f"{i}\n" for i in range(500))
    assert render_text_change(before, before + "more\n", PLAIN)[1] == "| + more"


def test_more_lines_than_a_reader_wants_are_counted() -> None:
    text = "".join(f"{i}\n" for i in range(100))
    lines = render_text_change(None, text, PLAIN)
    assert lines[39:] == ("| 39", "| … (60 more lines)")
