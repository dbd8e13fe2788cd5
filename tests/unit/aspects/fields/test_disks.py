"""Which live disk is which declared one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.decode.server import decode_disks
from ccloud_apply.aspects.base import Catalogues, Problem
from ccloud_apply.aspects.fields.hardware.disks import are_equal
from ccloud_apply.aspects.lib.disk_assignment import Assignment, Disk, assign_disks
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.stack import Lifecycle
from ccloud_apply.model.live.account import BootDevice, LiveDisk, LiveServer
from tests.support.builders import (
    COMPLETE,
    IMAGES,
    account,
    errors,
    live,
    plan,
    spec,
    stack,
    why_not_compared,
)


def lives(*sizes: int) -> tuple[LiveDisk, ...]:
    return tuple(LiveDisk(id=f"sc0s{i}", size_gb=size) for i, size in enumerate(sizes))


def disks(*entries: int | tuple[str, int]) -> tuple[Disk, ...]:
    return tuple(Disk(e) if isinstance(e, int) else Disk(e[1], e[0]) for e in entries)


def summary(declared: tuple[Disk, ...], live_disks: tuple[LiveDisk, ...]) -> object:
    """What is done, in words: 'sc0s1 100->150', '+200', '-sc0s2'; or the problem's code."""
    result = assign_disks(declared, live_disks)
    if isinstance(result, Problem):
        return result.code
    grown = [
        f"{d.id} {d.size_gb}->{declared[i].size_gb}"
        for i, d in sorted(result.matched.items())
        if d.size_gb != declared[i].size_gb
    ]
    added = [f"+{declared[i].size_gb}" for i in result.added]
    return [*grown, *added, *(f"-{d.id}" for d in result.removed)]


@pytest.mark.parametrize(
    ("declared", "live_sizes", "expected"),
    [
        pytest.param((50,), (50,), [], id="equal"),
        pytest.param((50, 100), (50,), ["+100"], id="one more is added"),
        pytest.param((80, 100), (50, 100), ["sc0s0 50->80"], id="the system disk grows in place"),
        pytest.param((50, 150), (50, 100), ["sc0s1 100->150"], id="a data disk grows in place"),
        pytest.param((50, 150, 200), (50, 100, 200), ["sc0s1 100->150"], id="the middle one grows"),
        pytest.param((50, 200, 100), (50, 100, 200), [], id="order alone means nothing"),
        pytest.param((50, 200), (50, 100, 200), ["-sc0s1"], id="the one that is left out goes"),
        pytest.param((50, 150, 200), (50, 100), ["sc0s1 100->150", "+200"], id="grow and add"),
        pytest.param((50,), (50, 100, 100), ["-sc0s1", "-sc0s2"], id="all of a size go"),
        pytest.param((50, 100), (50, 100, 100), "disk-ambiguous", id="twins cannot be told apart"),
        pytest.param((50, 150), (50, 100, 200), "disk-ambiguous", id="grow or go is not certain"),
        pytest.param((50, 200, 300), (50, 100, 200), "disk-ambiguous", id="growth would cross"),
        pytest.param((100,), (50, 100), "disk-ambiguous", id="the system disk's line was lost"),
        pytest.param((120,), (100, 20), "disk-ambiguous", id="the system disk grows, one goes"),
        pytest.param((50, 80), (50, 100), "disk-shrinks", id="no disk shrinks"),
        pytest.param((30,), (50,), "disk-shrinks", id="the system disk does not shrink"),
        pytest.param((50, ("sc0s2", 100)), (50, 100, 100), ["-sc0s1"], id="a pin decides"),
        pytest.param(
            (50, ("sc0s2", 300)), (50, 100, 200), ["sc0s2 200->300", "-sc0s1"], id="pin and grow"
        ),
        pytest.param((50, ("sc0s9", 100)), (50, 100), "disk-unknown", id="a pin must exist"),
        pytest.param((("sc0s1", 100),), (50, 100), "disk-system", id="the system disk stays first"),
        pytest.param((50, ("sc0s0", 50)), (50, 100), "disk-system", id="pinned elsewhere"),
    ],
)
def test_the_disk_that_is_meant(
    declared: tuple[int | tuple[str, int], ...], live_sizes: tuple[int, ...], expected: object
) -> None:
    assert summary(disks(*declared), lives(*live_sizes)) == expected


