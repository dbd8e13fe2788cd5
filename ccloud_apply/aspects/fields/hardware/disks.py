"""Disks: which live disk is which declared one, growth in place, additions, removals.

A disk has no name of its own, so a wrong guess destroys data. What is certain is done; everything
else is an error that prints the live ids, with which the file can pin each disk.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ccloud_apply.aspects.base import (
    EQUAL,
    NO_CATALOGUES,
    Aspect,
    Catalogues,
    Comparison,
    Difference,
    Problem,
    StepDraft,
    Unknown,
)
from ccloud_apply.aspects.lib.disk_assignment import (
    Assignment,
    Disk,
    assign_disks,
    find_boot_disk,
)
from ccloud_apply.aspects.lib.disk_doubts import is_mixed
from ccloud_apply.aspects.lib.sizes import find_impossible
from ccloud_apply.aspects.undo import REVERSIBLE, Undo, irreversible
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.limits import DEFAULT_LIMITS
from ccloud_apply.model.live.account import LiveDisk, LiveServer
from ccloud_apply.model.results.cost import Shape
from ccloud_apply.model.results.plan import FieldChange, ValueKind
from ccloud_apply.model.units import gb_to_bytes

_DISKS = "list_server_disks"
_BOOT_ORDER = "get_server_boot_order"

_SIZE: Mapping[str, Any] = {
    "type": "integer",
    "minimum": 1,
    "maximum": DEFAULT_LIMITS.disk_gb,
    "limitedBy": "disk_gb",
    "description": "Size in GB. A disk can grow, but not shrink.",
}


class Disks(Aspect):
    """`add_server_disk` (bytes), `resize_server_disk` (GB) and `delete_server_disk`."""

    field = "disks"
    tells_what_goes = True
    order = 50
    kind = ValueKind.GB
    is_needed_to_create = True
    task_actions = ("add-disk-server", "delete-disk-server", "resize-server")
    snapshot_kind = "disks"
    part = "N"
    part_pattern = "[1-9][0-9]?"
    schema = {
        "type": "array",
        "minItems": 1,
        "maxItems": DEFAULT_LIMITS.disks,
        "limitedBy": "disks",
        "description": "Disks in GB, the system disk first. {id, size} pins a live disk.",
        "examples": [[50, {"size": 100}]],
        "items": {
            "anyOf": [
                _SIZE,
                {
                    "type": "object",
                    "required": ["size"],
                    "additionalProperties": False,
                    "properties": {
                        "id": {
                            "type": "string",
                            "minLength": 1,
                            "description": "Id of the live disk, such as sc0s1.",
                        },
                        "size": _SIZE,
                    },
                },
            ]
        },
    }

    def live_reads(self, live: LiveServer) -> frozenset[str]:
        return frozenset({_DISKS})

    def normalise(self, value: Any, base: str) -> tuple[Disk, ...]:
        return tuple(
            Disk(entry["size"], entry.get("id")) if isinstance(entry, Mapping) else Disk(entry)
            for entry in value
        )

    def check(self, value: Any, spec: ServerSpec) -> tuple[Problem, ...]:
        pins = Counter(disk.id for disk in value if disk.id is not None)
        return tuple(
            Problem(code="disk-pinned-twice", what=f"disk {pin} is named {count} times")
            for pin, count in pins.items()
            if count > 1
        )

    def show(self, value: Any) -> Any:
        return [disk.size_gb for disk in value]

    def describe(self, value: Any) -> tuple[FieldChange, ...]:
        return tuple(
            FieldChange(field=f"disks.{position}", after=disk.size_gb, kind=self.kind)
            for position, disk in enumerate(value, 1)
        )

    def create_body(self, value: Any) -> Mapping[str, Any]:
        return {"disks": self.show(value)}

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        disks: tuple[LiveDisk, ...] = live.part(_DISKS)
        if not disks:  # a server has one at least
            return Unknown()
        reason = self.find_other_version(live)
        if reason:
            return Unknown(reason)
        return tuple(Disk(disk.size_gb, disk.id) for disk in disks)

    def find_other_version(self, live: LiveServer) -> str:
        return find_impossible(live.parts.get(_DISKS, ()), live.disk_gb, live.limits)

    def export(self, live: LiveServer, catalogues: Catalogues) -> Any:
        """The sizes as they are told: what no file can hold is left out, and named.

        Disks on different controllers have no order, so each has its id, the system disk first.
        """
        disks: tuple[LiveDisk, ...] = live.part(_DISKS)
        if not is_mixed(disks):
            return [disk.odd or disk.size_gb for disk in disks]
        system = find_boot_disk(disks, live.parts.get(_BOOT_ORDER, ()))
        ordered = sorted(disks, key=lambda disk: (disk is not system, disk.id))
        return [{"id": disk.id, "size": disk.odd or disk.size_gb} for disk in ordered]

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        """Every disk by its id; one of the whole size where they were not read."""
        whole = (LiveDisk(id="sc0s0", size_gb=live.disk_gb or 1),)
        disks: tuple[LiveDisk, ...] = live.parts.get(_DISKS) or whole
        return {self.field: [{"id": disk.id, "size_gb": disk.size_gb} for disk in disks]}

    def live_shape(self, live: LiveServer) -> Mapping[str, Any]:
        disks = live.parts.get(_DISKS)
        if disks and not self.find_other_version(live):
            return {"disk_gb": sum(disk.size_gb for disk in disks)}
        most = live.limits.disks * live.limits.disk_gb
        is_told = not disks and 1 <= (live.disk_gb or 0) <= most
        return {"disk_gb": live.disk_gb if is_told else None}

    def change_shape(self, shape: Shape, change: FieldChange, catalogues: Catalogues) -> Shape:
        grown_gb = (change.after or 0) - (change.before or 0)
        return replace(shape, disk_gb=shape.disk_gb + grown_gb)

    def judge_undo(self, change: FieldChange) -> Undo:
        """A disk that was added can be deleted again; one that grew stays as large."""
        if change.after is None:
            return irreversible("what is on the disk is gone")
        return REVERSIBLE if change.before is None else irreversible("a disk cannot shrink")

    def compare(self, comparison: Comparison) -> Difference:
        declared: tuple[Disk, ...] = comparison.spec.value(self.field)
        live: tuple[LiveDisk, ...] = comparison.live.part(_DISKS)
        if not live:
            return self.leave_unknown(Unknown(), comparison)
        reason = self.find_other_version(comparison.live)
        if reason:
            return self.leave_unknown(Unknown(reason), comparison)
        return EQUAL if are_equal(declared, live) else self._assign(declared, live, comparison)

    def _assign(
        self, declared: tuple[Disk, ...], live: tuple[LiveDisk, ...], comparison: Comparison
    ) -> Difference:
        parts = comparison.spec.lifecycle.ignored_parts(self.field)
        ignored = frozenset(int(part) - 1 for part in parts)
        system = find_boot_disk(live, comparison.live.parts.get(_BOOT_ORDER, ()))
        assigned = assign_disks(declared, live, system, ignored)
        if isinstance(assigned, Problem):
            return Difference(problems=(replace(assigned, is_difference=True),))
        return _build_difference(declared, live, assigned, ignored)


def are_equal(declared: Sequence[Disk], live: Sequence[LiveDisk]) -> bool:
    """True for disks of the same sizes in one order, which leaves nothing to assign."""
    if len(declared) != len(live) or is_mixed(live):
        return False
    pairs = zip(declared, live, strict=True)
    return all(disk.id is None and disk.size_gb == there.size_gb for disk, there in pairs)


def _build_difference(
    declared: Sequence[Disk],
    live: Sequence[LiveDisk],
    assignment: Assignment,
    ignored: frozenset[int],
) -> Difference:
    """The difference without that of ignored positions: of the file, or of the server for a disk
    that the file does not have."""
    removed = [disk for disk in assignment.removed if live.index(disk) not in ignored]
    parts = [
        *(
            _grow(position, declared[position], disk)
            for position, disk in sorted(assignment.matched.items())
            if disk.size_gb != declared[position].size_gb and position not in ignored
        ),
        # Before additions: a server has room for five.
        *(_remove(live.index(disk), disk) for disk in removed),
        *(_add(at, declared[at]) for at in assignment.added if at not in ignored),
    ]
    if not parts:
        return EQUAL
    gone = ", ".join(f"{disk.id} ({disk.size_gb} GB)" for disk in removed)
    return Difference(
        changes=tuple(sorted((change for change, _ in parts), key=lambda change: change.field)),
        drafts=tuple(draft for _, draft in parts),
        warnings=(f"data loss: the contents of disk {gone}",) if gone else (),
    )


def _grow(position: int, disk: Disk, live: LiveDisk) -> tuple[FieldChange, StepDraft]:
    name = f"disks.{position + 1}"
    change = FieldChange(
        field=name,
        before=live.size_gb,
        after=disk.size_gb,
        note=f"disk {live.id}",
        kind=Disks.kind,
    )
    return change, StepDraft(
        name=name,
        operation_id="resize_server_disk",
        parameters={"id": live.id},
        body={"size": disk.size_gb},
        label=f"grow disk {live.id}",
    )


def _remove(position: int, live: LiveDisk) -> tuple[FieldChange, StepDraft]:
    change = FieldChange(
        field=f"disks.{position + 1}",
        before=live.size_gb,
        is_destructive=True,
        note=f"disk {live.id}",
        kind=Disks.kind,
    )
    return change, StepDraft(
        name=f"disks.{live.id}",
        operation_id="delete_server_disk",
        parameters={"id": live.id},
        label=f"delete disk {live.id}",
        is_destructive=True,
    )


def _add(position: int, disk: Disk) -> tuple[FieldChange, StepDraft]:
    name = f"disks.{position + 1}"
    return FieldChange(field=name, after=disk.size_gb, kind=Disks.kind), StepDraft(
        name=name,
        operation_id="add_server_disk",
        body={"size": gb_to_bytes(disk.size_gb)},
        label=f"add disk of {disk.size_gb} GB",
    )
