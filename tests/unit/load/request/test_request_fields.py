"""`-f NAME=VALUE`: nested fields, and values as the document types them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.load.request.fields import FieldError, build_value, parse_field, read_scalar
from ccloud_apply.model.documented import Schema

ANY: Schema = {}


def build(*assignments: str, schema: Schema = ANY) -> Any:
    return build_value(tuple(map(parse_field, assignments)), schema)


@pytest.mark.parametrize(
    ("assignments", "value"),
    [
        (["memory=8"], {"memory": 8}),
        (["a=1.5", "b=true", "c=null"], {"a": 1.5, "b": True, "c": None}),
        (["d=x=y", "e="], {"d": "x=y", "e": ""}),
        (["tags[]=a", "tags[]=b"], {"tags": ["a", "b"]}),
        (["tags[]"], {"tags": []}),
        (["tags[0]=a", "tags[1]=b"], {"tags": ["a", "b"]}),
        (["a.b.c=1", "a[b][d]=2"], {"a": {"b": {"c": 1, "d": 2}}}),
        (
            ["addons[][name]=x", "addons[][count]=2", "addons[].name=y"],
            {"addons": [{"name": "x", "count": 2}, {"name": "y"}]},
        ),
        (["a[0].b=1", "a[0].c=2", "a[1].b=3"], {"a": [{"b": 1, "c": 2}, {"b": 3}]}),
        (["a[][]=1", "a[][]=2"], {"a": [[1], [2]]}),
        (["name=@@home"], {"name": "@home"}),
    ],
)  # fmt: skip
def test_fields_make_an_object(assignments: list[str], value: Any) -> None:
    assert build(*assignments) == value


@pytest.mark.parametrize(
    ("assignments", "what"),
    [
        (["a=1", "a=2"], "given twice"),
        (["a=1", "a.b=2"], "does not fit"),
        (["a.b=1", "a=2"], "given twice"),
        (["a[]=1", "a.b=2"], "does not fit"),
        (["a.b=1", "a[]=2"], "does not fit"),
        (["a[2]=1"], "does not fit"),
        (["a[]=1", "a[0]=2"], "does not fit"),
        (["a"], "expected NAME=VALUE"),
        (["=1"], "is not the name"),
        (["a[=1"], "is not the name"),
        (["a]=1"], "is not the name"),
        (["a..b=1"], "is not the name"),
        (["a=@"], "expected a file"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(assignments: list[str], what: str) -> None:
    with pytest.raises(FieldError, match=what):
        build(*assignments)


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("123", {"type": "string"}, "123"),
        ("true", {"type": "string"}, "true"),
        ("null", {"type": "string"}, "null"),
        ("null", {"type": ["string", "null"]}, None),
        ("8", {"type": "integer"}, 8),
        ("8", {"type": "number"}, 8),
        ("8.5", {"type": "integer"}, 8.5),  # refused by the schema, and not a text
        ("eight", {"type": "integer"}, "eight"),
        ("NaN", {}, "NaN"),
        ("1e999", {}, "1e999"),
        ("[1]", {}, "[1]"),
        ('"x"', {}, '"x"'),
        ("9" * 41, {}, "9" * 41),
    ],
)
def test_a_text_is_what_the_document_takes_it_for(text: str, schema: Schema, value: Any) -> None:
    read = read_scalar(text, schema)
    assert (read, type(read)) == (value, type(value))


@given(st.text())
def test_where_a_text_is_due_every_text_stays_as_it_is(text: str) -> None:
    given = parse_field(f"notes={'@' if text.startswith('@') else ''}{text}")
    assert build_value((given,), {"properties": {"notes": {"type": "string"}}}) == {"notes": text}


@given(st.text(max_size=20))
def test_no_name_of_a_field_breaks_the_parser(name: str) -> None:
    try:
        field = parse_field(f"{name}=1")
    except FieldError:
        return
    assert build_value((field,), ANY)