sizes = st.lists(st.sampled_from([10, 20, 30, 40, 50]), min_size=1, max_size=5)


@given(sizes, sizes)
def test_a_certain_assignment_ends_in_the_declared_sizes_and_keeps_the_system_disk(
    declared: list[int], live_sizes: list[int]
) -> None:
    result = assign_disks(disks(*declared), lives(*live_sizes))
    if isinstance(result, Assignment):
        before = {d.id: d.size_gb for d in lives(*live_sizes)}
        after = [declared[i] for i in result.matched] + [declared[i] for i in result.added]
        assert sorted(after) == sorted(declared)
        assert result.matched[0].id == "sc0s0"
        assert all(declared[i] >= before[d.id] for i, d in result.matched.items())
        touched = {d.id for d in result.matched.values()} | {d.id for d in result.removed}
        assert touched == set(before)


@given(st.lists(st.integers(10, 12), min_size=1, max_size=4))
def test_disks_of_the_same_sizes_in_one_order_leave_nothing_to_assign(sizes: list[int]) -> None:
    declared, there = disks(*sizes), lives(*sizes)
    assert are_equal(declared, there)
    assigned = assign_disks(declared, there)
    assert isinstance(assigned, Assignment)
    assert not assigned.added
    assert not assigned.removed
    assert all(declared[at].size_gb == disk.size_gb for at, disk in assigned.matched.items())
    assert not are_equal(disks(("sc0s0", sizes[0]), *sizes[1:]), there)


@given(sizes, sizes)
def test_pinning_every_disk_that_stays_is_always_a_way_out(
    kept: list[int], live_sizes: list[int]
) -> None:
    live_disks = lives(*live_sizes)
    pins = disks(*((d.id, d.size_gb) for d in live_disks[: len(kept)]))
    result = assign_disks(pins, live_disks)
    assert isinstance(result, Assignment)
    assert [d.id for d in result.removed] == [d.id for d in live_disks[len(kept) :]]


def test_an_added_disk_is_sent_in_bytes_and_a_grown_one_in_gb() -> None:
    server = spec(**(COMPLETE | {"disks": [80, 100]}))
    built, _ = plan(stack(server), account(live(key="web", disks=(50,))))
    assert [(s.operation_id, s.path, s.body) for s in built.steps] == [
        ("resize_server_disk", "/ccloud/servers/vs10001/disks/sc0s0", {"size": 80}),
        ("add_server_disk", "/ccloud/servers/vs10001/disks", {"size": 100 * 1024**3}),
    ]


def test_a_removed_disk_is_destructive_and_a_warning_names_it() -> None:
    built, _ = plan(stack(spec(disks=[50])), account(live(key="web", disks=(50, 100))))
    assert [step.is_destructive for step in built.steps] == [True]
    assert built.servers[0].warnings == ("data loss: the contents of disk sc0s1 (100 GB)",)


def test_shrinking_a_disk_is_refused_and_names_the_way_out() -> None:
    (found,) = errors(stack(spec(disks=[50, 80])), account(live(key="web", disks=(50, 100))))
    assert found.where == "servers.web.disks[1]"
    assert "sc0s1" in found.what
    assert "write 100" in found.hint


def test_an_ambiguous_change_prints_the_live_ids_to_pin() -> None:
    (found,) = errors(stack(spec(disks=[50, 150])), account(live(key="web", disks=(50, 100, 200))))
    assert "sc0s1 (100 GB), sc0s2 (200 GB)" in found.what
    assert "{id: sc0s0, size: 50}" in found.hint


