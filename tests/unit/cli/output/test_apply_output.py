"""What an apply tells while it runs."""

import io
import json
import re
from datetime import UTC, datetime

import pytest

from ccloud_apply.cli.output.apply_output import ApplyOutput
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.event import Event, EventType
from ccloud_apply.model.results.plan import Plan, StackPlan, Step

NOW = datetime(2027, 1, 1, tzinfo=UTC)


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def step(key: str) -> Step:
    return Step(
        id=f"{key}/create",
        server=key,
        operation="create server",
        operation_id="create_server",
        method="POST",
        path="/ccloud/servers",
    )


PLAN = Plan(stacks=(StackPlan(stack="web", path="web.yaml", steps=(step("a"), step("b"))),))


def event(type: EventType, key: str, error: str | None = None) -> Event:
    return Event(
        type=type,
        time=NOW,
        stack="web",
        server=key,
        step=f"{key}/create",
        operation="create server",
        error=error,
    )


def make(*, is_json: bool = False, is_live: bool = False) -> tuple[ApplyOutput, list[io.StringIO]]:
    out, err = io.StringIO(), Tty() if is_live else io.StringIO()
    terminal = Terminal(stdout=out, stderr=err, environment={"NO_COLOR": "1"})
    report = ApplyOutput(terminal, HandClock(), is_json=is_json)
    report.begin(PLAN)
    return report, [out, err]


def test_in_a_log_every_event_is_a_plain_line_and_waiting_is_silent() -> None:
    report, (out, err) = make()
    report.listen(event("step_start", "a"))
    report.listen(event("step_progress", "a"))
    report.listen(event("step_failed", "a", "it broke"))
    assert out.getvalue() == ""
    assert [line.split()[0] for line in err.getvalue().splitlines()] == ["a:", "a:"]
    assert "it broke" in err.getvalue()


def test_a_log_hears_how_far_it_is_only_while_something_runs() -> None:
    report, (_, err) = make()
    report.tell_status()
    assert err.getvalue() == ""
    report.listen(event("step_start", "a"))
    report.tell_status()
    assert err.getvalue().splitlines()[-1] == "0/2 steps, 1 running, 0s"


def test_a_terminal_shows_what_runs_and_at_the_end_what_was_done() -> None:
    report, (_, err) = make(is_live=True)
    report.listen(event("step_start", "a"))
    report.listen(event("step_start", "b"))
    report.listen(event("step_complete", "a"))
    assert "a: create server done\n" in err.getvalue()
    assert "a: create server ...\n" not in err.getvalue()
    drawn = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", err.getvalue()).splitlines()
    assert drawn[-2].split() == ["b", "create", "server", "0s"]
    assert "1/2 steps, 1 running, 0s" in drawn[-1]
    report.listen(event("step_failed", "b", "it broke"))
    report.end()
    assert err.getvalue().splitlines()[-3:] == [
        "server  done  failed  skipped  time",
        "a       1                      0s",
        "b       0     1                0s",
    ]
    report.listen(event("step_start", "a"))
    assert err.getvalue().endswith("a: create server ...\n")


def test_json_is_an_event_a_line_on_standard_output_and_nothing_else() -> None:
    report, (out, err) = make(is_json=True, is_live=True)
    report.show_plan(PLAN)
    report.listen(event("step_start", "a"))
    report.tell_status()
    assert [json.loads(line)["type"] for line in out.getvalue().splitlines()] == [
        "plan",
        "step_start",
    ]
    assert err.getvalue() == ""


@pytest.mark.parametrize("is_json", [True, False])
def test_what_holds_a_plan_is_told_with_the_remark_that_nothing_was_changed(
    *, is_json: bool
) -> None:
    held = Diagnostic(code="not-allowed", what="no destroying", severity=Severity.HELD)
    report, (out, err) = make(is_json=is_json)
    report.show_held(PLAN, (held,))
    assert "no destroying" in err.getvalue()
    assert "nothing was changed" in err.getvalue()
    if is_json:
        assert json.loads(out.getvalue())["code"] == "not-allowed"
