"""The documents of `schemas/` are found, read once, and missed by name."""

import json

import pytest

from ccloud_apply.schemas import read_schema, read_schema_text


def test_a_document_is_the_same_as_text_and_as_a_value() -> None:
    text = read_schema_text("ccloud-api.openapi.json")
    assert json.loads(text) == read_schema("ccloud-api.openapi.json")


def test_a_document_is_parsed_once() -> None:
    assert read_schema("ccloud-api.openapi.json") is read_schema("ccloud-api.openapi.json")


def test_a_document_that_does_not_exist_is_missed_by_its_name() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such\.json"):
        read_schema("no-such.json")