def test_a_server_that_shows_no_disk_at_all_is_not_given_new_ones() -> None:
    why = why_not_compared(stack(spec(disks=[50])), account(live(key="web", disks=())))
    assert why == "the API does not say what disks vs10001 has"


IDE = LiveDisk(id="ide0s0", size_gb=50)
SCSI = LiveDisk(id="sc0s0", size_gb=100)
SCSI_2 = LiveDisk(id="sc0s1", size_gb=200)
TWIN = LiveDisk(id="sc0s0", size_gb=50)


def as_read(listed: Sequence[LiveDisk]) -> tuple[LiveDisk, ...]:
    """The disks as they come of the API's list of them."""
    return decode_disks([{"id": disk.id, "size": disk.size_gb} for disk in listed])


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize(
    ("declared", "live_disks", "expected"),
    [
        pytest.param((50, 100), (IDE, SCSI), [], id="equal"),
        pytest.param((100, 50), (IDE, SCSI), [], id="order alone means nothing"),
        pytest.param((50, 100, 200), (IDE, SCSI), ["+200"], id="one more is added"),
        pytest.param((50, 50), (IDE, TWIN), [], id="equal twins"),
        pytest.param((80, 100), (IDE, SCSI), ["ide0s0 50->80"], id="only one of them can grow"),
        pytest.param((50, 150), (IDE, SCSI), ["sc0s0 100->150"], id="nor can the other one"),
        pytest.param((120, 150), (IDE, SCSI), "disk-ambiguous", id="two ways to grow"),
        pytest.param((50, 80), (IDE, TWIN), "disk-ambiguous", id="one of two twins grows"),
        pytest.param((50, 150, 200), (IDE, SCSI), "disk-ambiguous", id="grow and add"),
        pytest.param((50, 80), (IDE, SCSI), "disk-shrinks", id="no disk shrinks"),
        pytest.param((50,), (IDE, SCSI), "disk-ambiguous", id="one line less"),
        pytest.param((100,), (IDE, SCSI), "disk-ambiguous", id="the other line less"),
        pytest.param((50,), (IDE, TWIN), "disk-ambiguous", id="one twin less"),
        pytest.param((50, 200), (IDE, SCSI, SCSI_2), "disk-ambiguous", id="the middle line less"),
        pytest.param(
            (100, ("ide0s0", 50)), (IDE, SCSI, SCSI_2), "disk-ambiguous", id="not pinned first"
        ),
        pytest.param((("ide0s0", 50),), (IDE, SCSI), ["-sc0s0"], id="the pinned one stays"),
        pytest.param((("ide0s0", 50),), (IDE, TWIN), ["-sc0s0"], id="a pin tells twins apart"),
        pytest.param((("ide0s0", 50), 200), (IDE, SCSI, SCSI_2), ["-sc0s0"], id="pin and size"),
        pytest.param(
            (("sc0s0", 100), 200), (IDE, SCSI, SCSI_2), ["-ide0s0"], id="a pin is a word given"
        ),
        pytest.param(
            (("ide0s0", 50), 150, 300),
            (IDE, SCSI, SCSI_2),
            ["sc0s0 100->150", "sc0s1 200->300"],
            id="one controller is left",
        ),
        pytest.param(
            (("ide0s0", 50), 250, 300),
            (IDE, SCSI, SCSI_2),
            ["sc0s0 100->250", "sc0s1 200->300"],
            id="on the controller that is left the order counts",
        ),
        pytest.param((("ide0s0", 40), 100), (IDE, SCSI), "disk-shrinks", id="a pin shrinks"),
        pytest.param((("ide0s0", 40), 100, 5), (IDE, SCSI), "disk-shrinks", id="shrink and add"),
        pytest.param((50, ("sc0s0", 90)), (IDE, SCSI), "disk-shrinks", id="a later pin shrinks"),
    ],
)
def test_on_different_controllers_only_pins_and_sizes_tell_which_disk_is_meant(
    declared: tuple[int | tuple[str, int], ...],
    live_disks: tuple[LiveDisk, ...],
    is_reversed: bool,
    expected: object,
) -> None:
    shown = live_disks[::-1] if is_reversed else live_disks
    assert summary(disks(*declared), as_read(shown)) == expected


