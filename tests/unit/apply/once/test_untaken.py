"""Which fields the platform did not take: those that were changed and differ still."""

from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.apply.once.untaken import find_done, find_unseen, find_untaken
from ccloud_apply.apply.result import ApplyResult, StepOutcome
from ccloud_apply.model.declared.stack import Lifecycle, ServerSpec
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.plan.diff.marks import build_untaken_tag
from tests.support.builders import COMPLETE, account, live, plan, spec, stack, wrap


def outcome(step: str, **facts: Any) -> StepOutcome:
    values = {"stack": "shop", "server": "web", "step": step, "status": "done", **facts}
    return StepOutcome(**values)


def fields_of(
    desired: ServerSpec, before: LiveServer | None, after: LiveServer, *outcomes: StepOutcome
) -> list[str]:
    """What is untaken once the plan was applied with these outcomes; all done if there is none."""
    built, _ = plan(stack(desired), account() if before is None else account(before))
    given = outcomes or tuple(outcome(step.id) for step in built.steps)
    result = ApplyResult(outcomes=given)
    done = find_done(wrap(built), result)
    found = find_untaken([stack(desired)], account(after), wrap(built), done)
    assert all(one.tag == build_untaken_tag(desired, one.field) for one in found)
    return [one.field for one in found]


def test_a_step_that_was_done_and_a_value_that_is_as_before() -> None:
    desired, before = spec(notes="new", cores=8), live(key="web", notes="old")
    assert fields_of(desired, before, live(key="web", notes="old", cores=8)) == ["notes"]
    assert fields_of(desired, before, live(key="web", notes="new", cores=8)) == []


def test_a_value_that_comes_back_cut_is_not_taken() -> None:
    desired = spec(notes="a long text")
    assert fields_of(desired, live(key="web"), live(key="web", notes="a long")) == ["notes"]


def test_a_step_that_failed_or_was_skipped_is_no_reason_and_one_that_never_showed_is() -> None:
    desired, before = spec(memory=8), live(key="web")
    for facts, found in (
        ({"status": "failed"}, []),
        ({"status": "skipped"}, []),
        ({"status": "failed", "is_unknown": True}, []),
        ({"status": "failed", "is_unseen": True}, ["memory"]),
    ):
        assert fields_of(desired, before, before, outcome("web/memory", **facts)) == found


def test_only_what_never_showed_has_had_its_time() -> None:
    built, _ = plan(stack(spec(memory=8, notes="x")), account(live(key="web")))
    outcomes = (outcome("web/memory", status="failed", is_unseen=True), outcome("web/notes"))
    result = ApplyResult(outcomes=outcomes)
    assert find_done(wrap(built), result) == {("shop", "web"): {"memory", "notes"}}
    assert find_unseen(wrap(built), result) == {("shop", "web"): {"memory"}}


def test_the_start_after_our_own_shutdown_is_no_declared_field() -> None:
    desired = spec(memory=8, lifecycle=Lifecycle(resize="offline"))
    after = live(key="web", memory_gb=8, state="Off")
    assert fields_of(desired, live(key="web"), after) == []


def test_of_a_created_server_only_what_the_create_alone_can_set_is_not_taken() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    desired = spec(**COMPLETE, description="a long text", custom_name="front", lifecycle=lifecycle)
    after = live(key="web", description="another", custom_name=None)
    assert fields_of(desired, None, after) == ["description"]


def test_one_part_of_a_field_marks_all_of_it() -> None:
    desired = spec(addons={"backup": 1, "monitoring": 2})
    after = live(key="web", addons={"backup": 1})
    assert fields_of(desired, live(key="web"), after) == ["addons"]


def test_a_server_that_is_gone_being_built_or_ignored_is_not_marked() -> None:
    desired, before = spec(notes="new"), live(key="web", notes="old")
    assert fields_of(desired, before, live(key="web", is_building=True)) == []
    assert fields_of(desired, before, live(2, key="other")) == []


@pytest.mark.parametrize(
    ("after", "found"),
    [
        pytest.param(("mine",), [], id="taken"),
        pytest.param(("MINE",), [], id="in another spelling"),
        pytest.param(("mine", "colleague"), [], id="a colleague has added one"),
        pytest.param(("theirs",), ["tags"], id="not taken"),
        pytest.param(("mine", "theirs"), ["tags"], id="the old one stays"),
        pytest.param((), ["tags"], id="the new one is missing"),
    ],
)
def test_tags_that_others_add_meanwhile_are_not_held_against_us(
    after: tuple[str, ...], found: list[str]
) -> None:
    before = live(key="web", tags=("theirs",))
    assert fields_of(spec(tags=["mine"]), before, live(key="web", tags=after)) == found


@pytest.mark.parametrize("facts", [{"is_building": True}, {"hostname": None}], ids=repr)
def test_of_a_server_in_the_making_nothing_can_be_told(facts: dict[str, Any]) -> None:
    desired = spec(notes="new")
    before = live(key="web", notes="old")
    assert fields_of(desired, before, replace(before, **facts), outcome("web/notes")) == []


def test_a_field_of_which_a_part_failed_is_not_untaken() -> None:
    desired = spec(addons={"backup": 1, "monitoring": 2}, notes="new")
    after = live(key="web", addons={"backup": 1})
    built, _ = plan(stack(desired), account(live(key="web")))
    outcomes = [
        outcome(step.id, status="failed" if "monitoring" in step.id else "done")
        for step in built.steps
    ]
    assert "failed" in {one.status for one in outcomes}
    assert fields_of(desired, live(key="web"), after, *outcomes) == ["notes"]
