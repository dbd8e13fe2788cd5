"""What holds a plan back, for stacks of every size."""

from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.model.declared.stack import Lifecycle, Policy, ServerSpec
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Action
from tests.support.builders import COMPLETE, account, errors, live, plan, spec, stack
from tests.support.reads import parts


def lives(count: int, **facts: Any) -> list[LiveServer]:
    return [live(10000 + i, key=f"web-{i}", **facts) for i in range(1, count + 1)]


@pytest.mark.parametrize(
    ("size", "doomed", "is_held"),
    [(1, 1, True), (2, 1, False), (3, 2, True), (7, 2, False), (7, 3, True), (10, 3, False)],
)
def test_without_a_policy_thirty_percent_may_go_but_always_one(
    size: int, doomed: int, is_held: bool
) -> None:
    servers = [spec(f"web-{i}") for i in range(doomed + 1, size + 1)]
    built, _ = plan(stack(*servers), account(*lives(size)))
    assert bool(built.held) is is_held
    assert [s.action for s in built.servers].count(Action.DESTROY) == doomed


def test_the_number_named_on_the_command_line_raises_the_cap_for_this_plan() -> None:
    desired = stack(spec("web-4"))
    account_ = account(*lives(4))
    assert plan(desired, account_)[0].held[0].code == "too-many-destroyed"
    assert plan(desired, account_, allow_destroy=2)[0].held
    assert not plan(desired, account_, allow_destroy=3)[0].held


def test_the_policys_cap_may_be_none_at_all() -> None:
    desired = stack(spec("web-2"), policy=Policy(max_destroy=0))
    (held,) = plan(desired, account(*lives(2)))[0].held
    assert held.severity is Severity.HELD
    assert "--allow-destroy 1" in held.hint


def test_zero_named_on_the_command_line_allows_none() -> None:
    (held,) = plan(stack(spec("web-2")), account(*lives(2)), allow_destroy=0)[0].held
    assert held.code == "too-many-destroyed"
    assert "at most 0 may be (--allow-destroy 0)" in held.what
    desired = stack(spec("web-2"), policy=Policy(max_destroy=5))
    assert plan(desired, account(*lives(2)), allow_destroy=0)[0].held


def test_another_number_on_the_command_line_never_lowers_the_cap() -> None:
    desired = stack(spec("web-3"), policy=Policy(max_destroy=2))
    assert not plan(desired, account(*lives(3)), allow_destroy=1)[0].held


def test_a_cap_that_the_command_line_raised_not_far_enough_says_so() -> None:
    (held,) = plan(stack(spec("web-4")), account(*lives(4)), allow_destroy=2)[0].held
    assert "at most 2 may be (--allow-destroy 2)" in held.what


REDEPLOY = Lifecycle(on_create_only_change="redeploy")


def losing(kind: str, key: str = "web", **lifecycle: Any) -> ServerSpec:
    """A server of which a live one with two disks loses data, and stays."""
    if kind == "disk":
        return spec(key, disks=[50], lifecycle=Lifecycle(**lifecycle))
    return spec(key, image="rocky9_uefi", lifecycle=replace(REDEPLOY, **lifecycle))