def test_the_case_of_an_id_makes_no_other_controller() -> None:
    other = LiveDisk(id="SC0s1", size_gb=200)
    assert summary(disks(100), (SCSI, other)) == ["-SC0s1"]


slots = st.lists(
    st.sampled_from(["ide0s0", "ide0s1", "ide1s0", "sc0s0", "sc0s1", "sata0s0"]),
    min_size=2,
    max_size=5,
    unique=True,
).filter(lambda names: len({name[:2] for name in names}) > 1)


@st.composite
def mixed_servers(draw: st.DrawFn) -> tuple[tuple[LiveDisk, ...], tuple[Disk, ...], LiveDisk]:
    """Live disks in any order, a declared list, and the system disk, which nothing tells."""
    names = draw(slots)
    live_disks = tuple(LiveDisk(id=name, size_gb=draw(st.sampled_from([10, 20]))) for name in names)
    declared = draw(
        st.lists(
            st.builds(
                Disk, st.sampled_from([10, 20, 30]), st.sampled_from([None, None, None, *names])
            ),
            min_size=1,
            max_size=5,
            unique_by=lambda disk: disk.id or object(),
        )
    )
    return live_disks, tuple(declared), draw(st.sampled_from(live_disks))


@given(mixed_servers())
def test_the_system_disk_of_different_controllers_is_never_deleted_by_guess(
    drawn: tuple[tuple[LiveDisk, ...], tuple[Disk, ...], LiveDisk],
) -> None:
    live_disks, declared, system = drawn
    result = assign_disks(declared, as_read(live_disks))
    if isinstance(result, Assignment) and system in result.removed:
        assert declared[0].id not in (None, system.id)


@given(mixed_servers().flatmap(lambda drawn: st.tuples(st.just(drawn), st.permutations(drawn[0]))))
def test_the_order_in_which_disks_of_different_controllers_are_listed_decides_nothing_at_all(
    drawn: tuple[tuple[tuple[LiveDisk, ...], tuple[Disk, ...], LiveDisk], list[LiveDisk]],
) -> None:
    (live_disks, declared, _), other = drawn
    first = summary(declared, as_read(live_disks))
    assert _as_set(summary(declared, as_read(other))) == _as_set(first)


def _as_set(what: object) -> object:
    return set(what) if isinstance(what, list) else what


@given(mixed_servers())
def test_pinning_every_disk_that_stays_is_a_way_out_on_different_controllers_too(
    drawn: tuple[tuple[LiveDisk, ...], tuple[Disk, ...], LiveDisk],
) -> None:
    live_disks, declared, _ = drawn
    kept = live_disks[: len(declared)]
    result = assign_disks(disks(*((d.id, d.size_gb) for d in kept)), live_disks)
    assert isinstance(result, Assignment)
    assert result.removed == live_disks[len(kept) :]


def generation_1(*live_disks: LiveDisk, **parts: Any) -> LiveServer:
    server = live(key="web", generation=1)
    return replace(server, parts={"list_server_disks": live_disks, **parts})


@pytest.mark.parametrize("listed", [(IDE, SCSI), (SCSI, IDE)])
def test_the_error_is_the_same_in_any_order_and_its_hint_puts_the_system_disk_first(
    listed: tuple[LiveDisk, ...],
) -> None:
    (found,) = errors(stack(spec(disks=[100])), account(generation_1(*listed)))
    assert found.code == "disk-ambiguous"
    assert found.what == (
        "the live disks are ide0s0 (50 GB), sc0s0 (100 GB) on different controllers, and it is not"
        " certain which of them is the system disk"
    )
    assert found.hint == (
        "pin every disk that stays by its id, the system disk first, such as"
        " {id: ide0s0, size: 50}, {id: sc0s0, size: 100}"
    )


