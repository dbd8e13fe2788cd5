"""Answers and help of `api`, as people and programs read them."""

import json
from typing import Any

import pytest

from ccloud_apply.load.request.document import read_operations
from ccloud_apply.load.request.example import example_words
from ccloud_apply.model.documented import ApiAnswer
from ccloud_apply.render.api.answer_json import render_answer_json
from ccloud_apply.render.api.answer_text import render_answer
from ccloud_apply.render.api.operation_help import OperationHelp, render_operation_help

ALL = read_operations()
HEADERS = (("content-type", "application/json"), ("x-note", "a\nb"))


def text_of(value: Any) -> list[str]:
    return render_answer(ApiAnswer(status=200, value=value)).splitlines()


def test_a_list_is_a_table_that_tells_the_size_of_what_is_nested() -> None:
    rows = [
        {"id": 1, "tags": ["a", "b"], "data": {"x": 1}, "nets": [{}, {}], "note": None},
        {"id": 2, "name": "w", "data": {}, "tags": []},
    ]
    assert text_of(rows) == [
        "id  tags  data       nets         note  name",
        "1   a, b  (1 field)  (2 entries)  -     -",
        "2   []    {}         -            -     w",
    ]
    assert text_of({"data": rows}) == text_of([rows]) == text_of(rows)


def test_the_one_row_of_a_list_is_told_whole_if_it_does_not_fit_into_cells() -> None:
    assert text_of([{"data": [{"x": 1}, {"x": 2}]}]) == ["data[0].x  1", "data[1].x  2"]
    assert text_of([{"user": "root", "tags": ["a"]}]) == ["user  tags", "root  a"]


def test_an_object_is_told_whole_with_the_path_of_each_value() -> None:
    value = {"a": {"b": [{"c": 1}, 2]}, "tags": ["x", "y"], "n": None, "t": True, "e": ""}
    assert text_of(value) == [
        "a.b[0].c  1",
        "a.b[1]    2",
        "tags      x, y",
        "n         -",
        "t         true",
        'e         ""',
    ]


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ([], ["Nothing is listed."]),
        ({}, ["{}"]),
        (["a\nb", 1, None], ["a\\nb", "1", "-"]),
        ("::add-mask::x", ["\\u{3a}:add-mask::x"]),
        (None, ["-"]),
        ([{}], ["{}"]),
    ],
)
def test_odd_answers_are_lines_too(value: Any, lines: list[str]) -> None:
    assert text_of(value) == lines


def test_status_and_headers_stand_above_the_text_and_around_the_json() -> None:
    answer = ApiAnswer(status=404, headers=HEADERS, value={"message": "no"})
    assert render_answer(answer).splitlines() == [
        "HTTP 404 Not Found",
        "content-type: application/json",
        "x-note: a\\nb",
        "",
        "message  no",
    ]
    assert json.loads(render_answer_json(answer)) == {
        "status": 404,
        "headers": dict(HEADERS),
        "body": {"message": "no"},
    }


def test_an_empty_body_is_nothing_and_null_is_null() -> None:
    empty = ApiAnswer(status=204, has_body=False)
    assert (render_answer(empty), render_answer_json(empty)) == ("", "")
    assert render_answer_json(ApiAnswer(status=200)) == "null\n"
    with_headers = ApiAnswer(status=799, headers=HEADERS, has_body=False)
    assert json.loads(render_answer_json(with_headers))["body"] is None
    assert render_answer(with_headers).startswith("HTTP 799\n")


def help_of(name: str) -> str:
    operation = ALL[name]
    value = OperationHelp(operation=operation, example=tuple(example_words(operation)))
    return render_operation_help(value)


def test_the_help_has_types_units_values_and_an_example() -> None:
    text = help_of("resize_server_disk")
    assert "PUT /ccloud/servers/{hostname}/disks/{id}" in text
    assert "hostname  text, required, such as vs10000." in text
    assert "whole number, required, in GB." in text
    assert "in bytes" in help_of("add_server_disk")
    assert "ccloud-apply api resize_server_disk -p hostname=vs10000 -p id=sc0s0 -f size=50" in text
    assert "one of start, stop, shutdown, shutdown-force, reset" in help_of("change_server_state")
    assert "--wait waits for it" in text
    assert "never sent again" in text
    assert "without --force" in text


def test_the_help_says_where_a_secret_comes_from_and_goes_to() -> None:
    assert "-f client_secret=@FILE" in help_of("create_token")
    assert "to a terminal or to --out FILE alone" in help_of("get_server_console")
    assert "--out FILE" in help_of("get_report")


def test_no_line_of_help_but_an_example_is_wider_than_a_terminal() -> None:
    for name in ALL:
        lines = help_of(name).splitlines()
        assert [line for line in lines if len(line) > 92 and "ccloud-apply api" not in line] == []
