"""What may start when, without time and requests."""

from dataclasses import replace

import pytest

from ccloud_apply.apply.engine.schedule import Schedule
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.apply.result import StepOutcome, StepStatus
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan
from tests.support.step_plans import plan, step


def take_all(schedule: Schedule) -> list[QueuedStep]:
    taken = []
    while (queued := schedule.take()) is not None:
        taken.append(queued)
    return taken


def end(
    schedule: Schedule, queued: QueuedStep, status: StepStatus = "done", *, unknown: bool = False
) -> dict[str, str | None]:
    outcome = StepOutcome(
        stack=queued.stack,
        server=queued.step.server,
        step=queued.step.id,
        status=status,
        is_unknown=unknown,
    )
    skipped = schedule.record(queued, outcome)
    return {q.step.id: o.because for q, o in skipped}


def ids(taken: list[QueuedStep]) -> list[str]:
    return [queued.step.id for queued in taken]


def test_steps_of_one_server_start_one_after_the_other_in_the_plans_order() -> None:
    schedule = Schedule(plan(step("a/notes"), step("a/memory"), step("b/notes")), parallelism=9)
    first = take_all(schedule)
    assert sorted(ids(first)) == ["a/notes", "b/notes"]
    end(schedule, next(q for q in first if q.step.id == "a/notes"))
    assert ids(take_all(schedule)) == ["a/memory"]


def test_a_later_step_does_not_overtake_one_that_waits_for_another_server() -> None:
    schedule = Schedule(
        plan(step("b/memory"), step("a/memory", needs=("b/memory",)), step("a/notes")),
        parallelism=9,
    )
    (first,) = take_all(schedule)
    assert first.step.id == "b/memory"
    end(schedule, first)
    assert ids(take_all(schedule)) == ["a/memory"]


def test_what_only_has_to_show_yet_holds_no_place() -> None:
    schedule = Schedule(plan(*(step(f"s{n}/memory") for n in range(9))), parallelism=2)
    first, second = take_all(schedule)
    schedule.give_back(first)
    (third,) = take_all(schedule)
    schedule.give_back(second)
    schedule.give_back(third)
    (fourth,) = take_all(schedule)  # four are under way, for two places
    schedule.give_back(fourth)
    assert take_all(schedule) == []
    end(schedule, first)
    assert len(take_all(schedule)) == 1


def test_with_one_place_it_is_one_step_after_the_other() -> None:
    schedule = Schedule(plan(step("a/memory"), step("b/memory")), parallelism=1)
    (first,) = take_all(schedule)
    schedule.give_back(first)
    assert take_all(schedule) == []
    end(schedule, first)
    assert ids(take_all(schedule)) == ["b/memory"]


def test_no_step_comes_between_one_that_has_to_show_yet_and_the_one_that_waits_for_it() -> None:
    steps = (
        step("a/shutdown", causes_downtime=True),
        step("a/memory", needs=("a/shutdown",)),
        step("b/shutdown", causes_downtime=True),
    )
    schedule = Schedule(plan(*steps, step("c/memory")), parallelism=2)
    first, _other = take_all(schedule)
    schedule.give_back(first)
    assert take_all(schedule) == []
    end(schedule, first)
    assert ids(take_all(schedule)) == ["a/memory"]


def test_a_create_that_only_has_to_show_yet_is_none_of_those_under_way() -> None:
    creates = plan(*(step(f"s{n}/create") for n in range(4)), step("s0/notes"))
    schedule = Schedule(creates, parallelism=9, max_creates=2)
    first, second = take_all(schedule)
    schedule.give_back(first)
    assert len(take_all(schedule)) == 1
    end(schedule, first)
    assert ids(take_all(schedule)) == ["s0/notes"]  # it was taken off once
    end(schedule, second)
    assert len(take_all(schedule)) == 1


