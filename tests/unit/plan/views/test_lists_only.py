"""Drift by the lists alone: the same judgement as in full, but for what it says it has not seen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.stack import Lifecycle, Stack
from ccloud_apply.model.live.account import (
    NOTHING,
    Account,
    BootDevice,
    LiveAdapter,
    LiveServer,
    Schedule,
    Task,
)
from ccloud_apply.model.results.drift import StackDrift
from ccloud_apply.operations import OPERATIONS
from ccloud_apply.plan.matching.select import PlanOptions, match_account
from ccloud_apply.plan.views.drift import as_compared, find_drift
from ccloud_apply.plan.views.lists_only import compare_by_lists
from tests.support.builders import COMPLETE, READ_AT, account, live, spec, stack

OF_ONE = {o.id for o in OPERATIONS.values() if "{hostname}" in o.path}
LATER = (READ_AT + timedelta(days=9)).date().isoformat()


def without_own_reads(lives: Account) -> Account:
    """The account as its lists tell it."""
    servers = (
        replace(s, parts={name: v for name, v in s.parts.items() if name not in OF_ONE})
        for s in lives.servers
    )
    return replace(lives, servers=tuple(servers))


def in_full(desired: Stack, lives: Account) -> StackDrift:
    report, errors = find_drift(
        match_account([as_compared(desired)], lives, PlanOptions()), PlanOptions()
    )
    assert report is not None, errors
    return report.stacks[0]


def by_lists(desired: Stack, lives: Account) -> tuple[StackDrift, tuple[str, ...]]:
    matched = match_account([as_compared(desired)], without_own_reads(lives), PlanOptions())
    found = compare_by_lists(matched)
    report, errors = find_drift(found.matched, PlanOptions())
    assert report is not None, errors
    return report.stacks[0], found.not_looked_at[desired.name]


def fields_of(found: StackDrift) -> dict[str, set[str]]:
    return {
        server.key: {change.field.partition(".")[0] for change in server.changes}
        for server in found.drifted
    }


DECLARED: dict[str, Sequence[Any]] = {
    "memory": (4, 8),
    "notes": ("a", "b"),
    "disks": ([50], [60]),
    "power": ("running", "off"),
    "boot_order": (("Drive",), ("DVD", "Drive")),
    "dvds": ((), ("debian.iso",)),
    "ips": ({"ipv4": 1}, {"ipv4": 2}),
    "scheduled_snapshots": (
        None,
        {"frequency": 6},
        {"frequency": 6, "next_run": "2027-01-01 03:00"},
    ),
}
LIVE: dict[str, Sequence[Any]] = {
    "memory_gb": (4, 8, None),
    "notes": ("a", None),
    "disks": ((50,), (60,), (50, 10)),
    "state": ("Running", "Off", "Paused"),
    "schedule": (None, Schedule(frequency=6, next_run=None)),
    "adapters": ((), (LiveAdapter(id="a", addresses=("198.18.0.10",)),)),
    "network": ((LiveAdapter(id="a", addresses=("198.18.0.10",)),),),
    "boot_order": ((BootDevice(id=1, type="Drive"), BootDevice(id=2, type="DVD")),),
}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Stack, Account]:
    """A stack of three servers, and what became of them."""
    specs, lives = [], []
    for number, key in enumerate(("a", "b", "c"), start=10001):
        names = draw(st.sets(st.sampled_from(sorted(DECLARED))))
        fields = {name: draw(st.sampled_from(DECLARED[name])) for name in sorted(names)}
        ignored = draw(st.sets(st.sampled_from(sorted(DECLARED)), max_size=1))
        lifecycle = Lifecycle(ignore_changes=ignoring(*sorted(ignored)))
        is_declared = draw(st.booleans())
        if is_declared:
            specs.append(spec(key, lifecycle=lifecycle, **fields))
        facts = {name: draw(st.sampled_from(LIVE[name])) for name in LIVE}
        server = live(number, key=key, snapshots=(), **facts)
        parts = {**server.parts, "list_customer_ips": (), "get_server_schedule": None}
        tags = draw(st.sampled_from(((), (f"retire:{LATER}",), ("retire:soon",), ("incomplete",))))
        server = replace(server, parts=parts, tags=(*server.tags, *tags))
        server = replace(server, is_building=draw(st.integers(0, 9)) == 0)
        if draw(st.integers(0, 4)):
            lives.append(server)
    return stack(*specs), account(*lives)


@given(pairs())
def test_what_is_looked_at_is_judged_as_in_full_and_the_rest_is_named(
    pair: tuple[Stack, Account],
) -> None:
    desired, lives = pair
    full = in_full(desired, lives)
    lists, unlooked = by_lists(desired, lives)
    assert lists.missing == full.missing
    for key, fields in fields_of(lists).items():
        told = fields_of(full).get(key, set()) | {one.key for one in full.not_compared}
        assert fields <= told or key in told
    for key, fields in fields_of(full).items():
        if key not in {one.key for one in lists.not_compared}:
            assert fields - fields_of(lists).get(key, set()) <= {*unlooked}
    surely = {one.key for one in full.not_compared} - {one.key for one in lists.not_compared}
    assert not surely or unlooked  # a state or a part that nobody has read
    if not unlooked:
        assert lists == full


def test_disks_and_power_are_neither_equal_nor_drifted_and_the_rest_is_compared() -> None:
    desired = stack(spec(**{**COMPLETE, "disks": [60], "power": "off", "memory": 8}))
    lists, unlooked = by_lists(desired, account(live(key="web")))
    assert unlooked == ("disks", "power")
    assert fields_of(lists) == {"web": {"memory"}}
    assert fields_of(in_full(desired, account(live(key="web"))))["web"] >= {"disks", "power"}


def test_a_field_that_is_ignored_or_of_which_the_list_tells_enough_is_no_gap() -> None:
    adapters = (LiveAdapter(id="a", addresses=("198.18.0.10",)),)
    lives = account(live(key="web", adapters=adapters))
    lifecycle = Lifecycle(ignore_changes=ignoring("disks"))
    desired = stack(spec(disks=[60], ips={"ipv4": 1}, lifecycle=lifecycle))
    lists, unlooked = by_lists(desired, lives)
    assert (unlooked, lists.in_sync, lists.matches) == ((), ("web",), True)
    more = stack(spec(ips={"ipv4": 2}))
    assert by_lists(more, lives)[1] == ("ips",)


def test_a_server_that_is_missing_or_not_compared_leaves_no_field_out() -> None:
    desired = stack(spec("a", disks=[50]), spec("b", disks=[50]), spec("c", disks=[50]))
    busy = Task(id=7, action="resize-server", status="processing", hostname="vs10002")
    lives = replace(account(live(key="a", is_building=True), live(10002, key="b")), tasks=(busy,))
    lists, unlooked = by_lists(desired, lives)
    assert (unlooked, lists.missing) == ((), ("c",))
    assert [one.key for one in lists.not_compared] == ["a", "b"]


def retired(day: str, **facts: Any) -> LiveServer:
    found = live(10002, key="old", **facts)
    return replace(found, tags=(*found.tags, f"retire:{day}"), parts=NOTHING)


def test_nobody_asks_whether_a_retired_server_runs_and_the_report_says_so() -> None:
    lists, unlooked = by_lists(stack(spec(cores=2)), account(live(key="web"), retired(LATER)))
    assert [one.key for one in lists.retired] == ["old"]
    assert (unlooked, lists.matches) == (("power",), True)


def test_a_retired_server_that_is_declared_again_has_drifted() -> None:
    lists, unlooked = by_lists(stack(spec("old", power="running")), account(retired(LATER)))
    (server,) = lists.drifted
    assert (server.is_retired, unlooked) == (True, ("power",))


def test_a_server_that_is_extra_needs_no_read_of_its_own() -> None:
    today = READ_AT.date().isoformat()
    gone = account(replace(live(key="gone"), parts=NOTHING), retired(today))
    lists, unlooked = by_lists(stack(), gone)
    assert ([one.key for one in lists.extra], unlooked) == (["gone", "old"], ())
