"""The JSON documents: what the contract and the schemas say, and harmless as text."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.documents.decode import decode_plan
from ccloud_apply.model.documents.saved_plan import encode_saved_plan
from ccloud_apply.model.event import Event, error_event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.model.results.validation import Validation
from ccloud_apply.render.apply.events_json import render_event_json
from ccloud_apply.render.lib.json_text import dump_json
from ccloud_apply.render.other.diagnostics_json import render_errors_json, render_validation_json
from ccloud_apply.render.plan.json_document import render_plan_json
from tests.support.documents import validator_of
from tests.support.examples import examples
from tests.support.render.harmless import assert_harmless
from tests.support.render.plans import PLANS
from tests.support.render.strategies import events, plans

NOW = datetime(2027, 1, 1, 3, tzinfo=UTC)
ERROR = Diagnostic(code="disk-shrinks", where="web", what="no", source=SourceRange("a.yaml", 7, 12))
WARNING = Diagnostic(code="slow", what="slow", severity=Severity.WARNING)

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))


PLAN_SCHEMA = validator_of("plan.schema.json")
EVENT_SCHEMA = validator_of("apply-event.schema.json")


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_fits_its_schema_saved_or_not(name: str) -> None:
    plan = PLANS[name]()
    PLAN_SCHEMA.validate(json.loads(render_plan_json(plan)))
    PLAN_SCHEMA.validate(encode_saved_plan(plan, paths=["stacks"], options={"target": ["web"]}))
    PLAN_SCHEMA.validate(encode_saved_plan(plan, paths=["stacks"], options={}, key="k"))


def test_a_plan_has_the_keys_of_the_contract() -> None:
    document = json.loads(render_plan_json(PLANS["all_actions"]()))
    assert document["format_version"] == "1.0"
    stack = document["stacks"][0]
    assert stack["summary"] == {
        "create": 1,
        "update": 2,
        "replace": 1,
        "reinstall": 0,
        "retire": 0,
        "restore": 0,
        "destroy": 2,
        "adopt": 1,
        "unchanged": 5,
        "not_compared": 0,
        "destroys_data": 1,
    }
    server = stack["servers"][1]
    assert (server["key"], server["hostname"], server["action"]) == ("web-1", "vs10001", "update")
    assert server["changes"][1] == {"field": "memory", "before": 4, "after": 8}
    assert (server["downtime"], server["moved_from"]) == (True, "front-1")
    losing = [change["field"] for change in server["changes"] if "destructive" in change]
    assert losing == ["disks.2"]
    memory = stack["steps"][2]
    assert {key: memory[key] for key in ("id", "server", "operation", "method", "path")} == {
        "id": "web-1/memory",
        "server": "web-1",
        "operation": "resize memory",
        "method": "PUT",
        "path": "/ccloud/servers/vs10001/memory",
    }
    assert memory["needs"] == ["web-1/shutdown"]


@thorough
@given(plans)
def test_a_plan_comes_back_from_its_text(plan: Plan) -> None:
    text = render_plan_json(plan)
    assert decode_plan(json.loads(text)) == plan
    assert_harmless(text)


@thorough
@given(events)
def test_an_event_is_one_harmless_line(event: Event) -> None:
    line = render_event_json(event)
    assert line.endswith("\n")
    assert_harmless(line)
    assert "\n" not in line[:-1]
    document = json.loads(line)
    assert list(document)[:5] == ["type", "time", "stack", "server", "step"]
    assert all(document.get(name) == getattr(event, name) for name in ("server", "error"))


def _told() -> Iterator[Event]:
    yield Event(type="plan", time=NOW, plan=PLANS["all_actions"]())
    step: dict[str, Any] = {
        "stack": "web",
        "server": "web-1",
        "step": "web-1/create",
        "operation": "create server",
    }
    yield Event(type="step_start", time=NOW, **step)
    yield Event(type="step_progress", time=NOW, task_id=3, status="processing", **step)
    yield Event(type="step_complete", time=NOW, task_id=3, hostname="vs1", seconds=4.5, **step)
    yield Event(type="step_failed", time=NOW, error="no room", **step)
    yield Event(type="step_skipped", time=NOW, because="web-1/create failed", **step)
    yield Event(type="warning", time=NOW, message="slow")
    yield Event(type="error", time=NOW, message="no way")
    yield Event(type="summary", time=NOW, stack="web", done=1, failed=1, skipped=1, seconds=9.0)


@pytest.mark.parametrize("event", list(_told()), ids=lambda event: event.type)
def test_an_event_fits_its_schema(event: Event) -> None:
    document = json.loads(render_event_json(event))
    EVENT_SCHEMA.validate(document)
    assert document["time"] == "2027-01-01T03:00:00+00:00"


def test_the_event_schema_misses_what_an_event_needs() -> None:
    document = json.loads(render_event_json(Event(type="step_failed", time=NOW, error="x")))
    assert not EVENT_SCHEMA.is_valid(document)  # a step has an id and a server


def test_an_error_outside_the_steps_is_an_event_too() -> None:
    document = json.loads(render_event_json(error_event(ERROR, NOW)))
    EVENT_SCHEMA.validate(document)
    assert (document["type"], document["path"], document["line"]) == ("error", "a.yaml", 7)


def test_errors_have_the_keys_of_the_contract() -> None:
    assert json.loads(render_errors_json([ERROR])) == {
        "format_version": "1.0",
        "errors": [
            {
                "code": "disk-shrinks",
                "path": "a.yaml",
                "line": 7,
                "column": 12,
                "where": "web",
                "what": "no",
                "hint": "",
            }
        ],
    }


def test_a_warning_alone_leaves_a_file_valid() -> None:
    document = json.loads(render_validation_json(Validation(diagnostics=(WARNING,))))
    assert (document["valid"], document["errors"]) == (True, [])
    assert document["warnings"][0]["what"] == "slow"
    assert document["warnings"][0]["line"] is None


def test_an_error_makes_a_file_invalid() -> None:
    both = Validation(diagnostics=(WARNING, ERROR))
    assert json.loads(render_validation_json(both))["valid"] is False
    assert json.loads(render_validation_json(Validation())) == {
        "format_version": "1.0",
        "valid": True,
        "errors": [],
    }


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dump_json({"x": float("nan")})