def test_the_same_key_in_two_stacks_is_two_servers() -> None:
    one, two = plan(step("a/notes")), plan(step("a/notes"), stack="other")
    schedule = Schedule(Plan(stacks=(*one.stacks, *two.stacks)), parallelism=9)
    assert [queued.stack for queued in take_all(schedule)] == ["web", "other"]


def test_a_failed_step_skips_what_needs_it_and_all_that_hangs_on_that_names_it() -> None:
    schedule = Schedule(
        plan(
            step("a/snapshot"),
            step("a/shutdown", needs=("a/snapshot",)),
            step("b/memory", needs=("a/shutdown",)),
            step("a/notes"),
        ),
        parallelism=9,
    )
    (snapshot,) = take_all(schedule)
    assert end(schedule, snapshot, "failed") == {
        "a/shutdown": "a/snapshot failed",
        "b/memory": "a/snapshot failed",
    }
    assert ids(take_all(schedule)) == ["a/notes"]


OFFLINE_RESIZE = plan(
    step("a/shutdown"),
    step("a/memory", needs=("a/shutdown",)),
    step("a/start", needs=("a/memory",), closes="a/shutdown"),
)


@pytest.mark.parametrize("status", ["done", "failed"])
def test_the_server_is_started_again_whatever_came_of_the_resize(status: StepStatus) -> None:
    schedule = Schedule(OFFLINE_RESIZE, parallelism=9)
    end(schedule, take_all(schedule)[0])
    assert end(schedule, take_all(schedule)[0], status) == {}
    assert ids(take_all(schedule)) == ["a/start"]


def test_a_server_that_was_not_shut_down_is_not_started() -> None:
    schedule = Schedule(OFFLINE_RESIZE, parallelism=9)
    assert end(schedule, take_all(schedule)[0], "failed") == {
        "a/memory": "a/shutdown failed",
        "a/start": "a/shutdown did not happen",
    }
    assert schedule.is_complete


def test_a_server_whose_shutdown_was_skipped_is_not_started_and_the_cause_is_named() -> None:
    schedule = Schedule(
        plan(
            step("a/snapshot"),
            step("a/shutdown", needs=("a/snapshot",)),
            step("a/start", closes="a/shutdown"),
        ),
        parallelism=9,
    )
    skipped = end(schedule, take_all(schedule)[0], "failed")
    assert skipped["a/start"] == "a/shutdown did not happen: a/snapshot failed"


def test_a_shutdown_of_unknown_outcome_is_followed_by_the_start_and_not_by_the_resize() -> None:
    schedule = Schedule(OFFLINE_RESIZE, parallelism=9)
    skipped = end(schedule, take_all(schedule)[0], "failed", unknown=True)
    assert skipped == {"a/memory": "the outcome of a/shutdown is unknown"}
    assert ids(take_all(schedule)) == ["a/start"]


def test_a_server_on_which_a_task_may_still_run_is_left_alone() -> None:
    schedule = Schedule(plan(step("a/memory"), step("a/cores"), step("b/cores")), parallelism=1)
    memory = schedule.take()
    assert memory is not None
    assert end(schedule, memory, "failed", unknown=True) == {
        "a/cores": "a/memory may still be running"
    }
    assert ids(take_all(schedule)) == ["b/cores"]


def test_a_lost_answer_to_a_change_without_a_task_holds_nothing_up() -> None:
    schedule = Schedule(plan(step("a/notes"), step("a/memory")), parallelism=9)
    assert end(schedule, take_all(schedule)[0], "failed", unknown=True) == {}
    assert ids(take_all(schedule)) == ["a/memory"]


def test_no_more_than_the_given_number_are_in_flight() -> None:
    schedule = Schedule(plan(*(step(f"s{n}/memory") for n in range(9))), parallelism=4)
    taken = take_all(schedule)
    assert len(taken) == 4
    end(schedule, taken[0])
    assert len(take_all(schedule)) == 1


