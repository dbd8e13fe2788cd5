"""What the marks of a server that is given up say right before each of its last steps."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ccloud_apply.apply.once.precondition import NotShownError, Standing
from ccloud_apply.model.declared.stack import Policy, Rename
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import PREVENT_DESTROY, retire_tag
from tests.support.builders import HERE, READ_AT, live, stack
from tests.unit.apply.once.test_precondition import Case

TODAY = READ_AT.date()
DAY = retire_tag(TODAY + timedelta(days=7))
OTHER = retire_tag(TODAY + timedelta(days=9))
REACHED = retire_tag(TODAY)
OURS = live(1, key="old", tags=("role",))


def tagged(*tags: str) -> LiveServer:
    """The server, by its own read and by that of its tags."""
    named = (*OURS.tags, *tags)
    return replace(OURS, tags=named, parts={**OURS.parts, "list_server_tags": named})


def retire(*tags: str) -> Case:
    return Case(stack(policy=Policy(retire=7)), tagged(*tags), allow_destroy=1)


def destroy(*tags: str, **options: bool) -> Case:
    policy = Policy(retire=7) if tags else Policy()
    return Case(stack(policy=policy), tagged(*tags), allow_destroy=1, **options)


def test_it_is_dated_while_it_is_as_the_plan_saw_it() -> None:
    assert retire().check("old/tags") is Standing.NEEDED


def test_a_server_that_was_dated_so_meanwhile_is_not_dated_again() -> None:
    case = retire()
    case.show(tagged(DAY))
    assert case.check("old/tags") is Standing.ALREADY_DONE


def test_a_server_never_gets_two_days() -> None:
    case = retire()
    case.show(tagged(OTHER))
    assert case.reason("old/tags") == f"vs1 carries {OTHER}, not {DAY}"


def test_it_is_shut_down_once_it_carries_its_day() -> None:
    case = retire()
    case.show(tagged(DAY.upper()))
    assert case.check("old/retire") is Standing.NEEDED


def test_a_server_that_does_not_show_its_day_yet_is_looked_at_again() -> None:
    """It may be behind, and somebody may have restored it after its tags were read."""
    case = retire()
    case.show(replace(tagged(DAY), tags=OURS.tags))
    with pytest.raises(NotShownError):
        case.check("old/retire")
    assert [read for _, read in case.api.reads] == ["list_server_tags", "get_server"]


@pytest.mark.parametrize("is_marked", [False, True])
def test_a_server_that_was_restored_is_not_shut_down(is_marked: bool) -> None:
    case = retire(DAY) if is_marked else retire()
    case.show(tagged())
    assert case.reason("old/retire") == f"vs1 does not carry {DAY} any more"


def test_a_server_whose_day_was_changed_is_not_shut_down() -> None:
    case = retire(DAY)
    case.show(tagged(OTHER))
    assert case.reason("old/retire") == f"vs1 carries {OTHER}, not {DAY}"


@pytest.mark.parametrize("step", ["old/tags", "old/retire"])
def test_a_protection_that_was_set_since_the_plan_stops_both_steps(step: str) -> None:
    case = retire()
    case.show(tagged(DAY, PREVENT_DESTROY))
    assert case.reason(step) == f"vs1 is protected by {PREVENT_DESTROY}"


def test_a_server_whose_day_has_come_is_destroyed_while_its_mark_stands() -> None:
    assert destroy(REACHED).check("old/destroy") is Standing.NEEDED


def test_a_server_that_was_restored_is_not_destroyed() -> None:
    case = destroy(REACHED)
    case.show(tagged())
    assert case.reason("old/destroy") == f"vs1 does not carry {REACHED} any more"


def test_a_server_that_was_given_more_time_is_not_destroyed() -> None:
    case = destroy(REACHED)
    case.show(tagged(DAY))
    assert case.reason("old/destroy") == f"vs1 carries {DAY}, not {REACHED}"


def test_a_server_that_was_retired_elsewhere_is_not_destroyed_at_once() -> None:
    case = destroy()
    case.show(tagged(DAY))
    assert case.reason("old/destroy") == f"vs1 carries {DAY}, which it did not before"


def test_no_mark_holds_what_is_not_to_wait() -> None:
    case = Case(stack(policy=Policy(retire=7)), tagged(DAY), allow_destroy=1, retires_now=True)
    case.show(tagged(OTHER))
    assert case.check("old/destroy") is Standing.NEEDED


@pytest.mark.parametrize("state", ["Off", "Running"])
def test_a_server_that_was_restored_under_the_earlier_name_of_its_stack_is_not_dated_again(
    state: str,
) -> None:
    old = live(1, key="old", stack="store", tags=(DAY,), state=state)
    renamed = replace(stack(), renamed=(Rename(before="store", source=HERE),))
    case = Case(renamed, old, allow_destroy=1)
    assert case.check("old/tags") is Standing.NEEDED
    restored = tuple(tag for tag in old.tags if tag != DAY)
    case.show(replace(old, tags=restored, parts={**old.parts, "list_server_tags": restored}))
    assert case.reason("old/tags") == f"vs1 does not carry {DAY} any more"
