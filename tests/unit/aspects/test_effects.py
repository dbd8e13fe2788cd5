"""Each effect tells its trace: not before the change, and after it. Everything here is pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ccloud_apply.aspects.effects import Bound, Effect, Facts, Planned, Sent
from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.live.account import (
    BootDevice,
    LiveAdapter,
    LiveDisk,
    LiveDrive,
    LiveServer,
    NotRead,
    Task,
)
from ccloud_apply.model.live.catalog import Iso, Snapshot
from ccloud_apply.model.ownership import PREVENT_DESTROY
from ccloud_apply.model.results.plan import FieldChange
from ccloud_apply.model.units import gb_to_bytes

SERVER = LiveServer(id=1, hostname="vs1", cores=1, memory_gb=4, os_name="Debian 12")
DISKS, DRIVES, ISOS = "list_server_disks", "list_server_dvds", "list_server_isos"
SNAPSHOTS, ADAPTERS, DEVICES = (
    "list_server_snapshots",
    "list_server_network_adapters",
    "get_server_boot_order",
)
STATE, TAGS, ADDONS = "get_server_state", "list_server_tags", "list_customer_addons"
TASKS = "list_server_tasks"


def facts(server: LiveServer | None = SERVER, /, **parts: Any) -> Facts:
    return Facts(hostname="vs1", server=server, parts=parts)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One change: its request, and what is read before and after it."""

    operation: str
    path: str
    before: Facts
    after: Facts
    body: Any = None
    at_apply: Mapping[str, Any] = field(default_factory=dict)

    @property
    def effect(self) -> Effect:
        return EFFECTS_BY_OPERATION[self.operation]

    def send(self) -> Sent:
        """The request as it leaves: bound, and with its baseline."""
        sent = Sent(path=self.path, body=self.body, at_apply=self.at_apply)
        planned = Planned(server=self.before.server)
        if self.effect.bind is not None and self.effect.will_bind(sent):
            bound = self.effect.bind(planned, self.before, sent)
            assert bound is not None
            sent = replace(sent, path=bound.path, body=bound.body)
        return replace(sent, baseline=self.effect.note(planned, self.before, sent))


def disks(*sizes_gb: int) -> tuple[LiveDisk, ...]:
    return tuple(LiveDisk(id=f"sc0s{n}", size_gb=size) for n, size in enumerate(sizes_gb))


def devices(*names: str) -> tuple[BootDevice, ...]:
    return tuple(BootDevice(id=n, type="Drive", device=name) for n, name in enumerate(names))


def adapter(*addresses: str) -> tuple[LiveAdapter, ...]:
    return (LiveAdapter(id="a/1", addresses=addresses),)


TAKEN = (Snapshot(id="a/b", name="mine"), Snapshot(id="2", name="newer", is_active=True))

