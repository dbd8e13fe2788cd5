"""One server explained: each field beside its live value, its marks, and its plan."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ccloud_apply.aspects.base import Catalogues
from ccloud_apply.model.declared.ignored import IgnoredChange, ignoring
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import Lifecycle, Policy, ServerSpec, Stack
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.model.ownership import untaken_tag
from ccloud_apply.model.results.explanation import Explanation
from ccloud_apply.model.results.plan import Action
from ccloud_apply.plan.matching.named import find_server
from ccloud_apply.plan.matching.select import PlanOptions, match_account
from ccloud_apply.plan.views.explain import LiveReading, explain_server, live_reads, with_tasks
from tests.support.builders import COMPLETE, IMAGES, READ_AT, account, live, spec, stack


def explained(
    name: str, stacks: tuple[Stack, ...], *lives: LiveServer, why: str = "", **more: Any
) -> Explanation:
    read = account(*lives, **more)
    named = find_server(name, stacks, match_account(stacks, read, PlanOptions()).index)
    options = PlanOptions() if named.stack is None else PlanOptions(target=(named.key or "",))
    matched = match_account(() if named.stack is None else (named.stack,), read, options)
    found = named.live
    reading = None
    if found is not None:
        reading = LiveReading(live=found, catalogues=Catalogues(images=IMAGES), why=why)
    return explain_server(named, matched, options, reading)


def states(one: Explanation) -> dict[str, str]:
    return {field.field: field.status for field in one.fields}


WEB = spec("web", depends_on=("db",), **{**COMPLETE, "memory": 8})
SHOP = stack(WEB, spec("db", **COMPLETE), spec("app", depends_on=("web",), **COMPLETE))
OTHERS = (live(10002, key="db"), live(10003, key="app"))


def test_a_declared_server_is_told_field_by_field() -> None:
    one = explained("web", (SHOP,), live(key="web"), *OTHERS)
    assert (one.status, one.stack, one.key, one.hostname) == ("declared", "shop", "web", "vs10001")
    assert states(one) == {**dict.fromkeys(COMPLETE, "equal"), "memory": "differs"}
    (memory,) = one.differing
    assert (memory.live, memory.declared) == (4, 8)
    assert (one.depends_on, one.needed_by) == (("db",), ("app",))
    assert one.plan is not None
    assert one.plan.server is not None
    assert one.plan.server.action is Action.UPDATE
    assert [step.operation_id for step in one.plan.steps] == ["resize_server_memory"]


def test_what_the_file_leaves_out_is_told_with_its_live_value() -> None:
    one = explained("web", (SHOP,), live(key="web", notes="hello", tags=("blue",)), *OTHERS)
    values = {field.field: field.live for field in one.unmanaged}
    assert (values["notes"], values["tags"], values["power"]) == ("hello", ["blue"], "running")
    assert not values.keys() & states(one).keys()
    assert not values.keys() & {"password", "user_data", "subnets"}  # the API never shows these


def test_a_live_value_that_was_not_read_is_unknown_and_says_why() -> None:
    bare = replace(live(key="web"), parts={})
    one = explained("web", (stack(spec("web", notes="x")),), bare, why="403: no")
    disks = next(field for field in one.unmanaged if field.field == "disks")
    assert (disks.live, disks.unknown) == (None, "403: no")


def test_a_missing_server_has_declared_fields_and_no_live_ones() -> None:
    one = explained("web", (SHOP,), *OTHERS)
    assert (one.status, one.hostname, one.unmanaged) == ("missing", None, ())
    assert set(states(one).values()) == {"new"}
    assert one.plan is not None
    assert [step.operation_id for step in one.plan.steps] == ["create_server"]


def test_a_server_that_left_the_file_is_undeclared_and_would_be_destroyed() -> None:
    snapshots = live(key="old", snapshots=())
    one = explained("old", (stack(spec("web", **COMPLETE)),), snapshots, live(10002, key="web"))
    assert (one.status, one.declaration, one.fields) == ("undeclared", None, ())
    assert one.plan is not None
    assert one.plan.server is not None
    assert one.plan.server.action is Action.DESTROY


def test_what_the_stack_releases_is_said() -> None:
    given = stack(spec("web", **COMPLETE), released=("old",))
    one = explained("old", (given,), live(key="old"), live(10002, key="web"))
    assert (one.status, one.is_released) == ("undeclared", True)


@pytest.mark.parametrize(
    ("server", "status", "owner"),
    [
        (live(), "unmanaged", (None, None)),
        (live(key="web", stack="blog"), "other-stack", ("blog", "web")),
    ],
)
def test_a_server_of_no_given_stack_says_whose_it_is(
    server: LiveServer, status: str, owner: tuple[str | None, str | None]
) -> None:
    one = explained("vs10001", (), server)
    assert (one.status, (one.stack, one.key), one.plan) == (status, owner, None)
    assert one.unmanaged != ()


def test_a_busy_server_is_not_compared_and_no_field_of_it_is_equal() -> None:
    task = Task(id=7, action="x", status="processing", hostname="vs10001", username="jane")
    one = explained("web", (SHOP,), live(key="web"), *OTHERS, tasks=(task,))
    assert "busy with task 7" in one.why
    assert one.is_busy
    assert set(states(one).values()) == {"unknown"}


def test_what_lifecycle_ignores_is_ignored_and_shown() -> None:
    ignored = spec("web", lifecycle=Lifecycle(ignore_changes=ignoring("memory")), cores=2, memory=8)
    one = explained("web", (stack(ignored),), live(key="web"))
    assert states(one) == {"cores": "equal", "memory": "ignored"}
    assert next(f.live for f in one.fields if f.field == "memory") == 4


def test_a_field_that_is_ignored_in_part_is_not_called_equal_where_it_differs() -> None:
    lifecycle = Lifecycle(ignore_changes=ignoring("disks.2", "tags.x*"))
    same = spec("web", lifecycle=lifecycle, disks=[50, 100], tags=["a"])
    one = explained("web", (stack(same),), live(key="web", disks=[50, 120], tags=("a",)))
    assert states(one) == {"disks": "ignored", "tags": "equal"}
    assert [(found.field, found.until) for found in one.ignored] == [
        ("disks.2", None),
        ("tags.x*", None),
    ]


def test_a_change_that_is_no_longer_ignored_differs() -> None:
    until = READ_AT.date()
    for days, status in ((0, "ignored"), (1, "differs")):
        entry = IgnoredChange(field="memory", until=until - timedelta(days=days), reason="test")
        given = spec("web", lifecycle=Lifecycle(ignore_changes=(entry,)), memory=8)
        one = explained("web", (stack(given),), live(key="web"))
        assert states(one) == {"memory": status}
        assert len(one.ignored) == (status == "ignored")


def test_what_the_api_never_shows_is_unknown_and_a_secret_shows_nothing() -> None:
    secret = Reference(kind="env", name="CCLOUD_SECRET_X", base="stack.yaml", is_secret=True)
    given = spec("web", password={"env": "CCLOUD_SECRET_X"}, sshkey="ssh-ed25519 AAAA")
    assert given.value("password") == secret
    one = explained("web", (stack(given),), live(key="web"))
    assert states(one) == {"password": "unknown", "sshkey": "unknown"}
    password = next(field for field in one.fields if field.field == "password")
    assert (password.is_sensitive, password.declared, password.live) == (True, None, None)


def test_tags_are_compared_without_ours() -> None:
    same = stack(spec("web", tags=["blue"], lifecycle=Lifecycle(prevent_destroy=True)))
    one = explained("web", (same,), live(key="web", tags=("blue",)))
    assert states(one) == {"tags": "equal"}  # although the protection is to be set
    other = explained("web", (stack(spec("web", tags=["red"])),), live(key="web", tags=("blue",)))
    (tags,) = other.differing
    assert [(c.before, c.after) for c in tags.changes] == [(["blue"], ["red"])]


def test_a_change_that_no_plan_can_make_differs_and_is_the_plans_error() -> None:
    one = explained("web", (stack(spec("web", disks=[20])),), live(key="web"))
    assert states(one) == {"disks": "differs"}
    (disks,) = one.differing
    assert (disks.live, disks.unknown) == ([50], "")
    (change,) = disks.changes
    assert "cannot shrink to 20 GB" in change.note
    assert one.plan is not None
    assert one.plan.server is None
    assert [d.code for d in one.plan.errors] == ["disk-shrinks"]


def test_a_guard_that_holds_the_plan_is_told() -> None:
    protected = live(key="old", is_protected=True, snapshots=())
    one = explained("old", (stack(spec("web", **COMPLETE)),), protected, live(10002, key="web"))
    assert one.plan is not None
    assert [d.code for d in one.plan.held] == ["prevent-destroy"]
    assert {mark.tag for mark in one.marks} == {"prevent-destroy"}


def test_what_other_servers_that_left_the_file_block_is_told_too() -> None:
    gone = tuple(live(10010 + n, key=f"old-{n}") for n in range(3))
    one = explained("web", (stack(WEB, spec("db", **COMPLETE)),), live(key="web"), *OTHERS, *gone)
    assert one.plan is not None
    assert [d.code for d in one.plan.held] == ["too-many-destroyed"]
    assert [step.operation_id for step in one.plan.steps] == ["resize_server_memory"]


def mark_of(tag: str, given: ServerSpec | None = None) -> Any:
    stacks = () if given is None else (stack(given),)
    server = replace(live(key="web"), tags=(*live(key="web").tags, tag))
    (mark,) = explained("vs10001", stacks, server).marks
    return mark


@pytest.mark.parametrize(
    ("tag", "meaning", "way_out", "due"),
    [
        ("incomplete", "its build failed", "--replace web", None),
        ("incomplete:accepted", "accepted as it is", "", None),
        ("prevent-destroy", "no plan destroys", "apply lifts", None),
        ("Prevent-Destroy", "no plan destroys", "by hand", None),
        ("retire:2027-01-10", "2027-01-10 (UTC), and the file", "apply restores", "2027-01-10"),
        ("retire:2027-13-10", "names no day", "apply restores it", None),
        ("retire-after:7d", "7 days apart", "brings the tag up to date", None),
        ("Retire-After:1d", "1 day apart", "brings the tag up to date", None),
        ("retire-after:soon", "no number of days to wait", "by hand, to retire-after:Nd", None),
        ("untaken:later-version", "keeps for itself", "", None),
        (untaken_tag("memory", 8), "memory did not become", "--retry web", None),
        (untaken_tag("memory", 6), "something else now", "the next apply", None),
    ],
)
def test_a_mark_has_its_meaning_and_its_way_out(
    tag: str, meaning: str, way_out: str, due: str | None
) -> None:
    mark = mark_of(tag, spec("web", memory=8))
    assert (mark.tag, mark.due) == (tag, due)
    assert meaning in mark.meaning
    assert way_out in mark.way_out
    assert bool(mark.way_out) == bool(way_out)


@pytest.mark.parametrize(
    ("tags", "meaning", "due"),
    [
        (("retire:2999-01-01",), "and may be destroyed from 2999-01-01 (UTC) on", "2999-01-01"),
        (("retire:2020-01-01",), "and may be destroyed since 2020-01-01 (UTC)", "2020-01-01"),
        (("Retire:soon",), "this tag names no day, so nothing destroys it", None),
        (("retire:2999-01-01", "retire:2998-01-01"), "its tags name several days", None),
    ],
)
def test_a_retired_server_has_its_day_and_what_keeps_it(
    tags: tuple[str, ...], meaning: str, due: str | None
) -> None:
    left = live(key="old", state="Off")
    left = replace(left, tags=(*left.tags, *tags))
    one = explained("old", (SHOP,), left, live(10004, key="web"), *OTHERS)
    assert one.status == "undeclared"
    for mark in one.marks:
        assert meaning in mark.meaning
        assert mark.due == due
        assert "to keep it, declare old again and apply, which restores it" in mark.way_out


def test_how_long_a_server_waits_is_told_against_the_file() -> None:
    server = replace(live(key="web"), tags=(*live(key="web").tags, "retire-after:7d"))
    for days, way_out in ((7, ""), (30, "up to date"), (None, "up to date")):
        given = replace(spec("web"), lifecycle=Lifecycle(retire=days))
        (mark,) = explained("web", (stack(given),), server).marks
        assert "7 days apart" in mark.meaning
        assert way_out in mark.way_out
        assert bool(mark.way_out) == (days != 7)


def test_a_mark_of_an_incomplete_server_stops_the_comparison() -> None:
    broken = replace(live(key="web"), tags=(*live(key="web").tags, "incomplete"))
    one = explained("web", (stack(spec("web", memory=8)),), broken)
    assert "failed" in one.why
    assert one.plan is not None
    assert [d.code for d in one.plan.held] == ["build-failed"]


def test_the_newest_task_that_may_have_made_a_difference_is_its_cause() -> None:
    one = explained("web", (SHOP,), live(key="web"), *OTHERS)
    tasks = [
        Task(id=3, action="resize-server", status="done", username="jane"),
        Task(id=2, action="create-server", status="done", username="bob"),
    ]
    told = with_tasks(one, tasks)
    (memory,) = told.differing
    assert memory.cause == tasks[0]
    assert told.last_tasks == tuple(tasks)
    unread = with_tasks(one, None, "403: no")
    assert (unread.last_tasks, unread.tasks_why) == (None, "403: no")


def test_nothing_is_read_of_a_server_that_is_being_built() -> None:
    assert live_reads(replace(live(), is_building=True)) == frozenset()
    assert live_reads(replace(live(), hostname=None)) == frozenset()
    assert {one.operation_id for one in live_reads(live())} >= {"list_os", "list_server_disks"}


def unread(number: int, *tags: str) -> LiveServer:
    """A server that left the file, as the server list alone tells it."""
    return replace(live(number, key=f"old-{number}", tags=tags), parts={})


def test_servers_of_which_nothing_was_read_hold_by_being_retired_as_by_being_destroyed() -> None:
    marks = (
        "retire-after:7d",
        "retire:2027-03-04",
        "retire:soon",
        "retire-after:2w",
        "retire:2027-03-01",
    )
    capped = stack(spec("web"), policy=Policy(max_destroy=1))
    others = [unread(number, mark) for number, mark in enumerate(marks, 10)]
    one = explained("web", (capped,), live(key="web"), *others)
    assert one.plan is not None
    (held,) = one.plan.held
    assert held.code == "too-many-destroyed"
    assert held.what.startswith("2 of 6 servers would be retired, destroyed or replaced")