@pytest.mark.parametrize("kind", ["disk", "redeploy"])
class TestDataThatIsLostOnAServerThatStays:
    def test_it_is_marked_at_the_change_and_counted_in_the_summary(self, kind: str) -> None:
        built, _ = plan(stack(losing(kind)), account(live(key="web", disks=(50, 30))))
        (change,) = (change for change in built.servers[0].changes if change.is_destructive)
        assert change.field == {"disk": "disks.2", "redeploy": "image"}[kind]
        assert built.summary["destroys_data"] == 1
        assert built.summary["destroy"] == 0
        assert not built.held

    def test_the_declared_protection_holds_it(self, kind: str) -> None:
        desired = stack(losing(kind, prevent_destroy=True))
        lives_ = account(live(key="web", disks=(50, 30), is_protected=True))
        (held,) = plan(desired, lives_)[0].held
        assert held.code == "prevent-destroy"
        words = {"disk": "would lose data", "redeploy": "would be reinstalled"}[kind]
        assert words in held.what

    def test_the_tag_holds_it_where_the_file_lifts_the_protection(self, kind: str) -> None:
        lives_ = account(live(key="web", disks=(50, 30), is_protected=True))
        (held,) = plan(stack(losing(kind)), lives_)[0].held
        assert held.code == "prevent-destroy"
        field = {"disk": "disks", "redeploy": "image"}[kind]
        assert held.hint.startswith(f"put {field} back as before, ")

    def test_the_declared_protection_holds_it_before_the_tag_is_there(self, kind: str) -> None:
        desired = stack(losing(kind, prevent_destroy=True))
        built, _ = plan(desired, account(live(key="web", disks=(50, 30))))
        assert [held.code for held in built.held] == ["prevent-destroy"]

    def test_each_such_server_counts_against_the_cap(self, kind: str) -> None:
        desired = stack(losing(kind, "web-1"), losing(kind, "web-2"))
        lives_ = account(*lives(2, disks=(50, 30)))
        (held,) = plan(desired, lives_)[0].held
        assert held.code == "too-many-destroyed"
        assert "2 of 2 servers would be destroyed or replaced, or lose data" in held.what
        assert not plan(desired, lives_, allow_destroy=2)[0].held

    def test_it_counts_beside_those_that_are_destroyed(self, kind: str) -> None:
        lives_ = account(*lives(2, disks=(50, 30)))
        assert plan(stack(losing(kind, "web-1")), lives_)[0].held

    def test_neither_the_policy_nor_the_option_lets_it_pass_where_none_may(self, kind: str) -> None:
        lives_ = account(live(key="web", disks=(50, 30)))
        desired = stack(losing(kind), policy=Policy(max_destroy=0))
        assert plan(desired, lives_)[0].held
        assert plan(stack(losing(kind)), lives_, allow_destroy=0)[0].held
        assert not plan(desired, lives_, allow_destroy=1)[0].held


def test_a_server_that_loses_two_disks_counts_once() -> None:
    desired = stack(spec(disks=[50]), policy=Policy(max_destroy=1))
    built, _ = plan(desired, account(live(key="web", disks=(50, 30, 20))))
    assert (built.held, built.summary["destroys_data"]) == ((), 1)


def test_a_replaced_server_does_not_stay_and_loses_no_data_beside() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    desired = stack(spec(**(COMPLETE | {"pool": "pool_x"}), lifecycle=lifecycle))
    built, _ = plan(desired, account(live(key="web", disks=(50, 30))))
    assert (built.summary["replace"], built.summary["destroys_data"]) == (1, 0)


def test_a_snapshot_that_the_file_names_to_be_deleted_is_no_data_loss() -> None:
    old = Snapshot(id="7", name="old")
    desired = stack(
        spec(snapshots={"old": False}, lifecycle=Lifecycle(prevent_destroy=True)),
        policy=Policy(max_destroy=0),
    )
    built, _ = plan(desired, account(live(key="web", is_protected=True, snapshots=(old,))))
    assert [step.operation_id for step in built.steps] == ["delete_server_snapshot"]
    assert (built.held, built.summary["destroys_data"]) == ((), 0)


def test_the_command_destroy_has_no_cap_even_with_zero() -> None:
    built, _ = plan(stack(spec("web-1")), account(*lives(4)), is_destroy=True, allow_destroy=0)
    assert (built.held, len(built.steps)) == ((), 4)


def test_only_servers_that_stay_are_said_to_lose_data() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    replaced = [
        spec(f"web-{i}", **(COMPLETE | {"pool": "pool_x"}), lifecycle=lifecycle) for i in (1, 2)
    ]
    (held,) = plan(stack(*replaced), account(*lives(2, disks=(50, 30))))[0].held
    assert held.what.startswith("2 of 2 servers would be destroyed or replaced, and at most 1 may")


def test_a_stack_that_is_emptied_is_held_once() -> None:
    (held,) = plan(stack(), account(*lives(4)))[0].held
    assert held.code == "stack-emptied"
    assert "all 4 live servers of the stack" in held.what


def test_an_empty_file_never_empties_a_live_stack() -> None:
    (held,) = plan(stack(), account(live(key="web")), allow_destroy=5)[0].held
    assert held.code == "stack-emptied"
    assert "ccloud-apply destroy" in held.hint


def test_releasing_every_server_of_a_file_without_servers_empties_nothing() -> None:
    built, _ = plan(stack(released=["web"]), account(live(key="web")))
    assert (built.held, len(built.steps)) == ((), 1)


def test_an_empty_file_for_an_empty_stack_is_nothing() -> None:
    built, _ = plan(stack(), account(live()))
    assert (built.held, built.steps) == ((), ())


