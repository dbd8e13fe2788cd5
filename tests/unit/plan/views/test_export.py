"""Exports, and the law that gives them worth: planned, they adopt and do nothing else."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.errors import UsageError
from ccloud_apply.load.stack.build import VariableSources, load_stack
from ccloud_apply.load.text.parse import MAX_SCALAR
from ccloud_apply.load.write.dump import dump_stack
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import (
    Account,
    BootDevice,
    Image,
    LiveAdapter,
    LiveDrive,
    LiveServer,
    Schedule,
)
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Action, StackPlan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.views.export import (
    MAX_TEXT,
    build_export,
    describe_addresses,
    export_reads,
    find_surprises,
)
from ccloud_apply.plan.views.export_selection import Choice, ExportRequest, choose_servers
from tests.support import builders
from tests.support.builders import IMAGES, READ_AT, account
from tests.support.simulation import apply_plan


def live(number: int = 10001, **facts: Any) -> LiveServer:
    """A server of which all that an export looks at was read; it shows no adapter and no snapshot
    unless the facts say so."""
    return builders.live(number, **({"network": (), "snapshots": ()} | facts))


HOSTILE = ["${key}", "$${", "two\nlines", " :: \n::x::y", "\x1b[2J", "\ud800", "off", "x" * 50]

texts = st.none() | st.sampled_from(["web 1", "Wéb", "", *HOSTILE]) | st.text(max_size=12)
tags = st.sampled_from(
    [
        "red",
        "off",
        "12",
        "a:b",
        "two words",
        "ünï",
        "prevent-destroy",
        "::x",
        "incomplete",
        "Stack:x",
        "retire-after:7d",
    ]
)
times = st.datetimes(datetime(900, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - the API has no zone
sizes = st.sampled_from([0, 1, 20, 20, 50, 6000])
addresses = st.sampled_from(["10.0.0.1", "10.0.0.2", "2001:db8::1", "fe80::1", "169.254.0.1"])
adapters = st.lists(
    st.builds(
        LiveAdapter,
        id=st.sampled_from(["a-1", "a-2", None]),
        addresses=st.none() | st.lists(addresses, max_size=4).map(tuple),
    ),
    max_size=3,
).map(tuple)
snapshot_names = st.sampled_from(
    [
        None,
        "",
        "before-upgrade",
        " padded ",
        "two\nlines",
        "ccloud-apply-7-before-resize",
        "x" * 200,
    ]
)
snapshots = st.lists(
    st.builds(Snapshot, id=st.sampled_from("123"), name=snapshot_names), max_size=12
).map(tuple)
drives = st.lists(
    st.builds(
        LiveDrive,
        id=st.sampled_from(["ide0s0", "ide1s0"]),
        path=st.sampled_from([None, "debian.iso", "\\\\share\\Debian.iso", "a/b/other.iso", "x/"]),
    ),
    max_size=3,
).map(tuple)
boot_orders = st.lists(
    st.builds(
        BootDevice,
        id=st.integers(0, 3),
        type=st.sampled_from([None, "Drive", "DVD", "Net"]),
        device=st.sampled_from([None, "sc0s0", "sc0s1", "ide0s0"]),
    ),
    max_size=4,
).map(tuple)


@st.composite
def live_servers(draw: st.DrawFn, number: int) -> LiveServer:
    owner = draw(st.sampled_from([None, None, "shop", "other"]))
    # An owned server whose build failed is held, exported or not.
    found = draw(st.lists(tags, max_size=4, unique=True))
    return live(
        number,
        key=None if owner is None else f"key-{number}",
        stack=owner or "",
        tags=tuple(tag for tag in found if owner is None or tag != "incomplete"),
        disks=draw(st.lists(sizes, max_size=6)),
        state=draw(st.sampled_from(["Running", "Off", "Paused"])),
        schedule=draw(
            st.none()
            | st.builds(
                Schedule,
                frequency=st.sampled_from([1, 6, 24, 5]),
                next_run=st.none() | times,
            )
        ),
        network=draw(adapters),
        adapters=draw(st.none() | adapters),
        snapshots=draw(snapshots),
        drives=draw(drives),
        boot_order=draw(boot_orders),
        custom_name=draw(texts),
        cores=draw(st.sampled_from([None, 0, 1, 64, 128])),
        memory_gb=draw(st.sampled_from([None, 1, 1024])),
        pool=draw(st.sampled_from([None, "pool_iw_ssd", "${var.pool}"])),
        type=draw(st.sampled_from(["managed", "unmanaged", "other", None])),
        os_name=draw(st.sampled_from([None, "Linux Debian 12", "Unheard of", "Twice"])),
        description=draw(texts),
        notes=draw(texts),
        addons=draw(
            st.dictionaries(
                st.sampled_from(["monitoring", "x", "no/name"]), st.sampled_from([0, 1, 5000])
            )
        ),
        is_building=draw(st.sampled_from([False, False, False, True])),
        is_deleting=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    count = draw(st.integers(0, 5))
    servers = [draw(live_servers(10001 + i)) for i in range(count)]
    twice = (Image(image="a", name="Twice"), Image(image="b", name="Twice"))
    return Account(servers=tuple(servers), images=(*IMAGES, *twice), read_at=READ_AT)


def choose(lives: Account, **request: Any) -> Choice:
    choice, diagnostics = choose_servers(lives, ExportRequest(**request))
    assert choice is not None, diagnostics
    return choice


def export(lives: Account, **request: Any) -> Mapping[str, Any]:
    """The servers of an export, by key."""
    servers: Mapping[str, Any] = build_export(choose(lives, **request), lives)[0]["servers"]
    return servers


def field_warnings(lives: Account) -> list[str]:
    return [warning.what for warning in build_export(choose(lives), lives)[1]]


def load(text: str) -> Stack:
    loaded = load_stack(
        text.encode(), path="x.yaml", variables=VariableSources(), look=lambda reference: None
    )
    assert loaded.stack is not None, loaded.diagnostics
    return loaded.stack


def plan_of(desired: Stack, lives: Account) -> StackPlan:
    plan, diagnostics = build_plan([desired], lives, PlanOptions())
    assert plan is not None, diagnostics
    assert plan.held == ()
    return plan.stacks[0]


@given(accounts(), st.sampled_from(["shop", "fresh", None]))
def test_planned_at_once_an_export_adopts_and_applied_nothing_is_left(
    lives: Account, name: str | None
) -> None:
    try:
        choice, diagnostics = choose_servers(lives, ExportRequest(stack=name))
    except UsageError:
        return  # nobody is left to export
    assert choice is not None, diagnostics
    stack = load(dump_stack(build_export(choice, lives)[0]))
    plan = plan_of(stack, lives)
    assert find_surprises(plan) == ()
    for server in plan.servers:
        usual = Action.UNCHANGED if server.key in choice.owned else Action.ADOPT
        is_building = choice.servers[server.key].is_building
        assert server.action is (Action.NOT_COMPARED if is_building else usual)
    again = plan_of(stack, apply_plan(plan, lives))
    assert again.steps == ()


@given(accounts())
def test_keys_are_keys_and_the_order_of_the_server_list_means_nothing(lives: Account) -> None:
    backwards = replace(lives, servers=lives.servers[::-1])
    try:
        choice = choose(lives)
    except UsageError:
        return
    assert choice == choose(backwards)
    assert all(len(key) <= 40 for key in choice.servers)
    assert build_export(choice, lives) == build_export(choice, backwards)


def test_a_server_is_exported_with_everything_it_has() -> None:
    server = live(
        custom_name="Front End",
        tags=("web", "production"),
        disks=(50, 20, 20),
        schedule=Schedule(frequency=6, next_run=READ_AT.replace(tzinfo=None)),
        notes="one\r\ntwo",
        description="d",
        addons={"monitoring": 1, "gone": 0},
        state="Off",
        network=(LiveAdapter(id="a-1", addresses=("10.0.0.1", "10.0.0.2", "2001:db8::1")),),
        snapshots=(Snapshot(id="1", name="before-upgrade"), Snapshot(id="2", name=None)),
        drives=(LiveDrive(id="ide0s0", path="share/debian.iso"), LiveDrive(id="ide1s0")),
        boot_order=(
            BootDevice(id=1, type="DVD", device="ide0s0"),
            BootDevice(id=2, type="Drive", device="sc0s0"),
        ),
    )
    assert export(account(server)) == {
        "front-end": {
            "hostname": "vs10001",
            "custom_name": "Front End",
            "description": "d",
            "pool": "pool_iw_ssd",
            "type": "unmanaged",
            "image": "debian12_uefi",
            "cores": 2,
            "memory": 4,
            "disks": [50, 20, 20],
            "dvds": ["debian.iso"],
            "boot_order": ["ide0s0"],
            "ips": {"ipv4": 2, "ipv6": 1},
            "tags": ["production", "web"],
            "addons": {"monitoring": 1},
            "scheduled_snapshots": {"frequency": 6, "next_run": "2027-03-01 10:30"},
            "snapshots": ["before-upgrade"],
            "notes": "one\ntwo\n",
            "power": "off",
        }
    }


def test_every_field_that_the_api_shows_is_exported_in_the_order_of_a_file() -> None:
    server = live(
        custom_name="a",
        description="d",
        notes="n",
        tags=("t",),
        addons={"backup": 1},
        schedule=Schedule(frequency=6, next_run=None),
        adapters=(LiveAdapter(id="a-1", addresses=("10.0.0.1",)),),
        network=None,
        snapshots=(Snapshot(id="1", name="s"),),
        drives=(LiveDrive(id="ide0s0", path="debian.iso"),),
        boot_order=(BootDevice(id=1, type="DVD", device="ide0s0"),),
    )
    (written,) = export(account(server)).values()
    assert {*written} - {"hostname"} == {n for n, a in ASPECTS.items() if a.is_compared}
    assert " ".join(written) == (
        "hostname custom_name description pool type image cores memory disks dvds boot_order ips"
        " tags addons scheduled_snapshots snapshots notes power"
    )


@pytest.mark.parametrize(
    ("listed", "own", "expected"),
    [
        ((("10.0.0.1",),), (("10.0.0.1", "10.0.0.2"),), {"ipv4": 1}),
        (None, (("10.0.0.1", "10.0.0.2"), ("10.0.1.1",)), {"ipv4": 1}),
        (None, (("10.0.0.1",), ()), None),
        (None, (("10.0.0.1",), None), None),
        (None, (("fe80::1", "2001:db8::1"),), {"ipv6": 1}),
        (None, (tuple(f"10.0.0.{n}" for n in range(100)),), {"ipv4": 64}),
    ],
)
def test_no_more_addresses_are_exported_than_every_adapter_has_for_certain(
    listed: tuple[Any, ...] | None, own: tuple[Any, ...], expected: Any
) -> None:
    server = live(
        adapters=None if listed is None else _build_adapters(listed), network=_build_adapters(own)
    )
    assert export(account(server))["vs10001"].get("ips") == expected


def _build_adapters(rows: tuple[Any, ...]) -> tuple[LiveAdapter, ...]:
    return tuple(LiveAdapter(id=f"a-{n}", addresses=row) for n, row in enumerate(rows))


def test_snapshots_that_ccloud_apply_takes_itself_are_not_exported() -> None:
    names = ("ccloud-apply-1-before-resize", "mine", " mine ", None)
    taken = tuple(Snapshot(id=str(n), name=name) for n, name in enumerate(names))
    assert export(account(live(snapshots=taken)))["vs10001"]["snapshots"] == ["mine"]


def test_the_protection_of_a_server_is_exported() -> None:
    protected = live(key="db", is_protected=True)
    assert export(account(protected))["db"]["lifecycle"] == {"prevent_destroy": True}


def marked(number: int, *marks: str, **facts: Any) -> LiveServer:
    """A server of the stack shop with these tags of ours."""
    found = live(number, **facts)
    return replace(found, tags=(*found.tags, *marks))


@pytest.mark.parametrize("key", ["db", None])
def test_how_long_a_server_waits_for_its_end_is_exported_and_stays(key: str | None) -> None:
    lives = account(marked(1, "retire-after:7d", "retire-after:30d", key=key))
    choice = choose(lives)
    (entry,) = build_export(choice, lives)[0]["servers"].values()
    assert entry["lifecycle"] == {"retire": "30d"}
    assert not any("retire-after" in what for what in field_warnings(lives))


@pytest.mark.parametrize("key", ["db", None])
def test_more_days_than_a_file_can_hold_become_the_most_that_it_can_and_that_is_said(
    key: str | None,
) -> None:
    lives = account(marked(1, "retire-after:9999d", key=key))
    document, warnings = build_export(choose(lives), lives)
    (entry,) = document["servers"].values()
    assert entry["lifecycle"] == {"retire": "3650d"}
    assert [w.what for w in warnings] == [
        "it waits 9999 days for its end, and a file can say 3650 at most"
    ]
    plan = plan_of(load(dump_stack(document)), lives)
    assert find_surprises(plan) == ()
    assert plan.has_changes


def test_a_retired_server_is_left_out_for_a_file_without_it_lets_it_go() -> None:
    lives = account(live(1, key="a"), marked(2, "retire:2999-01-01", key="b", state="Off"))
    for request in ({}, {"tag": "stack:shop"}, {"hostnames": ("vs1",)}):
        choice = choose(lives, stack="shop", **request)
        assert set(choice.servers) == {"a"}
        (warning,) = choice.warnings
        assert "from 2999-01-01 (UTC) on it may be destroyed" in warning.what
        assert warning.hint == "to keep it, export it by its name: --hostname vs2"
    stack = load(dump_stack(build_export(choose(lives), lives)[0]))
    plan = plan_of(stack, lives)
    assert (plan.steps, [server.key for server in plan.retired]) == ((), ["b"])


def test_a_retired_server_whose_day_has_come_is_left_out_and_what_follows_is_said() -> None:
    lives = account(live(1, key="a"), marked(2, "retire:2020-01-01", key="b"))
    (warning,) = choose(lives).warnings
    assert "since 2020-01-01 (UTC) it may be destroyed, and the next apply does so" in warning.what
    (warning,) = choose(account(live(1, key="a"), marked(2, "retire:soon", key="b"))).warnings
    assert "its tags name no one day" in warning.what


def test_a_retired_server_that_is_asked_for_is_restored_as_it_is_and_that_is_said() -> None:
    lives = account(
        live(1, key="a"), marked(2, "retire:2020-01-01", "retire-after:7d", key="b", state="Off")
    )
    request: dict[str, Any] = {"hostnames": ("vs1", "vs2")}
    servers = export(lives, **request)
    assert (servers["b"]["power"], servers["b"]["lifecycle"]) == ("off", {"retire": "7d"})
    document, warnings = build_export(choose(lives, **request), lives)
    assert [w.what for w in warnings] == [
        "it is retired: a plan of this file restores it, which takes its mark away"
    ]
    plan = plan_of(load(dump_stack(document)), lives)
    assert find_surprises(plan) == ()
    assert [server.action for server in plan.servers] == [Action.UNCHANGED, Action.RESTORE]
    assert [step.id for step in plan.steps] == ["b/tags"]


def test_a_stacks_own_servers_keep_their_keys_and_need_no_hostname() -> None:
    servers = export(account(live(key="web-1", custom_name="other")), stack="shop")
    assert list(servers) == ["web-1"]
    assert "hostname" not in servers["web-1"]


def test_the_stack_is_the_one_that_owns_all_of_the_servers() -> None:
    lives = account(live(1, key="a"), live(2, key="b"), live(3))
    assert choose(lives, tag="stack:shop").stack == "shop"
    assert choose(lives).stack == "imported"


def test_the_rest_of_a_stack_comes_along_for_a_file_without_it_would_destroy_it() -> None:
    choice = choose(account(live(1, key="a"), live(2, key="b")), hostnames=("vs1",))
    assert set(choice.servers) == {"a", "b"}
    assert "vs2 is included although not asked for" in choice.warnings[0].what


def test_servers_of_other_stacks_are_left_out_and_named() -> None:
    lives = account(live(1, key="a", stack="other"), live(2))
    choice = choose(lives, stack="shop")
    assert [server.hostname for server in choice.servers.values()] == ["vs2"]
    assert [(w.where, w.what) for w in choice.warnings] == [
        ("vs1", "it belongs to the stack other, so it is not exported")
    ]


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (live(is_building=True), "still being built"),
        (live(is_deleting=True), "being deleted"),
        (live(tags=("server:web",)), "no stack"),
        (replace(live(), hostname=None), "no hostname"),
        (replace(live(), hostname="a b"), "no hostname"),
        (live(key="a", is_deleting=True), "being deleted"),
    ],
)
def test_a_server_that_cannot_be_adopted_is_left_out(server: LiveServer, reason: str) -> None:
    choice = choose(account(server, live(2)), stack="shop")
    assert len(choice.servers) == 1
    assert reason in choice.warnings[0].what


def test_names_that_are_taken_get_the_hostname_behind_them() -> None:
    lives = account(
        live(1, key="web"),
        live(2, custom_name="Web"),
        live(3, custom_name="web-vs2"),
        live(4, custom_name="W" * 60),
        live(5, custom_name="w" * 40),
        live(6, custom_name="数据"),
        live(7),
    )
    long = "w" * 40
    assert list(choose(lives, stack="shop").servers) == [
        "web",
        "web-vs2",
        "web-vs2-vs3",
        long,
        f"{'w' * 36}-vs5",
        "vs6",
        "vs7",
    ]


def test_an_unknown_hostname_is_an_error_with_the_nearest_names() -> None:
    with pytest.raises(UsageError, match="no server vs10011") as caught:
        choose(account(live(10001), live(10002)), hostnames=("vs10011",))
    assert "vs10001" in caught.value.hint


def test_an_unknown_tag_is_an_error_with_the_nearest_names() -> None:
    with pytest.raises(UsageError, match="the tag prodution") as caught:
        choose(account(live(tags=("production",))), tag="prodution")
    assert "production" in caught.value.hint


def test_nothing_to_export_is_an_error_that_says_why() -> None:
    with pytest.raises(UsageError, match="no server to export") as caught:
        choose(account(live(key="a", stack="other")), stack="shop")
    assert "vs10001" in caught.value.hint


def errors_of(lives: Account) -> tuple[Diagnostic, ...]:
    choice, diagnostics = choose_servers(lives, ExportRequest(stack="shop"))
    assert choice is None
    return diagnostics


def test_two_servers_with_one_identity_are_an_error() -> None:
    (found,) = errors_of(account(live(1, key="a"), live(2, key="a")))
    assert found.code == "identity-duplicate"


def test_a_key_that_no_file_can_have_is_an_error() -> None:
    (found,) = errors_of(account(live(tags=("stack:shop", "server:Web_1"))))
    assert (found.code, found.where) == ("ownership-broken", "vs10001")
    assert found.source is None  # no file is at fault


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"cores": 128}, "cores is left out, so it is not managed"),
        ({"tags": ("two words",)}, "tags is left out"),
        ({"tags": ("web", "incomplete", "Stack:x")}, "are left out, and stay: Stack:x, incomplete"),
        ({"notes": "\ud800"}, "notes is left out"),
        ({"notes": "${" * 100_000}, "notes is left out"),
        ({"disks": (0,)}, "disks is left out"),
        ({"type": "managed", "addons": {"monitoring": 1}}, "a managed server cannot have"),
        ({"schedule": Schedule(frequency=5, next_run=None)}, "scheduled_snapshots is left out"),
        ({"snapshots": (Snapshot(id="1", name="two\nlines"),)}, "snapshots is left out"),
        (
            {"snapshots": tuple(Snapshot(id=str(n), name=f"s{n}") for n in range(11))},
            "a server has at most 10",
        ),
    ],
)
def test_a_value_that_a_file_cannot_hold_is_left_out_and_named(
    facts: dict[str, Any], text: str
) -> None:
    (warning,) = field_warnings(account(live(**facts)))
    assert text in warning


def test_a_run_between_two_minutes_is_exported_without_its_phase() -> None:
    run = READ_AT.replace(tzinfo=None) + timedelta(microseconds=5)
    server = live(schedule=Schedule(frequency=6, next_run=run))
    assert export(account(server))["vs10001"]["scheduled_snapshots"] == {"frequency": 6}


def test_an_image_is_only_exported_where_there_is_no_doubt() -> None:
    images = (*IMAGES, Image(image="debian12_bios", name="Linux Debian 12"))
    servers = export(replace(account(live()), images=images))
    assert "image" not in servers["vs10001"]


def test_only_exported_servers_are_read() -> None:
    lives = account(live(1), live(2, key="a", stack="other"), live(3, key="b", is_building=True))
    assert {read.hostname for read in export_reads(choose(lives, stack="shop"))} == {"vs1"}


def test_an_own_server_that_is_being_built_stays_in_the_file() -> None:
    lives = account(live(key="b", is_building=True))
    assert export(lives, stack="shop") == {"b": {}}
    assert "still being built" in field_warnings(lives)[0]


def test_the_longest_text_is_the_one_that_the_loader_takes() -> None:
    assert MAX_TEXT == MAX_SCALAR


def test_each_server_has_a_line_with_its_addresses_and_says_what_is_not_known() -> None:
    lives = account(
        live(1, adapters=(LiveAdapter(id="a", addresses=("198.18.0.10", "2001:db8::a")),)),
        live(2, adapters=()),
        live(3, adapters=None),
        live(4, adapters=(), is_building=True),
    )
    servers = {f"s{server.id}": server for server in lives.servers}
    assert describe_addresses(Choice(stack="s", servers=servers, owned=frozenset())) == {
        "s1": "vs1: 198.18.0.10, 2001:db8::a",
        "s2": "vs2: no addresses",
        "s3": "vs3: addresses unknown",
        "s4": "vs4: addresses unknown",
    }
