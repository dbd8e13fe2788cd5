"""Mounted images and the boot order: which requests a difference becomes, and that they suffice."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.base import Comparison
from ccloud_apply.aspects.fields.devices.boot_order import find_device
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.live.account import BootDevice, LiveDrive
from ccloud_apply.model.live.catalog import Iso
from ccloud_apply.model.results.plan import Action, Step
from tests.support.builders import (
    COMPLETE,
    account,
    errors,
    live,
    only_server,
    plan,
    spec,
    stack,
    why_not_compared,
)
from tests.support.reads import parts

SERVER = "/ccloud/servers/vs10001"
NAMES = st.lists(st.sampled_from(["a.iso", "b.iso", "c.iso", "d.iso"]), unique=True, max_size=4)


def drives(*names: str | None) -> tuple[LiveDrive, ...]:
    return tuple(
        LiveDrive(id=f"sc0s{number}", path=name and f"\\\\iso\\public\\{name}")
        for number, name in enumerate(names, 1)
    )


def devices(*names: str) -> tuple[BootDevice, ...]:
    """`sc0s0` is a drive, `sc1s1` a DVD."""
    return tuple(
        BootDevice(id=n, type="DVD" if "c1" in name else "Drive", device=name)
        for n, name in enumerate(names, 1)
    )


def requests(steps: tuple[Step, ...]) -> list[tuple[str, str, Any]]:
    return [(step.method, step.path.removeprefix(SERVER), step.body) for step in steps]


@pytest.mark.parametrize(
    ("declared", "there", "expected"),
    [
        ([], (), []),
        (["a.iso"], ("a.iso",), []),
        (["A.iso"], ("a.ISO",), []),
        (["b.iso", "a.iso"], ("a.iso", "b.iso"), []),
        ([], (None,), []),
        (None, ("a.iso",), [("DELETE", "/dvds/sc0s1", None)]),
        (["a.iso"], (), [("POST", "/dvds", {"name": "a.iso"})]),
        (["a.iso"], (None,), [("PUT", "/dvds/sc0s1", {"name": "a.iso"})]),
        (["b.iso"], (None, "a.iso"), [("PUT", "/dvds/sc0s2", {"name": "b.iso"})]),
        (["a.iso"], ("a.iso", "a.iso"), [("DELETE", "/dvds/sc0s2", None)]),
        (
            ["c.iso", "a.iso", "d.iso"],
            ("a.iso", "b.iso"),
            [("PUT", "/dvds/sc0s2", {"name": "c.iso"}), ("POST", "/dvds", {"name": "d.iso"})],
        ),
    ],
)
def test_images_become_the_documented_requests(
    declared: list[str] | None, there: tuple[str | None, ...], expected: list[Any]
) -> None:
    built, _ = plan(stack(spec(dvds=declared)), account(live(key="web", drives=drives(*there))))
    assert requests(built.steps) == expected
    assert built.servers[0].action is (Action.UPDATE if expected else Action.UNCHANGED)


@given(declared=NAMES, there=st.lists(st.sampled_from([None, "a.iso", "b.iso", "e.iso"])))
def test_the_requests_leave_each_declared_image_in_one_drive_and_no_other_image(
    declared: list[str], there: list[str | None]
) -> None:
    before = drives(*there)
    server = live(key="web", drives=before)
    found = ASPECTS["dvds"].compare(Comparison(spec=spec(dvds=declared), live=server))
    held: dict[str, str | None] = {drive.id: drive.path for drive in before}
    for number, draft in enumerate(found.drafts):
        if draft.operation_id == "delete_server_dvd":
            del held[draft.parameters["id"]]
        else:
            held[draft.parameters.get("id", f"new{number}")] = draft.body["name"]
    names = [path.rsplit("\\", 1)[-1] for path in held.values() if path]
    assert sorted(names) == sorted(declared)
    assert bool(found.changes) == bool(found.drafts)
    assert len({draft.name for draft in found.drafts}) == len(found.drafts)


def test_a_path_that_does_not_end_with_the_name_is_looked_up_in_the_list_of_images() -> None:
    desired = stack(spec(dvds=["tools.iso"]))
    server = live(key="web", drives=(LiveDrive(id="sc0s1", path="/volumes/4711"),))
    wanted = {"vs10001": {"list_server_dvds", "list_server_isos"}}
    assert parts(desired, account(server)) == wanted

    isos = (Iso(name="tools.iso", path="/volumes/4711"),)
    told = account(live(key="web", drives=server.part("list_server_dvds"), isos=isos))
    assert only_server(desired, told).action is Action.UNCHANGED


@pytest.mark.parametrize("there", [(), (None,), ("a.iso",), ("a.iso", "b.iso")])
def test_the_list_of_images_is_not_read_where_the_drives_say_enough(there: Any) -> None:
    lives = account(live(key="web", drives=drives(*there)))
    assert parts(stack(spec(dvds=["a.iso"])), lives) == {"vs10001": {"list_server_dvds"}}
    assert parts(stack(spec(cores=2)), lives) == {}


@pytest.mark.parametrize(
    ("declared", "there", "moved"),
    [
        (["sc0s0"], ("sc0s0", "sc1s1"), []),
        (["Drive"], ("sc0s0", "sc1s1"), []),
        (["sc1s1"], ("sc0s0", "sc1s1"), ["sc1s1"]),
        (["dvd"], ("sc0s0", "sc1s1", "sc1s2"), ["dvd"]),
        (["DVD", "sc0s1"], ("sc0s0", "sc0s1", "sc1s1"), ["sc0s1", "DVD"]),
        (["DVD", "sc0s0"], ("sc0s0", "sc0s1", "sc1s1"), ["DVD"]),
        (["sc1s1", "DVD"], ("sc0s0", "sc1s1", "sc1s2"), ["DVD", "sc1s1"]),
    ],
)
def test_the_last_device_moves_first_and_none_moves_for_nothing(
    declared: list[str], there: tuple[str, ...], moved: list[str]
) -> None:
    lives = account(live(key="web", boot_order=devices(*there)))
    built, _ = plan(stack(spec(boot_order=declared)), lives)
    lives_there = devices(*there)
    found = [find_device(word, lives_there, declared) for word in moved]
    assert requests(built.steps) == [("PUT", "/bootorder", {"id": d.id}) for d in found if d]
    assert [step.at_apply["device"] for step in built.steps] == moved


@given(st.permutations(["sc0s0", "sc0s1", "sc1s1", "sc1s2"]), st.integers(1, 4))
def test_moves_to_the_front_make_the_order_that_is_declared(order: list[str], count: int) -> None:
    there = devices("sc0s0", "sc0s1", "sc1s1", "sc1s2")
    declared = order[:count]
    found = ASPECTS["boot_order"].compare(
        Comparison(spec=spec(boot_order=declared), live=live(boot_order=there))
    )
    now = list(there)
    for draft in found.drafts:
        device = find_device(draft.at_apply["device"], now, draft.at_apply["named"])
        assert device is not None
        now = [device, *(other for other in now if other != device)]
    assert [device.name for device in now[:count]] == declared
    assert [change.after for change in found.changes] in ([], [[d.name for d in now]])


def test_a_device_that_the_server_does_not_have_is_an_error_that_lists_those_it_has() -> None:
    lives = account(live(key="web", boot_order=devices("sc0s0", "sc1s1")))
    (found,) = errors(stack(spec(boot_order=["sc0s0", "sc0s9"])), lives)
    assert (found.code, found.where) == ("boot-device-unknown", "servers.web.boot_order[1]")
    assert "it has sc0s0 (Drive), sc1s1 (DVD)" in found.what


def test_the_drive_of_an_image_that_is_mounted_by_the_same_plan_can_be_named() -> None:
    server = live(key="web", boot_order=devices("sc0s0"))
    built, _ = plan(stack(spec(dvds=["a.iso"], boot_order=["DVD"])), account(server))
    assert [(s.id, s.body, s.at_apply) for s in built.steps] == [
        ("web/dvds.a.iso", {"name": "a.iso"}, {}),
        ("web/boot_order.DVD", {}, {"device": "DVD", "named": ["DVD"]}),
    ]


def test_a_kind_never_means_a_drive_that_the_same_plan_removes() -> None:
    server = live(
        key="web",
        drives=(LiveDrive(id="sc1s1", path="a.iso"), LiveDrive(id="sc1s2", path="b.iso")),
        boot_order=devices("sc1s1", "sc0s0", "sc1s2"),
    )
    built, _ = plan(stack(spec(dvds=["b.iso"], boot_order=["DVD"])), account(server))
    assert requests(built.steps) == [
        ("DELETE", "/dvds/sc1s1", None),
        ("PUT", "/bootorder", {"id": 3}),
    ]


def test_a_boot_order_that_the_api_does_not_tell_is_no_difference() -> None:
    lives = account(live(key="web", boot_order=()))
    why = why_not_compared(stack(spec(boot_order=["DVD"])), lives)
    assert why == "the API does not say what boot_order vs10001 has"


def test_a_new_server_gets_its_images_and_then_its_boot_order() -> None:
    built, _ = plan(
        stack(spec(**COMPLETE, dvds=["a.iso", "b.iso"], boot_order=["DVD", "sc0s0"])), account()
    )
    assert [step.id for step in built.steps] == [
        "web/create",
        "web/dvds.a.iso",
        "web/dvds.b.iso",
        "web/boot_order.sc0s0",
        "web/boot_order.DVD",
    ]
    assert all(step.needs == ("web/create",) for step in built.steps[1:])


def test_only_servers_that_declare_them_are_asked_for_their_devices() -> None:
    desired = stack(spec("a", cores=2), spec("b", dvds=[]), spec("c", boot_order=["DVD"]))
    lives = account(*(live(10001 + n, key=key) for n, key in enumerate("abc")))
    assert parts(desired, lives) == {
        "vs10002": {"list_server_dvds"},
        "vs10003": {"get_server_boot_order"},
    }
