"""The events of an apply as lines."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from ccloud_apply.model.event import Event, EventType
from ccloud_apply.render.apply.events_text import format_duration, render_event, render_failures
from ccloud_apply.render.lib.style import Style
from tests.support.render.harmless import assert_harmless, without_colours
from tests.support.render.strategies import events

COLOURED = Style(is_coloured=True)


def event(type: EventType, **rest: Any) -> Event:
    fields = {"stack": "web-prod", "server": "web-1", "operation": "create server", **rest}
    return Event(type=type, time=datetime(2027, 1, 1, tzinfo=UTC), **fields)


def summary(**rest: Any) -> Event:
    fields = {"done": 12, "failed": 0, "skipped": 0, "seconds": 72.3, "converged": True, **rest}
    return event("summary", server=None, **fields)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (event("step_start"), "web-1: create server ..."),
        (event("step_start", task_id=17), "web-1: create server ... (task 17)"),
        (
            event("step_progress", task_id=17, status="processing", seconds=30),
            "web-1: create server still running after 30s: processing (task 17)",
        ),
        (
            event("step_progress", message="already done", seconds=0.1, hostname="vs1"),
            "web-1: create server: already done (vs1)",
        ),
        (
            event("step_complete", hostname="vs10004", seconds=41.2),
            "web-1: create server done after 41s (vs10004)",
        ),
        (
            event("step_failed", error="no room in the pool", task_id=9),
            "web-1: create server FAILED: no room in the pool (task 9)",
        ),
        (
            event("step_skipped", because="web-1/create failed"),
            "web-1: create server skipped: web-1/create failed",
        ),
        (event("step_start", operation=None, step="web-1/x"), "web-1: web-1/x ..."),
        (event("warning", message="slow"), "warning: web-1: slow"),
        (event("error", server=None, message="no\nway"), "error: no\\nway"),
        (event("step_failed"), "web-1: create server FAILED: no reason was given"),
        (
            summary(),
            "Apply complete: 12 steps done, 0 failed, 0 skipped in 1m 12s. "
            "The account matches the files.",
        ),
        (
            summary(done=1, failed=1, skipped=2, converged=False),
            "Apply INCOMPLETE: 1 step done, 1 failed, 2 skipped in 1m 12s. "
            "The account does not match the files.",
        ),
        (
            summary(failed=1, converged=None),
            "Apply INCOMPLETE: 12 steps done, 1 failed, 0 skipped in 1m 12s.",
        ),
    ],
)
def test_an_event_is_one_line_that_names_the_server(told: Event, expected: str) -> None:
    assert render_event(told) == expected


def test_a_plan_event_says_nothing_because_the_plan_has_its_own_text() -> None:
    assert render_event(event("plan")) is None


def test_an_apply_that_left_differences_is_not_called_complete() -> None:
    line = render_event(summary(converged=False))
    assert line is not None
    assert line.startswith("Apply INCOMPLETE: 12 steps done, 0 failed")


def test_the_summary_says_why_windows_did_not_hold_the_apply() -> None:
    line = render_event(summary(override_window="certificate expires tonight"))
    assert line is not None
    assert line.endswith(" Windows and freezes were overridden: certificate expires tonight")


def test_the_stack_is_named_where_there_are_several() -> None:
    assert render_event(event("step_start"), has_stack=True) == (
        "web-prod/web-1: create server ..."
    )
    line = render_event(summary(), has_stack=True)
    assert line is not None
    assert line.startswith("web-prod: Apply complete:")


def test_failures_are_listed_with_what_was_skipped_because_of_them() -> None:
    told = [
        event("step_complete"),
        event("step_failed", error="no room", task_id=9),
        event("step_skipped", server="web-2", because="web-1/create failed"),
    ]
    assert render_failures(told) == (
        "Failed:\n"
        "  web-1: create server: no room (task 9)\n"
        "Skipped:\n"
        "  web-2: create server: web-1/create failed\n"
    )
    assert render_failures(told[:1]) == ""


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0s"),
        (0.44, "0.4s"),
        (9.99, "10s"),
        (41.2, "41s"),
        (59.6, "1m 00s"),
        (72, "1m 12s"),
        (3599.7, "1h 00m"),
        (7380, "2h 03m"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, expected: str) -> None:
    assert format_duration(seconds) == expected


@given(events)
def test_no_event_can_harm_the_reader(told: Event) -> None:
    line = render_event(told, has_stack=True)
    if line is not None:
        assert "\n" not in line
        assert_harmless(line)
        coloured = render_event(told, COLOURED, has_stack=True)
        assert coloured is not None
        assert without_colours(coloured) == line
    assert_harmless(render_failures([told]))