@pytest.mark.parametrize("listed", [(IDE, SCSI), (SCSI, IDE)])
def test_the_boot_order_tells_the_system_disk_where_it_was_read(
    listed: tuple[LiveDisk, ...],
) -> None:
    order = (
        BootDevice(id=1, type="DVD", device="sc0s0"),
        BootDevice(id=2, type="Drive", device="IDE0s0"),
    )
    lives = account(generation_1(*listed, get_server_boot_order=order))
    built, _ = plan(stack(spec(disks=[50])), lives)
    assert [step.path for step in built.steps] == ["/ccloud/servers/vs10001/disks/sc0s0"]
    assert errors(stack(spec(disks=[100])), lives)[0].code == "disk-ambiguous"
    pinned: list[Any] = [{"id": "sc0s0", "size": 100}]
    assert errors(stack(spec(disks=pinned)), lives)[0].code == "disk-system"


def test_a_boot_order_without_a_name_of_the_drive_tells_nothing() -> None:
    order = (BootDevice(id=1, type="Drive"), BootDevice(id=2, type="Drive", device="sc0s0"))
    lives = account(generation_1(IDE, SCSI, get_server_boot_order=order))
    assert errors(stack(spec(disks=[50])), lives)[0].code == "disk-ambiguous"


@pytest.mark.parametrize("listed", [(IDE, SCSI), (SCSI, IDE)])
@pytest.mark.parametrize("boots", [None, "ide0s0", "sc0s0"])
def test_an_export_pins_disks_of_different_controllers_and_plans_nothing_in_any_order(
    boots: str | None, listed: tuple[LiveDisk, ...]
) -> None:
    order = () if boots is None else (BootDevice(id=1, type="Drive", device=boots),)
    server = generation_1(*listed, get_server_boot_order=order)
    exported = ASPECTS["disks"].export(server, Catalogues(images=IMAGES))
    assert exported[0]["id"] == (boots or "ide0s0")
    assert {disk["id"]: disk["size"] for disk in exported} == {"ide0s0": 50, "sc0s0": 100}
    for parts in (server.parts, {**server.parts, "get_server_boot_order": ()}):
        built, _ = plan(stack(spec(disks=exported)), account(replace(server, parts=parts)))
        assert built.steps == ()
    assert ASPECTS["boot_order"].export(server, Catalogues()) in (None, ["ide0s0"], ["sc0s0"])
    if boots is not None:
        assert ASPECTS["boot_order"].export(server, Catalogues()) is None


@pytest.mark.parametrize("listed", [(IDE, SCSI), (SCSI, IDE)])
def test_the_size_of_a_system_disk_that_is_not_known_is_held_against_no_image(
    listed: tuple[LiveDisk, ...],
) -> None:
    images = (IMAGES[0], replace(IMAGES[1], min_disk_gb=80))
    lifecycle = Lifecycle(on_create_only_change="redeploy")
    desired = stack(spec(**{**COMPLETE, "image": "rocky9_uefi"}, lifecycle=lifecycle))
    without = replace(
        desired.servers[0],
        fields={
            name: value for name, value in desired.servers[0].fields.items() if name != "disks"
        },
    )
    desired = replace(desired, servers=(without,))
    unknown = generation_1(*listed, get_server_boot_order=())
    _, found = plan(desired, replace(account(unknown), images=images))
    assert [d for d in found if d.is_error] == []
    order = (BootDevice(id=1, type="Drive", device="ide0s0"),)
    known = generation_1(*listed, get_server_boot_order=order)
    assert errors(desired, replace(account(known), images=images))[0].code == "CCA104"