CASES = [
    Case(
        operation="resize_server_cores",
        path="/ccloud/servers/vs1/cores",
        body={"cores": 2},
        before=facts(),
        after=facts(replace(SERVER, cores=2)),
    ),
    Case(
        operation="resize_server_memory",
        path="/ccloud/servers/vs1/memory",
        body={"memory": 8},
        before=facts(),
        after=facts(replace(SERVER, memory_gb=8)),
    ),
    Case(
        operation="add_server_disk",
        path="/ccloud/servers/vs1/disks",
        body={"size": gb_to_bytes(30)},
        before=facts(**{DISKS: disks(20)}),
        after=facts(**{DISKS: disks(20, 30)}),
    ),
    Case(
        operation="resize_server_disk",
        path="/ccloud/servers/vs1/disks/sc0s0",
        body={"size": 30},
        before=facts(**{DISKS: disks(20, 30)}),
        after=facts(**{DISKS: disks(30, 30)}),
    ),
    Case(
        operation="delete_server_disk",
        path="/ccloud/servers/vs1/disks/sc0s1",
        before=facts(**{DISKS: disks(20, 30)}),
        after=facts(**{DISKS: disks(20)}),
    ),
    Case(
        operation="add_server_dvd",
        path="/ccloud/servers/vs1/dvds",
        body={"name": "x.iso"},
        before=facts(**{DRIVES: (LiveDrive(id="d0", path="/isos/x.iso"),)}),
        after=facts(
            **{DRIVES: (LiveDrive(id="d0"), LiveDrive(id="d1", path=r"\\share\isos\X.ISO"))}
        ),
    ),
    Case(
        operation="update_server_dvd",
        path="/ccloud/servers/vs1/dvds/d1",
        body={"name": "x.iso"},
        before=facts(
            **{DRIVES: (LiveDrive(id="d0", path="x.iso"), LiveDrive(id="d1"))},
        ),
        after=facts(**{DRIVES: (LiveDrive(id="d0"), LiveDrive(id="d1", path="x.iso"))}),
    ),
    Case(
        operation="delete_server_dvd",
        path="/ccloud/servers/vs1/dvds/d1",
        before=facts(**{DRIVES: (LiveDrive(id="d0"), LiveDrive(id="d1"))}),
        after=facts(**{DRIVES: (LiveDrive(id="d0"),)}),
    ),
    Case(
        operation="set_server_boot_order",
        path="/ccloud/servers/vs1/bootorder",
        body={},
        at_apply={"device": "sc0s1", "named": ["sc0s1"]},
        before=facts(**{DEVICES: devices("sc0s0", "sc0s1")}),
        after=facts(**{DEVICES: devices("sc0s1", "sc0s0")}),
    ),
    Case(
        operation="add_server_ip",
        path="/ccloud/servers/vs1/network/{adapter_id}/ip",
        body={"protocol": "IPv4"},
        at_apply={"adapter": 1, "family": "ipv4", "at_least": 2},
        before=facts(**{ADAPTERS: adapter("192.0.2.1", "169.254.0.9")}),
        after=facts(**{ADAPTERS: adapter("192.0.2.1", "192.0.2.2")}),
    ),
    Case(
        operation="create_server_snapshot",
        path="/ccloud/servers/vs1/snapshots",
        body={"name": "mine"},
        before=facts(**{SNAPSHOTS: (Snapshot(id="1", name="mine"),)}),
        after=facts(**{SNAPSHOTS: (Snapshot(id="1"), Snapshot(id="2", name=" mine "))}),
    ),
    Case(
        operation="delete_server_snapshot",
        path="/ccloud/servers/vs1/snapshots/a%2Fb",
        before=facts(**{SNAPSHOTS: (Snapshot(id="a/b"),)}),
        after=facts(**{SNAPSHOTS: ()}),
    ),
    Case(
        operation="restore_server_snapshot",
        path="/ccloud/servers/vs1/snapshots/a%2Fb",
        before=facts(**{SNAPSHOTS: TAKEN, TASKS: (Task(id=7, action="x", status="done"),)}),
        after=facts(**{SNAPSHOTS: (replace(TAKEN[0], is_active=True),), TASKS: ()}),
    ),
    Case(
        operation="change_server_state",
        path="/ccloud/servers/vs1/state/start",
        before=facts(**{STATE: "Off"}),
        after=facts(**{STATE: "Running"}),
    ),
    Case(
        operation="set_server_addon",
        path="/servers/vs1/addons/backup",
        body={"count": 2},
        before=facts(replace(SERVER, addons={"backup": 1})),
        after=facts(replace(SERVER, addons={"backup": 2})),
    ),
    Case(
        operation="set_customer_addon",
        path="/ccloud/customers/addons/support",
        body={"count": 1},
        before=facts(**{ADDONS: {}}),
        after=facts(**{ADDONS: {"support": 1}}),
    ),
    Case(
        operation="redeploy_server",
        path="/servers/vs1/redeploy",
        body={"image": "rocky9", "password": "secret"},
        before=facts(),
        after=facts(replace(SERVER, os_name="Rocky 9")),
    ),
    Case(
        operation="delete_server",
        path="/ccloud/servers/vs1",
        body={"hostname": "vs1"},
        before=facts(),
        after=facts(None),
    ),
]
NAMED = pytest.mark.parametrize("case", CASES, ids=lambda case: case.operation)


def test_every_trace_is_tried_here() -> None:
    confirmed = {name for name, effect in EFFECTS_BY_OPERATION.items() if effect.is_confirmed}
    assert {case.operation for case in CASES} == confirmed


@NAMED
def test_a_change_shows_after_it_and_not_before(case: Case) -> None:
    sent = case.send()
    has_happened = case.effect.has_happened
    assert has_happened is not None
    assert case.effect.can_show(sent)
    assert not has_happened(case.before, sent)
    assert has_happened(case.after, sent)


@NAMED
def test_the_path_and_the_baseline_alone_tell_it_after_a_restart(case: Case) -> None:
    sent = replace(case.send(), body=None, at_apply={})
    assert case.effect.has_happened is not None
    assert case.effect.has_happened(case.after, sent)
    assert not case.effect.has_happened(case.before, sent)


