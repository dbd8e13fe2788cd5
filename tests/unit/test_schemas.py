"""The documents of `schemas/` are found, read once, and missed by name."""

import json

import pytest
from jsonschema import Draft202012Validator

from ccloud_apply.schemas import read_schema, read_schema_text
from tests.support.docs.event_schema import event_schema


def test_a_document_is_the_same_as_text_and_as_a_value() -> None:
    text = read_schema_text("ccloud-api.openapi.json")
    assert json.loads(text) == read_schema("ccloud-api.openapi.json")


def test_a_document_is_parsed_once() -> None:
    assert read_schema("ccloud-api.openapi.json") is read_schema("ccloud-api.openapi.json")


def test_a_document_that_does_not_exist_is_missed_by_its_name() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such\.json"):
        read_schema("no-such.json")


def test_the_schema_of_events_needs_no_other_file() -> None:
    """If not: `python -m tests.support.docs.event_schema`."""
    schema = read_schema("apply-event.schema.json")
    assert schema["$defs"]["plan.schema.json"] == read_schema("plan.schema.json")
    assert read_schema_text("apply-event.schema.json") == event_schema()
    event = {"time": "2027-01-01T03:00:00Z", "stack": None, "server": None, "step": None}
    alone = Draft202012Validator(schema)
    plan = {"format_version": "1.0", "stacks": []}
    assert alone.is_valid({"type": "plan", **event, "plan": plan})
    assert not alone.is_valid({"type": "plan", **event, "plan": {"stacks": []}})
