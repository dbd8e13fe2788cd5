"""Sizes that no server can have: they are unknown, whatever the declared one is."""

from dataclasses import replace
from typing import Any, Literal

import pytest

from ccloud_apply.aspects.base import EQUAL, Comparison, Unknown
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.stack import Lifecycle
from ccloud_apply.model.live.account import LiveDisk, LiveServer
from tests.support.builders import COMPLETE, live, spec

VERSION = "this account speaks another version of the API: "
DISKS = "list_server_disks"


def with_disks(*disks: LiveDisk, disk_gb: int | None = 50) -> LiveServer:
    server = live(key="web", disk_gb=disk_gb)
    return replace(server, parts={**server.parts, DISKS: disks})


SIZES = [
    pytest.param("memory", {"memory_gb": 4096}, "memory 4096 cannot be GB", id="MB"),
    pytest.param("memory", {"memory_gb": 513}, "memory 513 cannot be GB", id="more than any"),
    pytest.param("memory", {"memory_gb": 4 * 1024**3}, "memory 4294967296", id="bytes"),
    pytest.param("memory", {"memory_gb": 0}, "memory 0 cannot be GB", id="zero"),
    pytest.param("memory", {"memory_gb": -4}, "memory -4 cannot be GB", id="below zero"),
    pytest.param("memory", {"odd": {"memory_gb": "4.5"}}, "memory 4.5 cannot", id="a fraction"),
    pytest.param("cores", {"cores": 65}, "cores 65 cannot be a number of cores", id="cores"),
    pytest.param("cores", {"cores": 0}, "cores 0 cannot be", id="no cores"),
    pytest.param("cores", {"odd": {"cores": "two"}}, "cores two cannot be", id="a word"),
]


@pytest.mark.parametrize("resize", ["online", "offline"])
@pytest.mark.parametrize(("field", "facts", "told"), SIZES)
def test_a_size_that_no_server_can_have_is_no_difference_and_asks_for_no_shutdown(
    field: str, facts: dict[str, Any], told: str, resize: Literal["online", "offline"]
) -> None:
    server = live(key="web", **facts)
    desired = spec(**COMPLETE, lifecycle=Lifecycle(resize=resize))
    aspect = ASPECTS[field]
    assert aspect.server_reads(desired, server) == frozenset()
    found = aspect.compare(Comparison(spec=desired, live=server))
    assert (found.changes, found.drafts) == ((), ())
    assert found.problems == ()
    assert f"{VERSION}{told}" in found.unknown
    assert set(aspect.live_shape(server).values()) == {None}, "it has no price either"


@pytest.mark.parametrize(
    ("disks", "disk_gb", "told"),
    [
        ((LiveDisk(id="sc0s0", size_gb=51200),), 50, "size 51200 of disk sc0s0 cannot be GB"),
        ((LiveDisk(id="sc0s0", size_gb=0),), 50, "size 0 of disk sc0s0 cannot be GB"),
        ((LiveDisk(id="sc0s0", size_gb=-5),), 50, "size -5 of disk sc0s0 cannot be GB"),
        ((LiveDisk(id="a", size_gb=0, odd="49.5"),), 50, "size 49.5 of disk a cannot be GB"),
        (
            (LiveDisk(id="sc0s0", size_gb=50), LiveDisk(id="sc0s1", size_gb=10_240)),
            60,
            "size 10240 of disk sc0s1 cannot be GB",
        ),
        (
            (LiveDisk(id="sc0s0", size_gb=3072), LiveDisk(id="sc0s1", size_gb=2048)),
            5,
            "5120 for all disks of a server of 5 cannot be GB",
        ),
        ((LiveDisk(id="sc0s0", size_gb=5000),), 5, "5000 for all disks of a server of 5 cannot"),
    ],
)
def test_a_disk_that_cannot_have_its_size_makes_none_of_them_comparable(
    disks: tuple[LiveDisk, ...], disk_gb: int, told: str
) -> None:
    server, aspect = with_disks(*disks, disk_gb=disk_gb), ASPECTS["disks"]
    desired = spec(**COMPLETE | {"disks": [60, 5120]})
    found = aspect.compare(Comparison(spec=desired, live=server))
    assert (found.changes, found.drafts) == ((), ())
    assert found.problems == ()
    assert f"{VERSION}{told}" in found.unknown
    assert isinstance(aspect.read_live(server), Unknown)
    assert aspect.live_shape(server) == {"disk_gb": None}


@pytest.mark.parametrize("sum_gb", [None, 0, 50, 51, 5120, 30_000])
def test_the_whole_of_a_server_says_nothing_as_long_as_its_disks_are_possible(
    sum_gb: int | None,
) -> None:
    server = with_disks(LiveDisk(id="sc0s0", size_gb=50), disk_gb=sum_gb)
    assert ASPECTS["disks"].compare(Comparison(spec=spec(**COMPLETE), live=server)) == EQUAL
    assert ASPECTS["disks"].live_shape(server) == {"disk_gb": 50}


@pytest.mark.parametrize(("whole", "gb"), [(30_000, None), (0, None), (25_600, 25_600)])
def test_a_whole_that_no_server_can_have_is_no_size_to_price(whole: int, gb: int | None) -> None:
    server = replace(live(disk_gb=whole), parts={})
    assert ASPECTS["disks"].live_shape(server) == {"disk_gb": gb}


@pytest.mark.parametrize(("field", "fact"), [("memory", "memory_gb"), ("cores", "cores")])
def test_the_largest_and_the_least_that_a_file_can_declare_are_sizes(field: str, fact: str) -> None:
    schema = ASPECTS[field].schema
    for size in (schema["minimum"], schema["maximum"]):
        assert ASPECTS[field].read_live(live(**{fact: size})) == size