def test_ten_creates_at_a_time_leave_room_for_other_steps() -> None:
    steps = [step(f"new{n}/create") for n in range(30)] + [step(f"s{n}/memory") for n in range(30)]
    schedule = Schedule(plan(*steps), parallelism=100)
    taken = take_all(schedule)
    assert sum(queued.is_create for queued in taken) == 10
    assert len(taken) == 40
    end(schedule, next(queued for queued in taken if queued.is_create))
    assert [queued.is_create for queued in take_all(schedule)] == [True]


def test_what_many_steps_wait_for_goes_first_then_the_plans_order() -> None:
    schedule = Schedule(
        plan(
            step("a/memory"),
            step("b/memory"),
            step("c/memory"),
            step("d/memory", needs=("c/memory",)),
        ),
        parallelism=1,
    )
    order = []
    while (queued := schedule.take()) is not None:
        order.append(queued.step.id)
        end(schedule, queued)
    assert order == ["c/memory", "a/memory", "b/memory", "d/memory"]


def test_a_server_that_is_down_is_finished_before_the_next_one_goes_down() -> None:
    steps = [
        one
        for key in ("a", "b", "c")
        for one in (
            step(f"{key}/shutdown", causes_downtime=True),
            step(f"{key}/memory", needs=(f"{key}/shutdown",)),
            step(f"{key}/start", needs=(f"{key}/memory",), closes=f"{key}/shutdown"),
            step(f"{key}/tags", needs=(f"{key}/start",)),
        )
    ]
    schedule = Schedule(plan(*steps), parallelism=1)
    order = []
    while taken := take_all(schedule):
        order += ids(taken)
        end(schedule, taken[0])
    downs = [id for id in order if not id.endswith("/tags")]
    assert downs == [one.id for one in steps if not one.id.endswith("/tags")]


def test_a_chain_of_thousands_of_skipped_steps_is_no_deep_recursion() -> None:
    steps = [step("s0/memory")]
    steps += [step(f"s{n}/memory", needs=(f"s{n - 1}/memory",)) for n in range(1, 5000)]
    schedule = Schedule(plan(*steps), parallelism=9)
    skipped = end(schedule, take_all(schedule)[0], "failed")
    assert set(skipped.values()) == {"s0/memory failed"}
    assert schedule.is_complete


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (plan(step("a/notes"), step("a/notes")), "two steps"),
        (plan(step("a/notes", needs=("b/notes",))), "not in the plan"),
        (plan(step("a/notes", closes="b/notes")), "not in the plan"),
        (
            plan(step("a/notes", needs=("b/notes",)), step("b/notes", needs=("a/notes",))),
            "waits for steps that wait for it",
        ),
        (plan(step("a/notes", needs=("a/memory",)), step("a/memory")), "waits for steps"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused_before_anything_starts(
    broken: Plan, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Schedule(broken, parallelism=9)


def test_steps_that_rest_on_what_is_not_compared_are_skipped_with_all_that_follows() -> None:
    made = plan(
        step("a/shutdown"),
        step("a/memory", needs=("a/shutdown",)),
        step("a/start", needs=("a/memory",), closes="a/shutdown"),
        step("b/notes", needs=("a/start",)),
        step("c/notes"),
    )
    (stack,) = made.stacks
    why = "vs9 is being built"
    unknown = ServerPlan(key="db", hostname="vs9", action=Action.NOT_COMPARED, why=why)
    servers = (replace(stack.servers[0], rests_on=("db",)), *stack.servers[1:], unknown)
    schedule = Schedule(Plan(stacks=(replace(stack, servers=servers),)), parallelism=9)
    because = "db is not compared: vs9 is being built"
    assert {q.step.id: o.because for q, o in schedule.skipped_at_start} == {
        "a/shutdown": because,
        "a/memory": because,
        "a/start": f"a/shutdown did not happen: {because}",
        "b/notes": f"a/shutdown did not happen: {because}",
    }
    (left,) = take_all(schedule)
    assert left.step.id == "c/notes"
    end(schedule, left)
    assert schedule.is_complete
