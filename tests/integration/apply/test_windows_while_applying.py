"""A window that closes while a plan is applied: nothing more begins; what has begun is ended."""

from dataclasses import replace
from datetime import timedelta

from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.errors import StatusError, TransportError
from ccloud_apply.model.declared.stack import Policy, Stack
from ccloud_apply.model.declared.windows import Freeze, Window
from ccloud_apply.model.results.plan import Plan
from tests.support.builders import stack
from tests.support.run_apply import run
from tests.support.scripted_api import CALL, Script, ScriptedApi
from tests.support.step_plans import plan, step
from tests.support.virtual_time import START

MINUTE = 1
"""The window is open for the first minute of virtual time, and a task takes one."""

ONE_AT_A_TIME = ApplyOptions(parallelism=1)


def closing(*classes: str, after: int = MINUTE) -> Stack:
    return stack(
        name="web", policy=Policy(windows=((Window(classes=frozenset(classes), closes=after),),))
    )


def resize(key: str) -> Plan:
    steps = (
        replace(step(f"{key}/shutdown"), causes_downtime=True),
        step(f"{key}/memory", needs=(f"{key}/shutdown",)),
        step(f"{key}/start", closes=f"{key}/shutdown", needs=(f"{key}/memory",)),
    )
    return down(plan(*steps))


def down(made: Plan) -> Plan:
    (one,) = made.stacks
    servers = tuple(replace(server, has_downtime=True) for server in one.servers)
    return replace(made, stacks=(replace(one, servers=servers),))


def both(*plans: Plan) -> Plan:
    stacks = [made.stacks[0] for made in plans]
    return replace(
        plans[0],
        stacks=(
            replace(
                stacks[0],
                servers=tuple(server for one in stacks for server in one.servers),
                steps=tuple(found for one in stacks for found in one.steps),
            ),
        ),
    )


def test_the_next_server_is_not_shut_down_and_the_one_that_is_off_is_started() -> None:
    api = ScriptedApi()
    done = run(
        both(resize("a"), resize("b")), api, options=ONE_AT_A_TIME, stacks=[closing("downtime")]
    )
    assert done.statuses() == {
        "a/shutdown": "done",
        "a/memory": "done",
        "a/start": "done",
        "b/shutdown": "skipped",
        "b/memory": "skipped",
        "b/start": "skipped",
    }
    assert done.result.is_cut_short
    assert done.types("b/shutdown") == ["step_skipped"]
    because = done.reasons()["b/shutdown"] or ""
    assert because.startswith(
        "the window for downtime is closed; it may be done from Sat 2027-01-02"
    )
    assert because in (done.reasons()["b/start"] or "")


def test_what_no_window_is_for_is_done_all_the_same() -> None:
    made = both(resize("a"), down(plan(step("b/notes"))), resize("c"))
    done = run(made, ScriptedApi(), options=ONE_AT_A_TIME, stacks=[closing("downtime")])
    assert done.statuses()["b/notes"] == "done"
    assert done.statuses()["c/shutdown"] == "skipped"


def test_a_freeze_that_begins_holds_the_rest() -> None:
    frozen = stack(
        name="web",
        policy=Policy(freezes=(Freeze(first=START.date() + timedelta(days=1), reason="audit"),)),
    )
    slow = {"resize_server_memory": Script(seconds=86_400)}
    made = plan(step("a/memory"), step("b/memory"))
    options = replace(ONE_AT_A_TIME, task_timeout_s=100_000)
    done = run(made, ScriptedApi(slow), options=options, stacks=[frozen])
    assert done.statuses() == {"a/memory": "done", "b/memory": "skipped"}
    assert "a freeze holds it: audit" in (done.reasons()["b/memory"] or "")


def test_a_step_that_waited_until_the_window_closed_sends_nothing() -> None:
    """The first answer is a refusal for a while; the pause before the next try is too long."""
    busy = StatusError("the server is busy", status=409, **CALL)
    api = ScriptedApi({"resize_server_memory": Script(raises=busy)})
    options = ApplyOptions()
    done = run(down(plan(step("a/memory"))), api, options=options, stacks=[closing(after=1)])
    assert done.statuses() == {"a/memory": "failed"}
    assert len(api.sent) == 4  # within the minute: refused each time

    api = ScriptedApi({"resize_server_memory": Script(raises=busy, answer_takes=50)})
    done = run(down(plan(step("a/memory"))), api, options=options, stacks=[closing(after=1)])
    assert done.statuses() == {"a/memory": "skipped"}
    assert len(api.sent) == 2
    assert done.result.is_cut_short


def test_a_change_that_is_proven_absent_is_not_sent_again_after_the_window() -> None:
    lost = TransportError("cut off", maybe_done=True, **CALL)
    api = ScriptedApi(
        {"resize_server_memory": Script(raises=lost, raises_times=1, answer_takes=61)}
    )
    made = plan(step("a/memory", body={"memory": 8}))
    done = run(made, api, stacks=[closing(after=1)])
    assert len(api.sent) == 1
    assert done.statuses() == {"a/memory": "skipped"}


def test_a_step_that_may_have_happened_before_it_was_too_late_is_unknown() -> None:
    lost = TransportError("cut off", maybe_done=True, **CALL)
    api = ScriptedApi({"set_server_notes": Script(raises=lost, answer_takes=61)})
    done = run(plan(step("a/notes")), api, stacks=[closing(after=1)])
    (outcome,) = done.result.outcomes
    assert outcome.is_unknown
    assert not outcome.is_too_late
