"""What a run has done since the account was read, by its steps alone."""

from dataclasses import replace
from datetime import UTC, datetime

from ccloud_apply.apply.result import ApplyResult, StepOutcome, StepStatus
from ccloud_apply.model.event import Event, EventType
from ccloud_apply.workflows.present import HostnameListener, find_since
from tests.support.step_plans import plan, step

PLAN = plan(step("web/delete"), step("web/create"), step("db/notes"))


def outcome(id: str, status: StepStatus) -> StepOutcome:
    return StepOutcome(stack="web", server=id.split("/")[0], step=id, status=status)


def event(type: EventType, step: str | None, hostname: str | None) -> Event:
    time = datetime(2027, 1, 1, tzinfo=UTC)
    return Event(type=type, time=time, stack="web", server="web", step=step, hostname=hostname)


def test_a_server_whose_steps_were_all_skipped_was_not_touched() -> None:
    outcomes = (outcome("web/delete", "failed"), outcome("web/create", "skipped"))
    result = ApplyResult(outcomes=(*outcomes, outcome("db/notes", "skipped")))
    since = find_since(PLAN, result, {})
    assert since.touched == {("web", "web")}
    assert since.gone == set()


def test_a_step_without_an_outcome_may_have_been_sent() -> None:
    assert find_since(PLAN, ApplyResult(stopped=True), {}).touched == {
        ("web", "web"),
        ("web", "db"),
    }


def test_a_replaced_server_is_gone_and_known_by_the_name_of_the_new_one_alone() -> None:
    result = ApplyResult(outcomes=(outcome("web/delete", "done"), outcome("web/create", "done")))
    told: list[Event] = []
    listener = HostnameListener(told.append)
    for one in (
        event("step_complete", "web/delete", "vs1"),
        event("step_complete", "web/create", "vs2"),
        event("warning", None, "vs3"),
        event("step_start", "db/notes", None),
    ):
        listener.on_event(one)
    assert len(told) == 4
    since = find_since(PLAN, result, listener.hostnames)
    assert since.gone == {("web", "web")}
    assert since.hostnames == {("web", "web"): "vs2"}


def test_a_create_that_failed_for_certain_is_not_told_as_a_server_that_is_there() -> None:
    made = plan(step("web/create"))
    hostnames = {("web", "web/create"): "vs2"}
    failed = outcome("web/create", "failed")

    def named(one: StepOutcome) -> object:
        return find_since(made, ApplyResult(outcomes=(one,)), hostnames).hostnames

    assert named(failed) == {}
    assert named(replace(failed, is_unknown=True)) == {("web", "web"): "vs2"}
