"""Spans for OpenTelemetry, if its API is installed; otherwise nothing at all.

Where spans go is said by whoever starts the process, for example `opentelemetry-instrument
ccloud-apply fleet worker`. A span has names and numbers, never a value of a field.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ccloud_apply.model.event import Event

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

_NAME = "ccloud_apply.fleet"


@contextmanager
def open_span(name: str, /, **attributes: str) -> Iterator[None]:
    """A span around the body, a child of the one that is open. Empty attributes are left out."""
    tracer = _tracer()
    if tracer is None:
        yield
        return
    with tracer.start_as_current_span(
        name,
        attributes=_named(attributes),
        # An exception's text could hold a secret, and the text of others.
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except Exception as error:
            _fail(span, type(error).__name__)
            raise


class StepSpans:
    """A span for each step of an apply, from the events that tell of it."""

    def __init__(self) -> None:
        self._open: dict[str, Span] = {}

    def listen(self, event: Event) -> None:
        """Begin or end the span of the step that the event is about."""
        tracer = _tracer()
        if tracer is None or event.step is None:
            return
        if event.type == "step_start":
            server = {"step": event.step, "server": event.server or ""}
            self._open[event.step] = tracer.start_span("step", attributes=_named(server))
        elif event.type in ("step_complete", "step_failed"):
            span = self._open.pop(event.step, None)
            if span is not None:
                _end(span, is_failed=event.type == "step_failed")

    def close(self) -> None:
        """End the spans of steps of which nothing more was told."""
        for span in self._open.values():
            _end(span, is_failed=True)
        self._open.clear()


def _end(span: "Span", *, is_failed: bool) -> None:
    if is_failed:
        _fail(span)
    span.end()


def _fail(span: "Span", what: str | None = None) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_status(Status(StatusCode.ERROR, what))


def _named(attributes: dict[str, str]) -> dict[str, Any]:
    return {f"ccloud.{name}": value for name, value in attributes.items() if value}


@cache
def _is_installed() -> bool:
    # Parts of the name alone may be there, of other packages.
    return find_spec("opentelemetry") is not None and find_spec("opentelemetry.trace") is not None


def _tracer() -> "Tracer | None":
    if not _is_installed():
        return None
    from opentelemetry import trace

    return trace.get_tracer(_NAME)