def test_a_protected_server_outlives_its_entry() -> None:
    account_ = account(live(1, key="db", is_protected=True), *lives(5))
    built, _ = plan(stack(*(spec(f"web-{i}") for i in range(1, 6))), account_)
    assert [held.code for held in built.held] == ["prevent-destroy"]


@pytest.mark.parametrize("tag", ["Prevent-Destroy", "PREVENT-DESTROY"])
def test_a_protection_in_another_spelling_protects_and_the_way_out_names_it(tag: str) -> None:
    protected = live(1, key="db")
    protected = replace(protected, tags=(*protected.tags, tag))
    for is_destroy in (False, True):
        built, _ = plan(stack(spec("web-1")), account(protected, *lives(1)), is_destroy=is_destroy)
        (held,) = built.held
        assert held.code == "prevent-destroy"
        assert held.hint == f"if it may go, remove the tag {tag} by hand, in the vendor's panel"


def test_lifting_the_protection_and_destroying_never_stand_in_one_plan() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    desired = stack(spec(**(COMPLETE | {"pool": "pool_x"}), lifecycle=lifecycle))
    built, _ = plan(desired, account(live(key="web", is_protected=True)))
    assert [held.code for held in built.held] == ["prevent-destroy"]


def test_destroy_has_no_cap_but_respects_protection() -> None:
    protected = spec("web-1", lifecycle=Lifecycle(prevent_destroy=True))
    free = [spec(f"web-{i}") for i in range(2, 5)]
    account_ = account(*lives(4))
    assert not plan(stack(*free), account_, is_destroy=True)[0].held
    assert len(plan(stack(protected, *free), account_, is_destroy=True)[0].held) == 1


def test_destroy_touches_nothing_that_the_stack_does_not_own() -> None:
    desired = stack(spec("web", hostname="vs10009"), spec("new", **COMPLETE))
    lives_ = account(live(10009), live(1, key="old"), live(2, key="x", stack="blog"))
    built, _ = plan(desired, lives_, is_destroy=True)
    assert [step.path for step in built.steps] == ["/ccloud/servers/vs1"]


def test_a_destroy_says_how_many_snapshots_go_with_it() -> None:
    doomed = live(key="old")
    taken = (Snapshot(id="7", name="a"), Snapshot(id="8", name="b"))
    doomed = replace(doomed, parts={**doomed.parts, "list_server_snapshots": taken})
    built, _ = plan(stack(spec()), account(doomed, live(2, key="web")))
    assert built.servers[1].warnings == ("2 snapshots of vs10001 go with it",)


def test_snapshots_are_read_only_of_servers_that_would_go() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    desired = stack(
        spec("same", pool="pool_iw_ssd", lifecycle=lifecycle),
        spec("other", pool="pool_x", lifecycle=lifecycle),
    )
    lives_ = account(live(1, key="same"), live(2, key="other"), live(3, key="gone"), live(4))
    snapshots = {"list_server_snapshots"}
    assert parts(desired, lives_) == {"vs2": snapshots, "vs3": snapshots}


def test_a_destroy_and_a_create_of_the_same_shape_look_like_a_rename() -> None:
    lives_ = account(live(1, key="front"), live(2, key="db"))
    built, _ = plan(stack(spec("web", **COMPLETE), spec("db")), lives_)
    (warning,) = built.warnings
    assert "moved: [{from: front, to: web}]" in warning.hint


def test_an_incomplete_server_cannot_be_created_and_the_error_lists_what_is_missing() -> None:
    (found,) = errors(stack(spec(cores=2, memory=4)), account())
    assert "requires pool, type, image, disks" in found.what


class TestTargets:
    def test_a_target_brings_what_it_depends_on(self) -> None:
        desired = stack(
            spec("web", **COMPLETE, depends_on=("db",)),
            spec("db", **COMPLETE),
            spec("mail", **COMPLETE),
        )
        built, _ = plan(desired, account(), target=("w*",))
        assert {server.key for server in built.servers} == {"web", "db"}

    def test_an_exclusion_takes_along_what_depends_on_it(self) -> None:
        desired = stack(
            spec("web", **COMPLETE, depends_on=("db",)),
            spec("db", **COMPLETE),
            spec("mail", **COMPLETE),
        )
        built, _ = plan(desired, account(), exclude=("db",))
        assert {server.key for server in built.servers} == {"mail"}

    def test_a_pattern_that_names_nothing_is_an_error(self) -> None:
        (found,) = errors(stack(spec(cores=2)), account(live(key="web")), target=("wbe",))
        assert (found.where, found.code) == ("--target", "no-such-server")
