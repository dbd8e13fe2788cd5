"""What windows and freezes hold of a plan, and what `--defer` leaves out of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Move, Policy, ServerSpec, Stack
from ccloud_apply.model.declared.windows import Freeze, Window
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.results.plan import Action, StackPlan
from ccloud_apply.plan.windows.hold import defer, find_obstacles
from tests.support.builders import COMPLETE, account, live, plan, spec, stack

NOON = datetime(2027, 1, 6, 12, tzinfo=UTC)
PLACE = SourceRange("base.yaml", 7, 5, 7, 60)
WEEKEND = Window(
    classes=frozenset({"create", "destroy"}),
    days=frozenset({5, 6}),
    opens=120,
    closes=360,
    zone="Europe/Berlin",
    source=PLACE,
)
OPENS = datetime(2027, 1, 9, 1, tzinfo=UTC)
CHRISTMAS = Freeze(first=date(2027, 1, 1), last=date(2027, 1, 8), reason="late Christmas")


def windowed(*servers: ServerSpec, policy: Policy | None = None) -> Stack:
    return stack(*servers, policy=policy or Policy(windows=((WEEKEND,),)))


def test_a_change_outside_its_window_holds_the_plan_and_says_when_it_may_be_done() -> None:
    built, _ = plan(windowed(spec("web", **COMPLETE)), account(), moment=NOON)
    (held,) = built.held
    assert (held.code, held.severity, held.source) == ("outside-window", Severity.HELD, PLACE)
    assert held.where == "servers.web"
    assert "base.yaml:7" in held.what
    assert "Sat 2027-01-09 02:00 Europe/Berlin (2027-01-09 01:00 UTC)" in held.what
    assert "--defer" in held.hint
    assert "--override-window" in held.hint


def test_a_hint_names_only_what_there_is_to_do() -> None:
    endless = Policy(freezes=(Freeze(first=date(2027, 1, 1)),))
    desired = windowed(spec("web", **COMPLETE), policy=endless)
    (held,) = plan(desired, account(), moment=NOON)[0].held
    assert held.hint.startswith("change the rule, repeat with --defer")
    owned = account(live(1, tags=(f"stack:{desired.name}", "server:web")))
    (held,) = plan(desired, owned, moment=NOON, is_destroy=True)[0].held
    assert held.hint == "change the rule, or repeat with --override-window REASON to do it now"


def test_inside_the_window_nothing_is_held() -> None:
    desired = windowed(spec("web", **COMPLETE))
    assert not plan(desired, account(), moment=OPENS)[0].held
    assert plan(desired, account(), moment=OPENS - timedelta(seconds=1))[0].held
    assert plan(desired, account(), moment=OPENS + timedelta(hours=4))[0].held


def test_without_a_moment_it_is_that_at_which_the_account_was_read() -> None:
    desired = windowed(spec("web", **COMPLETE))
    assert plan(desired, replace(account(), read_at=NOON))[0].held
    assert not plan(desired, replace(account(), read_at=OPENS))[0].held


def test_servers_that_one_rule_holds_are_told_once() -> None:
    servers = [spec(f"web-{i}", **COMPLETE) for i in range(8)]
    (held,) = plan(windowed(*servers), account(), moment=NOON)[0].held
    assert held.what.startswith("web-0, web-1, web-2, web-3, web-4 and 3 more may not change now")
    assert held.where.startswith("stack ")


def test_a_class_that_no_window_names_is_free() -> None:
    desired = windowed(spec("web", **{**COMPLETE, "notes": "new"}))
    built, _ = plan(desired, account(live(10001, key="web", notes="old")), moment=NOON)
    assert not built.held


def test_a_freeze_holds_everything_and_gives_its_reason() -> None:
    policy = Policy(windows=((WEEKEND,),), freezes=(CHRISTMAS,))
    (held,) = plan(windowed(spec("web", **COMPLETE), policy=policy), account(), moment=NOON)[0].held
    assert held.code == "in-freeze"
    assert "late Christmas" in held.what
    assert "2027-01-09" in held.what


def test_what_never_may_be_done_says_so() -> None:
    policy = Policy(freezes=(Freeze(first=date(2027, 1, 1)),))
    built, _ = plan(windowed(spec("web", **COMPLETE), policy=policy), account(), moment=NOON)
    assert "it may not be done within 400 days" in built.held[0].what
    assert "wait" not in built.held[0].hint
    deferring, _ = plan(
        windowed(spec("web", **COMPLETE), policy=policy), account(), moment=NOON, is_deferring=True
    )
    assert deferring.deferred[0].opens_at is None


def test_an_override_holds_nothing_and_stands_in_the_plan() -> None:
    built, _ = plan(
        windowed(spec("web", **COMPLETE)), account(), moment=NOON, override_window="disk full"
    )
    assert not built.held
    assert built.steps


def test_a_verification_is_not_held() -> None:
    desired = windowed(spec("web", **COMPLETE))
    assert not plan(desired, account(), moment=NOON, is_verification=True)[0].held


def test_what_may_not_happen_now_is_left_out_of_everything() -> None:
    desired = windowed(spec("web", **COMPLETE), spec("db", **{**COMPLETE, "notes": "new"}))
    found = account(live(10001, key="db", notes="old"))
    built, _ = plan(desired, found, moment=NOON, is_deferring=True)
    assert not built.held
    assert [server.key for server in built.servers] == ["db"]
    assert {step.server for step in built.steps} == {"db"}
    assert built.summary["create"] == 0
    (deferred,) = built.deferred
    assert (deferred.key, deferred.action, deferred.opens_at) == ("web", Action.CREATE, OPENS)
    assert "base.yaml:7" in deferred.why


def test_what_depends_on_a_deferred_server_is_deferred_too() -> None:
    desired = windowed(
        spec("db", **COMPLETE),
        spec("mid", depends_on=("db",), **COMPLETE),
        spec("web", depends_on=("mid",), **{**COMPLETE, "notes": "new"}),
        spec("other", **{**COMPLETE, "notes": "new"}),
    )
    found = account(
        live(10002, key="mid"),
        live(10003, key="web", notes="old"),
        live(10004, key="other", notes="old"),
    )
    built, _ = plan(desired, found, moment=NOON, is_deferring=True)
    assert [one.key for one in built.deferred] == ["db", "web"]
    assert built.deferred[1].why == "it waits for mid, which is deferred"
    assert built.deferred[1].opens_at == OPENS
    assert {step.server for step in built.steps} == {"other"}


def test_a_key_is_given_to_no_server_while_its_owner_is_deferred() -> None:
    desired = replace(
        windowed(spec("new", **COMPLETE), spec("old", **COMPLETE)),
        moved=(
            Move(before="old", after="new", source=PLACE),
            Move(before="other", after="old", source=PLACE),
        ),
    )
    built, _ = plan(desired, account(live(10001, key="old"), live(10002, key="other")))
    (late,) = find_obstacles(windowed(), built_create(), NOON).values()
    assert [one.key for one in defer(desired, built, {"new": late})] == ["new", "old"]
    assert [one.key for one in defer(desired, built, {"old": late})] == ["old"]


def built_create() -> StackPlan:
    return plan(windowed(spec("web", **COMPLETE)), account())[0]


def test_caps_count_only_what_is_not_deferred() -> None:
    found = account(*(live(10000 + i, key=f"web-{i}") for i in range(1, 5)))
    desired = windowed(spec("web-1", **COMPLETE))
    assert {d.code for d in plan(desired, found, moment=NOON)[0].held} == {
        "outside-window",
        "too-many-destroyed",
    }
    built, _ = plan(desired, found, moment=NOON, is_deferring=True)
    assert not built.held
    assert [one.key for one in built.deferred] == ["web-2", "web-3", "web-4"]
    assert not built.steps
