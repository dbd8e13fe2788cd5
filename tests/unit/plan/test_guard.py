"""What holds a plan back, for stacks of every size."""

from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.model.account import LiveServer
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.plan import Action
from ccloud_apply.model.stack import Lifecycle, Policy
from ccloud_apply.plan.build import PlanOptions, server_reads
from tests.builders import COMPLETE, account, errors, live, plan, spec, stack


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
    doomed = replace(doomed, parts={**doomed.parts, "list_server_snapshots": ("a", "b")})
    built, _ = plan(stack(spec()), account(doomed, live(2, key="web")))
    assert built.servers[1].warnings == ("2 snapshots of vs10001 go with it",)


def test_snapshots_are_read_only_of_servers_that_would_go() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    desired = stack(
        spec("same", pool="pool_iw_ssd", lifecycle=lifecycle),
        spec("other", pool="pool_x", lifecycle=lifecycle),
    )
    lives_ = account(live(1, key="same"), live(2, key="other"), live(3, key="gone"), live(4))
    snapshots = frozenset({"list_server_snapshots"})
    assert server_reads([desired], lives_, PlanOptions()) == {"vs2": snapshots, "vs3": snapshots}


def test_a_destroy_and_a_create_of_the_same_shape_look_like_a_rename() -> None:
    lives_ = account(live(1, key="front"), live(2, key="db"))
    built, _ = plan(stack(spec("web", **COMPLETE), spec("db")), lives_)
    (warning,) = built.warnings
    assert "moved: [{from: front, to: web}]" in warning.hint


def test_an_incomplete_server_cannot_be_created_and_the_error_lists_what_is_missing() -> None:
    (found,) = errors(stack(spec(cores=2, memory=4)), account())
    assert "pool, type, image, disks must be given" in found.what


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
