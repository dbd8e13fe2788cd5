"""Which live disk is which declared one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.base import Problem
from ccloud_apply.aspects.disks import Assignment, Disk, assign_disks
from ccloud_apply.model.account import LiveDisk
from tests.builders import COMPLETE, account, errors, live, plan, spec, stack


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
    (found,) = errors(stack(spec(disks=[50])), account(live(key="web", disks=())))
    assert found.code == "live-unknown"
