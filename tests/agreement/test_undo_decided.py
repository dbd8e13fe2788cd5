"""What an undo brings back is decided for every field, and the guide says the same as the code.

A new field fails here until somebody has decided: a change of it stands below, and a row of
`docs/guides/undo.md` says what becomes of it.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.results.plan import Action, FieldChange
from ccloud_apply.plan.undo import judge_change
from tests.conftest import ROOT

GUIDE = ROOT / "docs" / "guides" / "undo.md"

Sides = tuple[Any, Any]

DECIDED: Mapping[str, tuple[tuple[str, Sides, str], ...]] = {
    "addons": (
        ("addons.backup", (None, 1), "reversible"),
        ("addons.backup", (1, 2), "reversible"),
        ("addons.backup", (2, 1), "lossy"),
        ("addons.backup", (1, None), "lossy"),
    ),
    "boot_order": (("boot_order", (["sc0s0", "DVD"], ["DVD", "sc0s0"]), "reversible"),),
    "cores": (("cores", (1, 2), "reversible"), ("cores", (4, 2), "reversible")),
    "custom_name": (
        ("custom_name", ("a", "b"), "reversible"),
        ("custom_name", (None, "b"), "reversible"),
        ("custom_name", ("a", None), "reversible"),
    ),
    "description": (("description", ("a", "b"), "irreversible"),),
    "disks": (
        ("disks.2", (None, 50), "reversible"),
        ("disks.1", (20, 40), "irreversible"),
        ("disks.2", (50, None), "irreversible"),
    ),
    "dvds": (("dvds", ([], ["a.iso"]), "reversible"), ("dvds", (["a.iso"], []), "reversible")),
    "image": (("image", ("debian12_uefi", "rocky9_uefi"), "irreversible"),),
    "ips": (("ips", ({"ipv4": 1}, {"ipv4": 2}), "irreversible"),),
    "memory": (("memory", (2, 4), "reversible"), ("memory", (4, 2), "reversible")),
    "notes": (("notes", (None, "a"), "reversible"), ("notes", ("a", None), "reversible")),
    "password": (("password", (None, None), "irreversible"),),
    "pool": (("pool", ("a", "b"), "irreversible"),),
    "power": (("power", ("running", "off"), "reversible"),),
    "rollouts": (("rollouts", (None, ["a"]), "irreversible"),),
    "scheduled_snapshots": (
        ("scheduled_snapshots", (None, {"frequency": 6}), "reversible"),
        ("scheduled_snapshots", ({"frequency": 6}, {"frequency": 12}), "reversible"),
        ("scheduled_snapshots", ({"frequency": 12}, {"frequency": 6}), "lossy"),
        ("scheduled_snapshots", ({"frequency": 6}, None), "lossy"),
        (
            "scheduled_snapshots",
            ({"frequency": 24, "next_run": "2027-01-01 03:00"}, {"frequency": 1}),
            "reversible",
        ),
    ),
    "snapshots": (
        ("snapshots", ([], ["a"]), "reversible"),
        ("snapshots", (["a"], []), "irreversible"),
        ("snapshots", (["a"], ["b"]), "irreversible"),
    ),
    "sshkey": (("sshkey", (None, "ssh-ed25519 A"), "irreversible"),),
    "subnets": (("subnets", (None, [1]), "irreversible"),),
    "subnets_intern": (("subnets_intern", (None, [1]), "irreversible"),),
    "tags": (
        ("tags", (["a", "stack:s"], ["b", "stack:s"]), "reversible"),
        ("tags", (["of another tool"], []), "lossy"),
    ),
    "type": (("type", ("managed", "unmanaged"), "irreversible"),),
    "user_data": (("user_data", (None, "#!"), "irreversible"),),
}
"""By field, changes of a live server, and how much of each an undo brings back."""


def test_what_an_undo_brings_back_is_decided_for_every_field() -> None:
    assert DECIDED.keys() == ASPECTS.keys()


@pytest.mark.parametrize(
    ("name", "sides", "decided"), [case for cases in DECIDED.values() for case in cases]
)
def test_a_field_judges_as_it_was_decided(name: str, sides: Sides, decided: str) -> None:
    change = FieldChange(field=name, before=sides[0], after=sides[1])
    undo = judge_change(change, Action.UPDATE)
    assert undo.reversibility == decided
    assert bool(undo.why) == (decided != "reversible")


def test_the_guide_has_every_field_with_the_marks_that_were_decided() -> None:
    told: dict[str, set[str]] = defaultdict(set)
    table = GUIDE.read_text(encoding="utf-8").partition("## Field by field")[2]
    for row in table.partition("| what happens to a server")[0].splitlines():
        if not row.startswith("| `"):
            continue
        names, mark, why = (cell.strip() for cell in row.strip("|").split("|"))
        for name in re.findall(r"`([a-z_]+)`", names):
            told[name] |= {mark, *re.findall(r"^(lossy) where", why)}
    decided = {name: {case[2] for case in cases} for name, cases in DECIDED.items()}
    assert told == decided
