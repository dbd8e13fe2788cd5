"""How a stack stands by what was seen of it, and by what came of its run."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.errors import (
    CcloudApplyError,
    PlanError,
    ServerError,
    UnsettledError,
    UsageError,
)
from ccloud_apply.fleet.store.statements.runs import StackRow
from ccloud_apply.fleet.work.judge import is_same_drift, judge_drift, judge_result
from ccloud_apply.fleet.work.result import Result, describe_error, fail
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.drift import StackDrift, UncomparedServer

CLEAN = StackDrift(stack="web", path="web.yaml", in_sync=("a",))
MISSING = StackDrift(stack="web", path="web.yaml", missing=("a",))
BUSY = StackDrift(
    stack="web",
    path="web.yaml",
    not_compared=(UncomparedServer(key="a", hostname="vs1", why="it is being built"),),
)


def row(**changes: Any) -> StackRow:
    values: dict[str, Any] = {
        "account": "acme",
        "name": "web",
        "source": "git",
        "path": "web.yaml",
        "tree": "c1",
        "commit_id": "newest",
        "rule": 0,
        "config": "",
        "mode": "apply",
        "every": 1800.0,
        "state": "clean",
        "why": None,
        "cause": "schedule",
        "asked_by": None,
        "failures": 0,
        "failed_digest": None,
        "failed_tree": None,
        "problem": None,
        "is_paused": False,
        "is_due": True,
        **changes,
    }
    return StackRow(**values)


def test_what_is_as_declared_is_clean_whatever_it_was() -> None:
    for state in ("unknown", "drift", "failing", "held", "proposed"):
        seen = judge_drift(row(state=state), CLEAN, is_change=False)
        assert (seen.state, seen.why, seen.is_seen, seen.is_due) == ("clean", None, True, False)


def test_what_was_not_compared_is_unknown_and_was_not_seen() -> None:
    seen = judge_drift(row(), BUSY, is_change=True)
    assert (seen.state, seen.is_seen) == ("unknown", False)
    assert seen.why == "a is not compared: it is being built"


@pytest.mark.parametrize(
    ("mode", "is_due"), [("report", False), ("propose", True), ("apply", True)]
)
def test_new_drift_has_the_stack_run_where_a_run_does_something(mode: str, is_due: bool) -> None:
    seen = judge_drift(row(mode=mode), MISSING, is_change=True)
    assert (seen.state, seen.is_due) == ("drift", is_due)


@pytest.mark.parametrize("state", ["drift", "proposed", "held", "failing"])
def test_the_same_drift_leaves_a_stack_as_it_waits(state: str) -> None:
    seen = judge_drift(row(state=state, why="because"), MISSING, is_change=False)
    assert (seen.state, seen.why, seen.is_due) == (state, "because", False)
    assert judge_drift(row(state=state), MISSING, is_change=True).is_due


@pytest.mark.parametrize("state", ["proposed", "held", "failing"])
def test_of_what_waits_a_run_says_how_it_stands_by_other_drift(state: str) -> None:
    seen = judge_drift(row(state=state, why="because"), MISSING, is_change=True)
    assert (seen.state, seen.why, seen.is_due) == (state, "because", True)
    paused = judge_drift(row(state=state, is_paused=True), MISSING, is_change=True)
    assert (paused.state, paused.why) == ("drift", None)


def test_a_report_says_the_same_although_times_and_tasks_differ() -> None:
    def report(at: str, memory: int) -> dict[str, Any]:
        drifted = {"key": "a", "changes": [{"field": "memory", "before": memory}]}
        return {"read_at": at, "stacks": [{"drifted": [{**drifted, "last_tasks": [at]}]}]}

    kept = json.dumps(report("1", 4))
    assert is_same_drift(kept, report("2", 4))
    assert not is_same_drift(kept, report("2", 8))
    assert not is_same_drift(None, report("1", 4))


def failed(**changes: Any) -> Result:
    return fail(PlanError((Diagnostic(code="x", what="it cannot be made"),)), **changes)


def api_error() -> ServerError:
    return ServerError(
        "the platform fails", status=500, operation="list servers", method="GET", path="/"
    )


def test_a_mistake_makes_a_stack_fail_at_once() -> None:
    assert judge_result(row(), failed(), now=0, chance=0).state == "failing"


@pytest.mark.parametrize("error", [api_error(), UnsettledError("nothing was changed")], ids=str)
def test_what_passes_by_itself_makes_a_stack_fail_only_if_it_goes_on(
    error: CcloudApplyError,
) -> None:
    result = fail(error)
    stack = row()
    states = []
    for _ in range(3):
        standing = judge_result(stack, result, now=0, chance=0)
        states.append(standing.state)
        stack = row(
            state=standing.state,
            failures=standing.failures,
            failed_digest=standing.failed_digest,
            failed_tree=standing.failed_tree,
        )
    assert states == ["clean", "clean", "failing"]


def test_failures_count_for_one_state_of_the_files_and_one_plan() -> None:
    stack = row(failures=5, failed_tree="c1", failed_digest="d1")
    assert judge_result(stack, failed(digest="d1"), now=0, chance=0).failures == 6
    assert judge_result(stack, failed(digest="d2"), now=0, chance=0).failures == 1
    stack = row(failures=5, failed_tree="c0", failed_digest="d1")
    standing = judge_result(stack, failed(digest="d1"), now=0, chance=0)
    assert (standing.failures, standing.due) == (1, 30)


@given(st.floats(0, 4e9), st.floats(0, 1), st.floats(0, 4e9))
def test_whatever_comes_of_a_run_the_next_one_is_not_due_at_once(
    now: float, chance: float, opens_at: float
) -> None:
    for result in (
        Result(outcome="clean", state="clean"),
        Result(outcome="proposed", state="proposed"),
        failed(),
    ):
        assert judge_result(row(), result, now=now, chance=chance).due > now
    held = Result(outcome="held", state="held", opens_at=opens_at)
    due = judge_result(row(), held, now=now, chance=chance).due
    assert now <= due <= max(now, min(opens_at, now + 1.2 * 1800.0))


def test_errors_are_told_in_a_line_with_the_way_out() -> None:
    assert describe_error(UsageError("no\nsuch thing", hint="make one")) == (
        "no such thing (make one)"
    )
    warning = Diagnostic(code="w", what="a warning", severity=Severity.WARNING)
    error = Diagnostic(code="e", where="servers.a", what="is\nwrong")
    assert describe_error(PlanError((warning, error, error))) == "servers.a: is wrong"


def test_a_run_that_was_stopped_says_nothing_of_earlier_failures() -> None:
    stack = row(failures=3, failed_tree="c1", failed_digest="d1", state="failing")
    stopped = Result(outcome="stopped", state="failing", is_due=True)
    standing = judge_result(stack, stopped, now=5, chance=0)
    assert (standing.failures, standing.failed_digest, standing.due) == (3, "d1", 5)
    done = judge_result(stack, Result(outcome="applied", state="clean"), now=5, chance=0)
    assert (done.failures, done.failed_digest) == (0, None)
