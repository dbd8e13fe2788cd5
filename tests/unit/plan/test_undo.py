"""What an undo brings back of what happens to a server."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.undo import REVERSIBLE, find_worst, irreversible, lossy
from ccloud_apply.model.results.plan import (
    AccountChange,
    Action,
    FieldChange,
    Reversibility,
    ServerPlan,
    Step,
    ValueKind,
    find_worst_of,
)
from ccloud_apply.plan.undo import judge_change, tell_undo, tell_undo_of_account

MEMORY = FieldChange(field="memory", before=2, after=4)
GROWN = FieldChange(field="disks.1", before=20, after=40)
FEWER = FieldChange(field="addons.backup", before=1)


def step(*, is_destructive: bool = False) -> Step:
    return Step(
        id="web/x",
        server="web",
        operation="x",
        operation_id="x",
        method="PUT",
        path="/x",
        is_destructive=is_destructive,
    )


def plan(action: Action, *changes: FieldChange, **more: object) -> ServerPlan:
    server = ServerPlan(key="web", hostname="vs1", action=action, changes=changes, **more)  # type: ignore[arg-type]
    return tell_undo(server, (step(),))


@pytest.mark.parametrize(
    ("changes", "worst"),
    [
        ((MEMORY,), Reversibility.REVERSIBLE),
        ((MEMORY, FEWER), Reversibility.LOSSY),
        ((FEWER, GROWN, MEMORY), Reversibility.IRREVERSIBLE),
    ],
)
def test_a_server_is_as_the_worst_of_its_changes(
    changes: tuple[FieldChange, ...], worst: Reversibility
) -> None:
    told = plan(Action.UPDATE, *changes)
    assert told.reversibility is worst
    assert told.undo == ""  # the change says it
    assert all(change.reversibility is not None for change in told.changes)


@pytest.mark.parametrize("action", [Action.DESTROY, Action.REPLACE, Action.REINSTALL])
def test_no_undo_brings_the_data_of_a_server_back_that_goes(action: Action) -> None:
    assert plan(action).reversibility is Reversibility.IRREVERSIBLE
    assert "gone" in plan(action).undo


def test_a_server_that_is_created_goes_again_with_all_of_it() -> None:
    told = plan(Action.CREATE, FieldChange(field="ips", after={"ipv4": 2}), GROWN)
    assert told.reversibility is Reversibility.REVERSIBLE
    assert {change.reversibility for change in told.changes} == {Reversibility.REVERSIBLE}


def test_a_retired_server_comes_back_until_its_day() -> None:
    tags = FieldChange(field="tags", before=["a"], after=["a", "retire:2026-12-06"])
    told = plan(Action.RETIRE, tags, retires=date(2026, 12, 6))
    assert told.reversibility is Reversibility.REVERSIBLE
    assert told.undo == "until 2026-12-06, when it may be destroyed"


def test_a_restored_server_can_be_retired_again() -> None:
    assert plan(Action.RESTORE, MEMORY).reversibility is Reversibility.REVERSIBLE


@pytest.mark.parametrize(
    ("more", "word"),
    [({"moved_from": "db"}, "moved"), ({"is_released": True}, "its hostname")],
)
def test_a_revert_alone_is_the_wrong_way_where_a_server_changes_its_place(
    more: dict[str, object], word: str
) -> None:
    told = plan(Action.UPDATE, **more)
    assert told.reversibility is Reversibility.LOSSY
    assert word in told.undo


def test_what_an_adopted_server_was_no_file_has() -> None:
    named = FieldChange(field="custom_name", before="a", after="b")
    own = FieldChange(field="tags", before=["x"], after=["x", "stack:s"], kind=ValueKind.TAGS)
    gone = FieldChange(field="tags", before=["x"], after=["stack:s"], kind=ValueKind.TAGS)
    new = FieldChange(field="notes", after="b")
    assert judge_change(named, Action.ADOPT).reversibility is Reversibility.LOSSY
    assert judge_change(gone, Action.ADOPT).reversibility is Reversibility.LOSSY
    assert judge_change(own, Action.ADOPT) == judge_change(new, Action.ADOPT) == REVERSIBLE
    told = plan(Action.ADOPT, new)
    assert told.reversibility is Reversibility.LOSSY
    assert "released" in told.undo


def test_an_older_snapshot_that_makes_room_does_not_come_back() -> None:
    server = ServerPlan(key="web", hostname="vs1", action=Action.UPDATE, changes=(MEMORY,))
    told = tell_undo(server, (step(), step(is_destructive=True)))
    assert told.reversibility is Reversibility.IRREVERSIBLE
    assert told.undo == "a deleted snapshot does not come back"


def test_nothing_is_said_of_a_server_to_which_nothing_happens() -> None:
    server = ServerPlan(key="web", hostname="vs1", action=Action.UNCHANGED)
    assert tell_undo(server, ()) == server


def test_a_name_of_the_account_cannot_be_taken_away_again() -> None:
    first = FieldChange(field="subscriptions.S1", after="Main")
    other = FieldChange(field="subscriptions.S1", before="Main", after="Other")
    one, two = tell_undo_of_account((first, other))
    assert one.reversibility is Reversibility.IRREVERSIBLE
    assert two.reversibility is Reversibility.REVERSIBLE
    entry = AccountChange(changes=(one, two), steps=("x",)).entry
    assert entry.reversibility is Reversibility.IRREVERSIBLE


@given(st.lists(st.sampled_from([None, *Reversibility])))
def test_the_worst_is_the_last_of_their_order_and_what_nobody_judged_counts_for_none(
    found: list[Reversibility | None],
) -> None:
    worst = find_worst_of(found)
    order = list(Reversibility)
    assert (worst is None) == all(one is None for one in found)
    assert all(order.index(one) <= order.index(worst) for one in found if one and worst)
    assert worst is None or worst in found


def test_of_several_that_are_as_bad_the_first_says_why() -> None:
    assert find_worst([REVERSIBLE, lossy("a"), lossy("b")]) == lossy("a")
    assert find_worst([lossy("a"), irreversible("b")]) == irreversible("b")
    assert find_worst([]) == REVERSIBLE
