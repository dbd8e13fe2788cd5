"""What holds for every field, whatever its shape: the live value, declared, is no difference."""

from dataclasses import replace

import pytest

from ccloud_apply.aspects.base import EQUAL, Catalogues, Comparison, Unknown
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.aspects.shapes import WriteOnly
from ccloud_apply.model.declared.stack import Declared
from ccloud_apply.model.live.account import BootDevice, LiveAdapter, LiveDrive, Schedule
from ccloud_apply.model.live.catalog import Snapshot
from tests.support.builders import HERE, IMAGES, READ_AT, live, spec

CATALOGUES = Catalogues(images=IMAGES)
FULL = live(
    custom_name=" Box ",
    description="d",
    notes="one\r\ntwo",
    tags=("web",),
    addons={"backup": 2, "gone": 0},
    schedule=Schedule(frequency=6, next_run=READ_AT.replace(tzinfo=None)),
    disks=(50, 20, 20),
    drives=(LiveDrive(id="ide0s0", path="debian.iso"), LiveDrive(id="ide1s0")),
    boot_order=(
        BootDevice(id=1, type="DVD", device="ide0s0"),
        BootDevice(id=2, type="Drive", device="sc0s0"),
    ),
    network=(LiveAdapter(id="a-1", addresses=("10.0.0.1", "2001:db8::1")),),
    snapshots=(Snapshot(id="1", name="before-upgrade"),),
)
SILENT = replace(
    live(
        disks=(),
        state="Paused",
        boot_order=(),
        network=(LiveAdapter(id="a-1", addresses=None),),
        untold=frozenset({"custom_name", "description", "notes", "addons"}),
    ),
    cores=None,
    memory_gb=None,
    pool=None,
    type=None,
    os_name=None,
)
"""A server of which the API tells as little as it may."""

TOLD = [name for name, aspect in ASPECTS.items() if aspect.is_compared]
ALWAYS_TOLD = {"tags", "dvds", "snapshots", "scheduled_snapshots"}
"""Fields that are there as soon as they are read: an empty list is none of them."""


@pytest.mark.parametrize("name", TOLD)
def test_the_live_value_declared_is_no_difference(name: str) -> None:
    aspect = ASPECTS[name]
    value = aspect.read_live(FULL, CATALOGUES)
    assert not isinstance(value, Unknown)
    desired = replace(spec(), fields={name: Declared(value, HERE)})
    comparison = Comparison(spec=desired, live=FULL, catalogues=CATALOGUES)
    assert aspect.compare(comparison) == EQUAL


@pytest.mark.parametrize("name", sorted({*TOLD} - ALWAYS_TOLD))
def test_a_live_value_that_is_not_told_is_unknown_and_no_change(name: str) -> None:
    aspect = ASPECTS[name]
    assert isinstance(aspect.read_live(SILENT, CATALOGUES), Unknown)
    assert not aspect.export(SILENT, CATALOGUES)
    declared = spec(**{name: aspect.export(FULL, CATALOGUES)})
    found = aspect.compare(Comparison(spec=declared, live=SILENT, catalogues=CATALOGUES))
    assert (found.changes, found.drafts) == ((), ())
    assert found.problems or found.warnings or found.unknown, "it is said"


def test_a_field_that_the_api_never_shows_is_not_compared_and_not_exported() -> None:
    hidden = [aspect for aspect in ASPECTS.values() if isinstance(aspect, WriteOnly)]
    silent = {aspect.field for aspect in hidden if not aspect.is_compared}
    assert silent == ASPECTS.keys() - TOLD
    for name in silent:
        assert isinstance(ASPECTS[name].read_live(FULL), Unknown)
        assert ASPECTS[name].copy_live(FULL, CATALOGUES) == {}
