"""Spans, as OpenTelemetry's own collector sees them."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ccloud_apply.fleet import tracing
from ccloud_apply.fleet.tracing import StepSpans, open_span
from ccloud_apply.model.event import Event, EventType


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    found = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(found))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield found
    provider.shutdown()


def event(type: EventType, step: str | None) -> Event:
    return Event(type=type, time=datetime(2027, 1, 1, tzinfo=UTC), step=step, server="web")


def test_a_run_has_a_span_with_one_for_each_step(exporter: InMemorySpanExporter) -> None:
    with open_span("run", account="a", name="web", empty=""):
        spans = StepSpans()
        for one in (
            event("plan", None),
            event("step_start", "web/create"),
            event("step_start", "web/power"),
            event("step_complete", "web/create"),
            event("step_failed", "web/power"),
            event("step_start", "web/left"),
        ):
            spans.listen(one)
        spans.close()

    *steps, whole = exporter.get_finished_spans()

    assert whole.name == "run"
    assert whole.attributes == {"ccloud.account": "a", "ccloud.name": "web"}
    assert all(step.parent is not None for step in steps)
    assert {step.parent.span_id for step in steps if step.parent} == {whole.context.span_id}
    assert [(step.attributes or {})["ccloud.step"] for step in steps] == [
        "web/create",
        "web/power",
        "web/left",
    ]
    assert [step.status.is_ok for step in steps] == [True, False, False]


def test_a_step_that_is_told_of_without_a_begin_is_no_error(exporter: InMemorySpanExporter) -> None:
    StepSpans().listen(event("step_complete", "web/create"))

    assert exporter.get_finished_spans() == ()


def test_nothing_is_imported_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.startswith("opentelemetry")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(tracing, "_is_installed", lambda: False)
    spans = StepSpans()

    with open_span("run"):
        spans.listen(event("step_start", "web/create"))
        spans.close()


def test_a_span_that_fails_names_the_exception_and_not_its_text(
    exporter: InMemorySpanExporter,
) -> None:
    with pytest.raises(ValueError, match="s3cret"), open_span("run", account="a"):
        raise ValueError("Bearer s3cret")
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.status.description == "ValueError"
    assert "s3cret" not in span.to_json()
