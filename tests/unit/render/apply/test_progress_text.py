"""How far an apply is: rows of the live view, and the table at the end."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccloud_apply.model.event import Event, EventType
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.render.apply.progress_text import (
    Progress,
    count_words,
    render_progress_table,
    running_rows,
)
from tests.support.examples import examples
from tests.support.render.harmless import assert_harmless
from tests.support.render.strategies import events

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def event(type: EventType, key: str = "a", **fields: object) -> Event:
    made = Event(
        type=type, time=NOW, stack="web", server=key, step=f"{key}/create", operation="create"
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def told(*events: Event) -> Progress:
    """Events a second apart."""
    progress = Progress(total=10)
    for now_s, one in enumerate(events):
        progress.note(one, float(now_s))
    return progress


def test_a_row_says_what_runs_for_how_long_and_what_its_task_is_doing() -> None:
    progress = told(
        event("step_start"),
        event("step_progress", hostname="vs1", task_id=7, status="processing"),
    )
    assert running_rows(progress, 75.0, 5) == [
        ("a (vs1)", "create", "1m 15s", "task 7: processing")
    ]


def test_what_has_no_room_is_counted() -> None:
    progress = told(*(event("step_start", f"s{n}") for n in range(500)))
    rows = running_rows(progress, 500.0, 4)
    assert [row[0] for row in rows] == ["s0", "s1", "s2", "… and 497 more"]
    assert len(running_rows(progress, 500.0, 1)) == 1
    assert count_words(progress, 500.0) == "0/10 steps, 500 running, 8m 20s"


def test_failures_are_counted_and_what_is_over_is_no_row_any_more() -> None:
    progress = told(
        event("step_start"), event("step_failed"), event("step_skipped", "b"), event("step_start")
    )
    assert count_words(progress, 3.0) == "2/10 steps, 1 running, 1 failed, 3s"
    assert render_progress_table(progress).splitlines()[1:] == [
        "a       0     1                3s",
        "b       0             1",
    ]


def test_of_many_servers_the_table_shows_those_that_are_not_as_they_should_be() -> None:
    names = [f"s{n}" for n in range(100)]
    done = [event("step_complete", name) for name in names[1:]]
    progress = told(*(event("step_start", name) for name in names), *done)
    assert render_progress_table(progress) == ""
    progress.note(event("step_failed", "s0"), 200.0)
    assert [line.split()[0] for line in render_progress_table(progress).splitlines()] == [
        "server",
        "s0",
    ]
    assert render_progress_table(Progress.begin(Plan())) == ""


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(st.lists(events, max_size=8))
def test_any_text_in_an_event_is_harmless(found: list[Event]) -> None:
    progress = Progress(has_stacks=True)
    for one in found:
        progress.note(one, 1.0)
    cells = [cell for row in running_rows(progress, 2.0, 9) for cell in row]
    for text in (*cells, count_words(progress, 2.0), render_progress_table(progress)):
        assert_harmless(text)