@NAMED
def test_what_the_list_shows_agrees_with_what_the_server_shows(case: Case) -> None:
    if case.effect.on_server is not None:
        sent = case.send()
        assert case.before.server is not None
        assert not case.effect.on_server(case.before.server, sent)
        if case.after.server is not None:
            assert case.effect.on_server(case.after.server, sent)


@NAMED
def test_no_baseline_holds_a_secret_of_the_request(case: Case) -> None:
    assert "secret" not in str(case.send().baseline)


@NAMED
def test_what_nobody_read_is_never_taken_for_absent(case: Case) -> None:
    parts = case.effect.reads - {"get_server"}
    if parts:
        assert case.effect.has_happened is not None
        with pytest.raises(NotRead):
            case.effect.has_happened(Facts(hostname="vs1", server=SERVER), case.send())


def test_another_server_that_got_the_hostname_proves_a_deletion() -> None:
    case = next(case for case in CASES if case.operation == "delete_server")
    assert case.effect.has_happened is not None
    assert case.effect.has_happened(facts(replace(SERVER, id=2)), case.send())
    assert case.effect.has_happened(facts(replace(SERVER, is_deleting=True)), case.send())


def test_a_server_without_any_disk_proves_no_deletion() -> None:
    case = next(case for case in CASES if case.operation == "delete_server_disk")
    assert case.effect.has_happened is not None
    assert not case.effect.has_happened(facts(**{DISKS: ()}), case.send())


def test_a_new_disk_of_another_size_is_somebody_elses() -> None:
    case = next(case for case in CASES if case.operation == "add_server_disk")
    assert case.effect.has_happened is not None
    assert not case.effect.has_happened(facts(**{DISKS: disks(20, 31)}), case.send())


def test_the_images_are_listed_only_where_a_path_does_not_tell() -> None:
    case = next(case for case in CASES if case.operation == "update_server_dvd")
    sent = case.send()
    assert case.effect.more_reads(case.after, sent) == frozenset()
    assert case.effect.more_reads(case.before, sent) == frozenset()
    other = facts(**{DRIVES: (LiveDrive(id="d1", path="/store/77"),)})
    assert case.effect.more_reads(other, sent) == {ISOS}
    isos = (Iso(name="x.iso", path="/store/77"),)
    assert case.effect.has_happened is not None
    assert case.effect.has_happened(
        replace(other, parts={**other.parts, ISOS: isos}),
        sent,
    )


# Bound by the live server


def bind(case: Case, before: Facts, change: FieldChange | None = None) -> Bound | None:
    sent = Sent(path=case.path, body=case.body, at_apply=case.at_apply)
    assert case.effect.bind is not None
    return case.effect.bind(Planned(server=SERVER, change=change), before, sent)


def find(operation: str) -> Case:
    return next(case for case in CASES if case.operation == operation)


@pytest.mark.parametrize("operation", ["set_server_boot_order", "add_server_ip"])
def test_what_is_so_already_is_not_sent(operation: str) -> None:
    case = find(operation)
    assert bind(case, case.after) is None
    assert bind(case, case.before) is not None


def test_an_address_goes_to_the_adapter_by_its_id_and_into_one_segment() -> None:
    case = find("add_server_ip")
    bound = bind(case, case.before)
    assert bound is not None
    assert bound.path == "/ccloud/servers/vs1/network/a%2F1/ip"
    with pytest.raises(ApplyError, match="vs1 has no network adapter 1"):
        bind(case, facts(**{ADAPTERS: ()}))


def test_an_address_that_the_server_alone_shows_counts_too() -> None:
    case = find("add_server_ip")
    shown = replace(SERVER, adapters=adapter("192.0.2.1", "192.0.2.2"))
    assert bind(case, replace(case.before, server=shown)) is None


def test_a_device_is_called_by_the_number_that_it_has_now() -> None:
    case = find("set_server_boot_order")
    bound = bind(case, facts(**{DEVICES: devices("x", "y", "sc0s1")}))
    assert bound is not None
    assert bound.body == {"id": 2}
    with pytest.raises(ApplyError, match="vs1 has no device sc0s1"):
        bind(case, facts(**{DEVICES: devices("x")}))


