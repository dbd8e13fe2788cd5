"""Mounted ISO images, one drive for each: a set, for which drive holds what means nothing.

A drive that is empty is nobody's: it is used where an image is to be mounted, and else left alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ccloud_apply.aspects.base import (
    EQUAL,
    NO_CATALOGUES,
    Aspect,
    Catalogues,
    Comparison,
    Difference,
    StepDraft,
    Unknown,
)
from ccloud_apply.aspects.effects import Effect, Facts, Planned, Sent, changed_since_plan
from ccloud_apply.aspects.lib.drives import (
    DRIVES,
    ISOS,
    Assignment,
    assign_images,
    find_drive,
    holds,
    name_of,
)
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveDrive, LiveServer
from ccloud_apply.model.results.plan import FieldChange


class Dvds(Aspect):
    """`add_server_dvd`, `update_server_dvd` and `delete_server_dvd`."""

    field = "dvds"
    order = 54
    schema = {
        "type": ["array", "null"],
        "items": {
            "type": "string",
            "pattern": r"^[^/\\]+$",
            "errorMessage": "must be the file name of an ISO image, without its folder",
        },
        "uniqueItems": True,
        "description": "File names of the mounted ISO images; [] for none.",
        "examples": [["debian-12.8.0-amd64-netinst.iso"]],
    }

    def live_reads(self, live: LiveServer) -> frozenset[str]:
        return frozenset({DRIVES})

    def more_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """The list of images, only where a drive's path does not end with a name that is known."""
        drives: tuple[LiveDrive, ...] = live.parts.get(DRIVES, ())
        names = spec.value(self.field)
        is_missing = any(find_drive(drives, name) is None for name in names)
        foreign = [d for d in drives if d.path and not any(holds(d, name) for name in names)]
        return frozenset({ISOS}) if is_missing and foreign else frozenset()

    def normalise(self, value: Any, base: str) -> tuple[str, ...]:
        return tuple(value or ())

    def show(self, value: Any) -> Any:
        return list(value)

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        return tuple(_add(name) for name in value)

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        """The images, whose names are what their paths end with."""
        return tuple(dict.fromkeys(filter(None, map(name_of, live.part(DRIVES)))))

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        """Every drive, the empty ones too."""
        drives: tuple[LiveDrive, ...] = live.parts.get(DRIVES, ())
        return {self.field: [{"id": drive.id, "path": drive.path} for drive in drives]}

    def compare(self, comparison: Comparison) -> Difference:
        names: tuple[str, ...] = comparison.spec.value(self.field)
        drives: tuple[LiveDrive, ...] = comparison.live.part(DRIVES)
        found = assign_images(names, drives, comparison.live.parts.get(ISOS, ()))
        if not found.missing and not found.extra:
            return EQUAL
        before = [name_of(drive) for drive in drives if drive.path]
        change = FieldChange(field=self.field, before=before, after=list(names), kind=self.kind)
        return Difference(changes=(change,), drafts=_build_drafts(found))


def _build_drafts(found: Assignment) -> tuple[StepDraft, ...]:
    """Images change places in the drives that are there; the rest is removed, then added."""
    drives = (*found.extra, *found.empty)
    pairs = list(zip(found.missing, drives, strict=False))
    return (
        *(_put(name, drive) for name, drive in pairs),
        *(_remove(drive) for drive in found.removed),
        *(_add(name) for name in found.missing[len(pairs) :]),
    )


def _add(name: str) -> StepDraft:
    return StepDraft(
        name=f"dvds.{name}",
        operation_id="add_server_dvd",
        body={"name": name},
        label=f"mount {name}",
    )


def _put(name: str, drive: LiveDrive) -> StepDraft:
    return StepDraft(
        name=f"dvds.{name}",
        operation_id="update_server_dvd",
        parameters={"id": drive.id},
        body={"name": name},
        label=f"mount {name} in drive {drive.id}",
    )


