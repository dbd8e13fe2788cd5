"""A stop: nothing starts any more, and nothing that continues in the cloud is kept quiet."""

import pytest

from ccloud_apply.apply.engine.executor import ApplyOptions
from tests.support.run_apply import run
from tests.support.scripted_api import Script, ScriptedApi
from tests.support.step_plans import plan, step


def test_a_stop_abandons_the_waiting_at_once_and_names_every_task_that_goes_on() -> None:
    api = ScriptedApi({"resize_server_memory": Script(seconds=600)})
    steps = (step("a/memory"), step("b/cores"), step("c/notes", needs=("a/memory",)))
    done = run(plan(*steps), api, stop_at=90)
    assert done.seconds == 90
    assert done.result.stopped
    assert done.statuses() == {"b/cores": "done"}
    assert done.warnings() == ["task 1001 (resize memory, a) continues in the cloud"]
    assert [event.task_id for event in done.events if event.type == "warning"] == [1001]
    assert "step_failed" not in {event.type for event in done.events}
    assert done.types("c/notes") == []


def test_a_stop_says_of_no_task_that_has_ended_that_it_goes_on() -> None:
    api = ScriptedApi({"create_server": Script(seconds=60, hostname="vs1")})
    done = run(plan(step("a/create")), api, stop_at=90, is_confirmed=True)
    assert done.seconds == 90
    assert done.warnings()[-1] == (
        "task 1001 (create server, a) is done, but the run was stopped before that showed"
    )


def test_a_stop_waits_a_moment_for_the_answer_to_a_request_on_its_way() -> None:
    api = ScriptedApi(
        {
            "resize_server_memory": Script(seconds=600, answer_takes=6),
            "set_server_notes": Script(answer_takes=6),
        }
    )
    done = run(plan(step("a/memory"), step("b/notes"), step("b/cores")), api, stop_at=2)
    assert done.seconds == 6
    assert done.warnings() == ["task 1001 (resize memory, a) continues in the cloud"]
    assert done.statuses() == {"b/notes": "done"}
    assert len(api.sent) == 2


def test_a_stop_does_not_wait_for_ever_for_an_answer_and_says_that_it_may_be_done() -> None:
    api = ScriptedApi({"resize_server_memory": Script(answer_takes=9e9)})
    done = run(plan(step("a/memory")), api, stop_at=2)
    assert done.seconds <= 10
    (warning,) = done.warnings()
    assert "(resize memory, a)" in warning
    assert "may have been carried out" in warning
    assert done.result.outcomes == ()


@pytest.mark.parametrize("stop_at", [5, 90])
def test_a_stop_between_shutdown_and_start_says_which_server_stays_off(stop_at: float) -> None:
    api = ScriptedApi(
        {
            "change_server_state": Script(seconds=60),
            "resize_server_memory": Script(seconds=600),
        }
    )
    steps = (
        step("a/shutdown"),
        step("a/memory", needs=("a/shutdown",)),
        step("a/start", needs=("a/memory",), closes="a/shutdown"),
    )
    done = run(plan(*steps), api, stop_at=stop_at)
    assert "stays off until it is started" in done.warnings()[-1]


def test_a_stop_before_the_start_sends_nothing() -> None:
    api = ScriptedApi()
    done = run(plan(*(step(f"s{n}/memory") for n in range(5))), api, stop_at=0)
    assert api.sent == []
    assert done.result.stopped


def test_a_stop_after_the_last_step_has_ended_is_none() -> None:
    done = run(plan(step("a/notes")), ScriptedApi(), stop_at=10)
    assert (done.result.stopped, done.result.done) == (False, 1)


@pytest.mark.parametrize("stop_at", [1, 59.9, 61, 100, 130, 3000])
def test_after_a_stop_no_change_is_sent_and_every_step_is_accounted_for(stop_at: float) -> None:
    api = ScriptedApi()
    steps = [step(f"s{n}/{what}") for n in range(20) for what in ("memory", "cores")]
    done = run(plan(*steps), api, options=ApplyOptions(parallelism=6), stop_at=stop_at)
    assert all(sent.at <= stop_at for sent in api.sent)
    assert len(api.sent) == done.result.done + len(done.warnings())
    assert done.result.stopped is (done.result.done < 40)