def test_power_is_bound_only_where_the_plan_could_not_know_it() -> None:
    effect = EFFECTS_BY_OPERATION["change_server_state"]
    sent = Sent(path="/ccloud/servers/vs1/state/start")
    assert not effect.will_bind(sent)
    assert effect.reads_before(sent) == frozenset()
    told = replace(sent, at_apply={"state": "Running"})
    assert effect.reads_before(told) == {STATE}
    assert effect.bind is not None
    assert effect.bind(Planned(), facts(**{STATE: "Running"}), told) is None


OWN = ("stack:shop", "server:web")


def bind_tags(
    wished: tuple[str, ...], *, planned: tuple[str, ...], now: tuple[str, ...], server: Any = ()
) -> Bound:
    effect = EFFECTS_BY_OPERATION["set_server_tags"]
    assert effect.bind is not None
    bound = effect.bind(
        Planned(server=SERVER, change=FieldChange(field="tags", before=list(planned))),
        facts(replace(SERVER, tags=tuple(server)), **{TAGS: now}),
        Sent(path="/ccloud/servers/vs1/tags", body={"tags": list(wished)}),
    )
    assert bound is not None
    return bound


def test_tags_of_others_are_kept_in_whichever_read_they_show() -> None:
    bound = bind_tags((*OWN, "new"), planned=(*OWN, "old"), now=(*OWN, "old", "theirs"))
    assert bound.body == {"tags": sorted([*OWN, "new", "theirs"])}
    late = bind_tags((*OWN, "new"), planned=OWN, now=OWN, server=(*OWN, "later"))
    assert late.body == {"tags": sorted([*OWN, "new", "later"])}


def test_a_protection_that_was_set_meanwhile_is_kept_and_told() -> None:
    bound = bind_tags((*OWN, "new"), planned=OWN, now=(*OWN, PREVENT_DESTROY))
    assert PREVENT_DESTROY in bound.body["tags"]
    assert bound.warnings == ("someone has set prevent-destroy since the plan: it stays",)
    wanted = bind_tags((*OWN, PREVENT_DESTROY), planned=OWN, now=(*OWN, PREVENT_DESTROY))
    assert wanted.warnings == ()


@pytest.mark.parametrize("now", [("stack:other", "server:web"), (), ("stack:shop", "server:db")])
def test_tags_are_not_set_where_the_owner_is_another_by_now(now: tuple[str, ...]) -> None:
    with pytest.raises(ApplyError, match="changed since the plan: vs1 belongs to"):
        bind_tags((*OWN, "new"), planned=OWN, now=now)


def test_tags_that_do_not_show_are_named() -> None:
    effect = EFFECTS_BY_OPERATION["set_server_tags"]
    assert effect.verify is not None
    sent = Sent(path="/x", body={"tags": ["New", "other"]})
    effect.verify(facts(**{TAGS: ("new", "OTHER")}), sent)
    with pytest.raises(ApplyError, match=r"does not carry the tags that were set: \['other'\]"):
        effect.verify(facts(**{TAGS: ("new",)}), sent)


# Whether it is still due


def is_due(case: Case, now: Facts) -> bool:
    assert case.effect.is_due is not None
    sent = Sent(path=case.path, body=case.body)
    server = replace(SERVER, parts=case.before.parts)
    return case.effect.is_due(Planned(server=server), now, sent)


@pytest.mark.parametrize(
    "operation",
    ["delete_server_disk", "update_server_dvd", "delete_server_dvd", "delete_server_snapshot"],
)
def test_what_is_gone_or_done_is_not_due(operation: str) -> None:
    case = find(operation)
    assert is_due(case, case.before)
    assert not is_due(case, case.after)


@pytest.mark.parametrize(
    ("operation", "now", "what"),
    [
        ("delete_server_disk", {DISKS: disks(20, 31)}, "disk sc0s1 of vs1 has 31 GB"),
        (
            "delete_server_dvd",
            {DRIVES: (LiveDrive(id="d1", path="y.iso"),)},
            "drive d1 of the server holds y.iso",
        ),
        ("update_server_dvd", {DRIVES: ()}, "drive d1 of the server is gone"),
        (
            "delete_server_snapshot",
            {SNAPSHOTS: (Snapshot(id="a/b", name="other"),)},
            "snapshot a/b is called other",
        ),
    ],
)
def test_what_is_another_one_by_now_is_not_touched(
    operation: str, now: dict[str, Any], what: str
) -> None:
    with pytest.raises(ApplyError, match=f"changed since the plan: {what}"):
        is_due(find(operation), facts(**now))
