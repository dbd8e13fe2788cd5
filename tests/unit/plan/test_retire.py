"""Servers that the file gives up and that wait for their end, and those that come back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.stack import Lifecycle, Policy, Rename
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account, LiveServer, Task
from ccloud_apply.model.ownership import build_ownership_tags, read_retirement, retire_tag
from ccloud_apply.model.results.plan import Action, ServerPlan, StackPlan, Step
from ccloud_apply.plan.matching.retirement import find_days
from tests.support.builders import (
    COMPLETE,
    HERE,
    READ_AT,
    account,
    live,
    only_server,
    plan,
    spec,
    stack,
)

TODAY = READ_AT.date()
LATER, REACHED = TODAY + timedelta(days=4), TODAY
OWN = ["server:old", "stack:shop"]
GONE = stack(spec("web"))
OFFLINE = Lifecycle(resize="offline")


def day_tag(day: date) -> tuple[str, ...]:
    return (retire_tag(day),)


def with_old(*tags: str, state: str = "Running", **facts: Any) -> Account:
    """A server that the file names, and one that it has named before."""
    return account(live(1, key="web"), live(2, key="old", tags=tags, state=state, **facts))


def old_of(built: StackPlan) -> ServerPlan:
    return next(server for server in built.servers if server.key == "old")


def plan_old(lives: Account, **options: Any) -> tuple[ServerPlan, tuple[Step, ...]]:
    built, _ = plan(GONE, lives, **options)
    return old_of(built), built.steps


def asks(steps: tuple[Step, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(step.id, step.path.rpartition("/")[2], step.needs) for step in steps]


class TestRetiring:
    def test_it_is_dated_first_and_shut_down_only_then(self) -> None:
        server, steps = plan_old(with_old("retire-after:7d"))
        day = TODAY + timedelta(days=7)
        assert (server.action, server.retires) == (Action.RETIRE, day)
        assert asks(steps) == [
            ("old/tags", "tags", ()),
            ("old/retire", "shutdown", ("old/tags",)),
        ]
        assert steps[0].body == {"tags": sorted([*OWN, "retire-after:7d", retire_tag(day)])}

    def test_one_that_is_off_is_only_dated(self) -> None:
        server, steps = plan_old(with_old("retire-after:7d", state="Off"))
        assert server.action is Action.RETIRE
        assert [step.id for step in steps] == ["old/tags"]
        assert not server.has_downtime

    def test_one_that_was_dated_and_runs_is_only_shut_down_and_keeps_its_day(self) -> None:
        server, steps = plan_old(with_old(retire_tag(LATER)))
        assert (server.action, server.retires, server.changes) == (Action.RETIRE, LATER, ())
        assert asks(steps) == [("old/retire", "shutdown", ())]

    def test_nothing_happens_to_one_that_waits_and_it_is_told(self) -> None:
        built, _ = plan(GONE, with_old(retire_tag(LATER), state="Off"))
        assert [server.key for server in built.retired] == ["old"]
        assert old_of(built).retires == LATER
        assert built.matches

    def test_it_goes_once_its_day_has_begun(self) -> None:
        for day in (REACHED, REACHED - timedelta(days=30)):
            server, steps = plan_old(with_old(retire_tag(day), state="Off"))
            assert (server.action, server.retires) == (Action.DESTROY, None)
            assert [step.id for step in steps] == ["old/destroy"]

    def test_the_day_is_that_of_the_plan(self) -> None:
        lives = with_old(retire_tag(LATER), state="Off")
        assert plan_old(lives, today=LATER)[0].action is Action.DESTROY
        assert plan_old(lives, moment=READ_AT + timedelta(days=4))[0].action is Action.DESTROY
        assert plan_old(lives, today=LATER - timedelta(days=1))[0].action is Action.UNCHANGED

    def test_retire_now_destroys_at_once_also_what_waits(self) -> None:
        for tags in (("retire-after:7d",), day_tag(LATER), ("retire:soon",)):
            server, _ = plan_old(with_old(*tags, state="Off"), retires_now=True)
            assert (server.action, server.retires) == (Action.DESTROY, None)

    @pytest.mark.parametrize(
        ("tags", "told"),
        [
            (("retire:soon",), "retire:soon"),
            (("retire:2027-02-30",), "retire:2027-02-30"),
            (("retire:20270401",), "retire:20270401"),
            (("retire:2027-04-01", "retire:soon"), "retire:2027-04-01, retire:soon"),
            (("retire:2027-04-01", "retire:2027-04-02"), "retire:2027-04-01, retire:2027-04-02"),
        ],
    )
    def test_a_day_that_cannot_be_read_is_not_compared(
        self, tags: tuple[str, ...], told: str
    ) -> None:
        server, steps = plan_old(with_old(*tags, state="Off"))
        assert server.action is Action.NOT_COMPARED
        assert f"carries {told}, which tells no day" in server.why
        assert steps == ()

    @pytest.mark.parametrize("tag", ["retire-after:2w", "retire-after:0d", "Retire-After:soon"])
    def test_a_wait_that_cannot_be_read_is_not_compared(self, tag: str) -> None:
        server, steps = plan_old(with_old(tag, "retire-after:7d"))
        assert server.action is Action.NOT_COMPARED
        assert f"carries {tag}, which tells no number of days" in server.why
        assert steps == ()
        server, _ = plan_old(with_old(tag, *day_tag(REACHED), state="Off"))
        assert server.action is Action.DESTROY
        server, _ = plan_old(with_old(tag), retires_now=True)
        assert server.action is Action.DESTROY

    def test_a_state_that_does_not_last_is_not_compared(self) -> None:
        for tags in (("retire-after:7d",), day_tag(LATER)):
            server, _ = plan_old(with_old(*tags, state="Paused"))
            assert server.action is Action.NOT_COMPARED
            assert "is Paused, neither Running nor Off" in server.why

    def test_the_spelling_of_a_mark_does_not_matter(self) -> None:
        server, _ = plan_old(with_old(f"Retire:{LATER}", state="Off"))
        assert (server.action, server.retires) == (Action.UNCHANGED, LATER)

    def test_one_that_is_busy_is_waited_for(self) -> None:
        task = Task(id=7, action="stop-server", status="processing", hostname="vs2")
        lives = account(live(2, key="old", tags=("retire-after:7d",)), tasks=(task,))
        server = only_server(stack(), lives)
        assert (server.action, server.is_busy) == (Action.RETIRE, True)

    def test_what_goes_in_the_end_is_shown_when_it_is_retired(self) -> None:
        server, _ = plan_old(with_old("retire-after:7d"))
        assert "custom_name" in [fact.field for fact in server.goes]

    def test_one_under_an_earlier_name_of_the_stack_is_tagged_with_the_new_one(self) -> None:
        renamed = replace(stack(spec("web")), renamed=(Rename(before="store", source=HERE),))
        lives = account(
            live(1, key="web"), live(2, key="old", stack="store", tags=("retire-after:7d", "mine"))
        )
        built, _ = plan(renamed, lives)
        assert old_of(built).action is Action.RETIRE
        day = TODAY + timedelta(days=7)
        tags = sorted([*OWN, "mine", "retire-after:7d", retire_tag(day)])
        assert built.steps[0].body == {"tags": tags}

    @pytest.mark.parametrize(
        ("state", "action", "steps"),
        [
            ("Off", Action.UPDATE, ["old/tags"]),
            ("Running", Action.RETIRE, ["old/tags", "old/retire"]),
        ],
    )
    def test_one_that_was_retired_under_an_earlier_name_of_the_stack_comes_along(
        self, state: str, action: Action, steps: list[str]
    ) -> None:
        renamed = replace(stack(spec("web")), renamed=(Rename(before="store", source=HERE),))
        marks = ("prevent-destroy", retire_tag(LATER))
        old = live(2, key="old", stack="store", tags=marks, state=state)
        built, _ = plan(renamed, account(live(1, key="web"), old))
        assert (old_of(built).action, old_of(built).retires) == (action, LATER)
        assert [step.id for step in built.steps] == steps
        assert built.steps[0].body == {"tags": sorted([*OWN, *marks])}

    def test_one_of_the_same_shape_that_is_created_beside_it_is_told(self) -> None:
        desired = stack(spec("web"), spec("new", **COMPLETE))
        built, _ = plan(desired, with_old("retire-after:7d"))
        (warning,) = (one for one in built.warnings if one.code == "looks-like-rename")
        assert "old (vs2) is retired and new of the same shape is created" in warning.what

    def test_a_released_server_loses_the_marks_and_stays_off(self) -> None:
        built, _ = plan(
            stack(spec("web"), released=["old"]),
            with_old(retire_tag(LATER), "retire-after:7d", "theirs", state="Off"),
        )
        assert [(step.id, step.body) for step in built.steps] == [
            ("old/tags", {"tags": ["theirs"]})
        ]
        assert "nothing starts it" in old_of(built).warnings[0]


class TestHowLong:
    def test_the_servers_own_days_go_before_those_of_the_policy(self) -> None:
        server = live(2, key="old", tags=("retire-after:2d",))
        assert find_days(server, None, Policy(retire=9)) == 2
        assert find_days(live(2, key="old"), None, Policy(retire=9)) == 9
        assert find_days(live(2, key="old"), None, Policy()) is None

    def test_nothing_goes_below_a_policy_above_the_stacks_own(self) -> None:
        server = live(2, key="old", tags=("retire-after:2d",))
        assert find_days(server, None, Policy(retire=9, least_retire=5)) == 5
        assert find_days(live(2, key="old"), None, Policy(least_retire=5)) == 5

    def test_the_longest_of_several_counts(self) -> None:
        server = live(2, key="old", tags=("retire-after:2d", "retire-after:4d"))
        assert find_days(server, spec("old", lifecycle=Lifecycle(retire=3)), Policy()) == 4

    @given(
        st.lists(st.integers(1, 3650), max_size=3),
        *(st.none() | st.integers(1, 3650) for _ in range(3)),
    )
    def test_nobody_waits_less_than_anybody_above_or_the_server_itself_says(
        self, tags: list[int], own: int | None, policy: int | None, least: int | None
    ) -> None:
        server = live(2, key="old", tags=tuple(f"retire-after:{days}d" for days in tags))
        entry = spec("old", lifecycle=Lifecycle(retire=own))
        found = find_days(server, entry, Policy(retire=policy, least_retire=least))
        told = [days for days in (*tags, own, least) if days is not None]
        assert found is None or not told or found >= max(told)
        assert (found is None) == (not told and policy is None)


class TestDestroyCommand:
    def test_declared_servers_are_retired_as_their_entries_say(self) -> None:
        desired = stack(spec("web"), spec("old", lifecycle=Lifecycle(retire=7)))
        built, _ = plan(desired, with_old(), is_destroy=True)
        assert {s.key: s.action for s in built.servers} == {
            "web": Action.DESTROY,
            "old": Action.RETIRE,
        }
        assert old_of(built).retires == TODAY + timedelta(days=7)

    def test_those_that_wait_are_left_alone_and_those_whose_day_has_come_go(self) -> None:
        desired = stack(spec("old"))
        for day, action in ((LATER, Action.UNCHANGED), (REACHED, Action.DESTROY)):
            lives = account(live(2, key="old", tags=day_tag(day), state="Off"))
            assert only_server(desired, lives, is_destroy=True).action is action

    def test_retire_now_destroys_all_of_them(self) -> None:
        desired = stack(spec("web"), spec("old", lifecycle=Lifecycle(retire=7)))
        built, _ = plan(desired, with_old(retire_tag(LATER)), is_destroy=True, retires_now=True)
        assert {server.action for server in built.servers} == {Action.DESTROY}


class TestRestoring:
    def test_it_is_started_and_the_mark_goes_last(self) -> None:
        built, _ = plan(
            stack(spec("web"), spec("old", notes="x")), with_old(retire_tag(LATER), state="Off")
        )
        assert old_of(built).action is Action.RESTORE
        assert old_of(built).retires is None
        assert asks(built.steps) == [
            ("old/power", "start", ()),
            ("old/notes", "notes", ()),
            ("old/tags", "tags", ("old/power",)),
        ]
        assert built.steps[-1].body == {"tags": OWN}

    def test_what_needs_it_off_is_done_before_it_starts(self) -> None:
        desired = stack(spec("web"), spec("old", cores=4, memory=8, lifecycle=OFFLINE))
        built, _ = plan(desired, with_old(retire_tag(LATER), state="Off"))
        ids = [step.id for step in built.steps]
        assert ids == ["old/cores", "old/memory", "old/power", "old/tags"]
        assert not old_of(built).has_downtime

    def test_it_stays_off_where_the_file_says_so(self) -> None:
        desired = stack(spec("web"), spec("old", power="off"))
        built, _ = plan(desired, with_old(retire_tag(LATER), state="Off"))
        assert [step.id for step in built.steps] == ["old/tags"]

    def test_it_is_started_once_where_the_file_says_running(self) -> None:
        desired = stack(spec("web"), spec("old", power="running"))
        built, _ = plan(desired, with_old(retire_tag(LATER), state="Off"))
        assert asks(built.steps) == [
            ("old/power", "start", ()),
            ("old/tags", "tags", ("old/power",)),
        ]

    def test_one_that_runs_already_only_loses_its_mark(self) -> None:
        built, _ = plan(stack(spec("web"), spec("old")), with_old(retire_tag(LATER)))
        assert old_of(built).action is Action.RESTORE
        assert [step.id for step in built.steps] == ["old/tags"]

    def test_its_day_may_be_over_and_need_not_be_readable(self) -> None:
        for tags in (day_tag(REACHED - timedelta(days=9)), ("retire:soon",), ("retire:",)):
            built, _ = plan(stack(spec("web"), spec("old")), with_old(*tags, state="Off"))
            assert old_of(built).action is Action.RESTORE
            assert built.steps[-1].body == {"tags": OWN}

    def test_a_state_that_does_not_last_is_not_compared(self) -> None:
        lives = with_old(retire_tag(LATER), state="Paused")
        built, _ = plan(stack(spec("web"), spec("old")), lives)
        assert "is Paused, neither Running nor Off" in old_of(built).why

    def test_it_comes_back_under_another_key(self) -> None:
        desired = stack(spec("web"), spec("new"), moved={"old": "new"})
        built, _ = plan(desired, with_old(retire_tag(LATER), state="Off"))
        (server,) = (one for one in built.servers if one.key == "new")
        assert (server.action, server.moved_from) == (Action.RESTORE, "old")
        assert built.steps[-1].body == {"tags": ["server:new", "stack:shop"]}

    def test_a_replaced_one_is_replaced_as_any_other(self) -> None:
        desired = stack(spec("web"), spec("old", **COMPLETE))
        lives = with_old(retire_tag(LATER), state="Off", snapshots=())
        built, _ = plan(desired, lives, replace=("old",))
        assert old_of(built).action is Action.REPLACE
        assert [step.id for step in built.steps] == ["old/destroy", "old/create"]

    def test_a_redeployed_one_is_started_and_loses_its_mark_at_the_end(self) -> None:
        desired = stack(
            spec("web"),
            spec(
                "old",
                image="rocky9_uefi",
                lifecycle=Lifecycle(on_create_only_change="redeploy"),
            ),
        )
        built, _ = plan(desired, with_old(retire_tag(LATER), state="Off"))
        assert old_of(built).action is Action.REINSTALL
        assert [step.id for step in built.steps] == ["old/redeploy", "old/power", "old/tags"]
        assert built.steps[1].needs == ("old/redeploy",)
        assert set(built.steps[2].needs) >= {"old/power"}

    def test_an_adopted_one_is_taken_as_it_is(self) -> None:
        lives = account(live(2, tags=day_tag(LATER), state="Off"))
        built, _ = plan(stack(spec("old", hostname="vs2")), lives)
        assert built.servers[0].action is Action.ADOPT
        assert [(step.id, step.body) for step in built.steps] == [("old/tags", {"tags": OWN})]


class TestGuards:
    def codes(self, held: tuple[Diagnostic, ...]) -> list[str]:
        return [diagnostic.code for diagnostic in held]

    def many(self, *tags: str, state: str = "Running") -> Iterator[LiveServer]:
        for number in range(3):
            yield live(number + 10, key=f"gone-{number}", tags=tags, state=state)

    def test_what_is_protected_is_not_retired(self) -> None:
        lives = account(live(2, key="old", tags=("retire-after:7d",), is_protected=True))
        built, _ = plan(stack(spec("web")), account(*lives.servers, live(1, key="web")))
        assert self.codes(built.held) == ["prevent-destroy"]
        assert "would be retired" in built.held[0].what

    def test_retired_and_destroyed_servers_count_together(self) -> None:
        lives = account(live(1, key="web"), live(2, key="x"), *self.many("retire-after:7d"))
        capped = stack(spec("web"), policy=Policy(max_destroy=3))
        built, _ = plan(capped, lives)
        assert self.codes(built.held) == ["too-many-destroyed"]
        assert "would be retired, destroyed or replaced, and at most 3 may be" in built.held[0].what
        assert plan(capped, lives, allow_destroy=4)[0].held == ()

    def test_those_that_wait_do_not_count(self) -> None:
        lives = account(live(1, key="web"), *self.many(retire_tag(LATER), state="Off"))
        capped = stack(spec("web"), policy=Policy(max_destroy=0))
        assert plan(capped, lives)[0].held == ()
        assert self.codes(plan(capped, lives, today=LATER)[0].held) == ["too-many-destroyed"]

    def test_a_file_without_servers_retires_none(self) -> None:
        built, _ = plan(stack(policy=Policy(retire=7)), account(live(1, key="web")))
        assert self.codes(built.held) == ["stack-emptied"]


class TestOrder:
    def test_what_depends_on_another_is_retired_first(self) -> None:
        desired = stack(
            spec("db", lifecycle=Lifecycle(retire=7)),
            spec("web", depends_on=("db",), lifecycle=Lifecycle(retire=7)),
        )
        lives = account(live(1, key="db"), live(2, key="web"))
        built, _ = plan(desired, lives, is_destroy=True)
        first = {step.id: step.needs for step in built.steps}
        assert first["db/tags"] == ("web/tags", "web/retire")
        assert first["web/tags"] == ()

    def test_what_is_restored_waits_for_what_it_depends_on(self) -> None:
        desired = stack(spec("db"), spec("web", depends_on=("db",)))
        lives = account(
            *(
                live(number, key=key, tags=day_tag(LATER), state="Off")
                for number, key in enumerate(("db", "web"), 1)
            )
        )
        built, _ = plan(desired, lives)
        first = {step.id: step.needs for step in built.steps}
        assert first["web/power"] == ("db/power", "db/tags")
        assert first["db/power"] == ()


@given(
    st.integers(1, 60),
    st.integers(0, 90),
    st.sampled_from(["Running", "Off"]),
)
def test_no_server_goes_before_it_has_waited(days: int, later: int, state: str) -> None:
    """A plan, what it asks for, and another plan some days later."""
    server, steps = plan_old(with_old(f"retire-after:{days}d", state=state))
    assert server.action is Action.RETIRE
    tags = tuple(steps[0].body["tags"])
    waiting = account(
        live(1, key="web"),
        live(2, state="Off", custom_name="shop-old", tags=tags),
    )
    assert set(build_ownership_tags("shop", "old", is_protected=False)) <= set(tags)
    assert read_retirement(tags) == TODAY + timedelta(days=days)
    after, _ = plan_old(waiting, today=TODAY + timedelta(days=later))
    assert after.action is (Action.DESTROY if later >= days else Action.UNCHANGED)