def _remove(drive: LiveDrive) -> StepDraft:
    return StepDraft(
        name=f"dvds.{drive.id}",
        operation_id="delete_server_dvd",
        parameters={"id": drive.id},
        label=f"remove drive {drive.id}",
    )


_READS = frozenset({DRIVES})


def _is_mount_due(_planned: Planned, facts: Facts, sent: Sent) -> bool:
    return find_drive(facts.part(DRIVES), sent.body["name"]) is None


def _is_change_due(planned: Planned, facts: Facts, sent: Sent) -> bool:
    drive = _find(facts.part(DRIVES), sent.target)
    if drive is not None and holds(drive, sent.body["name"]):
        return False
    _require_planned(planned, drive, sent.target)
    return True


def _is_removal_due(planned: Planned, facts: Facts, sent: Sent) -> bool:
    drive = _find(facts.part(DRIVES), sent.target)
    if drive is None:
        return False
    _require_planned(planned, drive, sent.target)
    return True


def _require_planned(planned: Planned, drive: LiveDrive | None, drive_id: str) -> None:
    assert planned.server is not None
    if drive != _find(planned.server.part(DRIVES), drive_id):
        what = "is gone" if drive is None else f"holds {name_of(drive) or 'nothing'}"
        raise changed_since_plan(f"drive {drive_id} of the server {what}")


def _find(drives: Sequence[LiveDrive], drive_id: str) -> LiveDrive | None:
    return next((drive for drive in drives if drive.id == drive_id), None)


def _note_drives(_planned: Planned, facts: Facts, sent: Sent) -> Mapping[str, Any]:
    return {"name": sent.body["name"], "drives": [drive.id for drive in facts.part(DRIVES)]}


def _note_change(_planned: Planned, _facts: Facts, sent: Sent) -> Mapping[str, Any]:
    return {"name": sent.body["name"], "drive": sent.target}


def _note_removal(_planned: Planned, _facts: Facts, sent: Sent) -> Mapping[str, Any]:
    return {"drive": sent.target}


def _candidates(facts: Facts, sent: Sent) -> Sequence[LiveDrive]:
    """The drives that may hold the image: the one that was changed, or those that are new."""
    drives, baseline = facts.part(DRIVES), sent.baseline
    if "drive" in baseline:
        return [drive for drive in drives if drive.id == baseline["drive"]]
    return [drive for drive in drives if drive.id not in baseline["drives"]]


def _needs_isos(facts: Facts, sent: Sent) -> frozenset[str]:
    """The list of images, where a path may call the image by another name."""
    drives = _candidates(facts, sent)
    is_found = find_drive(drives, sent.baseline["name"]) is not None
    is_certain = is_found or all(drive.path is None for drive in drives)
    return frozenset() if is_certain else frozenset({ISOS})


def _holds_image(facts: Facts, sent: Sent) -> bool:
    isos = facts.parts.get(ISOS, ())
    return find_drive(_candidates(facts, sent), sent.baseline["name"], isos) is not None


def _is_removed(facts: Facts, sent: Sent) -> bool:
    return _find(facts.part(DRIVES), sent.baseline["drive"]) is None


EFFECTS = (
    Effect(
        operation_id="add_server_dvd",
        reads_to_check=_READS,
        is_due=_is_mount_due,
        reads_to_note=_READS,
        baseline=_note_drives,
        reads=_READS,
        more_reads=_needs_isos,
        has_happened=_holds_image,
        adds=True,
    ),
    Effect(
        operation_id="update_server_dvd",
        reads_to_check=_READS,
        is_due=_is_change_due,
        baseline=_note_change,
        reads=_READS,
        more_reads=_needs_isos,
        has_happened=_holds_image,
    ),
    Effect(
        operation_id="delete_server_dvd",
        reads_to_check=_READS,
        is_due=_is_removal_due,
        baseline=_note_removal,
        reads=_READS,
        has_happened=_is_removed,
    ),
)
