"""The boot order: which devices are tried first, by their names or their kinds.

The API can only put one device before all others. The devices that the file does not name follow in
the order that they have.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
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
from ccloud_apply.aspects.effects import Bound, Effect, Facts, Planned, Sent, always_due
from ccloud_apply.aspects.lib.disk_assignment import find_system_disk
from ccloud_apply.aspects.lib.drives import DRIVES, ISOS, assign_images
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import BootDevice, LiveDisk, LiveServer
from ccloud_apply.model.results.plan import FieldChange

DEVICES = "get_server_boot_order"
_DISKS = "list_server_disks"
_DVD = "dvd"


class BootOrder(Aspect):
    """`set_server_boot_order`, once for each device that has to move to the front."""

    field = "boot_order"
    order = 56
    schema = {
        "type": "array",
        "minItems": 1,
        "items": {"type": "string", "minLength": 1},
        "uniqueItems": True,
        "description": "Devices (sc0s1) or kinds of devices (DVD) from which the server tries to"
        " boot first, in this order. All others follow.",
        "examples": [["DVD", "sc0s0"]],
    }

    def live_reads(self, live: LiveServer) -> frozenset[str]:
        return frozenset({DEVICES})

    def normalise(self, value: Any, base: str) -> tuple[str, ...]:
        return tuple(value)

    def show(self, value: Any) -> Any:
        return list(value)

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        """The last first: each is put before all others. A new server boots its system disk."""
        return tuple(_build_draft(word, value) for word in reversed(value))

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        devices: tuple[BootDevice, ...] = live.part(DEVICES)
        return tuple(device.name for device in devices) or Unknown()

    def export(self, live: LiveServer, catalogues: Catalogues) -> Any:
        """What is tried first, where that is not the system disk, which goes without saying."""
        devices: tuple[BootDevice, ...] = live.part(DEVICES)
        disks: tuple[LiveDisk, ...] = live.parts.get(_DISKS, ())
        system = find_system_disk(disks, devices)
        if not devices or not disks or devices[0].device is None:
            return None
        if system is not None and devices[0].device.casefold() == system.id.casefold():
            return None
        return [devices[0].name]

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        """The devices that have a name."""
        return {self.field: [d.device for d in live.parts.get(DEVICES, ()) if d.device]}

    def compare(self, comparison: Comparison) -> Difference:
        words: tuple[str, ...] = comparison.spec.value(self.field)
        live = _leave_out_removed(comparison.live.part(DEVICES), comparison)
        if not live:
            return self.leave_unknown(Unknown(), comparison)
        wished = _resolve(words, live)
        before = [device.name for device in comparison.live.part(DEVICES)]
        change = FieldChange(field=self.field, before=before, after=list(words), kind=self.kind)
        missing = [index for index, device in enumerate(wished) if device is None]
        if any(not _is_to_come(words[index], comparison.spec) for index in missing):
            problem = _unknown_device(words, missing[0], live)
            return Difference(changes=(change,), problems=(problem,))
        if missing:
            drafts = tuple(_build_draft(word, words) for word in reversed(words))
            return Difference(changes=(change,), drafts=drafts)
        first = [device for device in wished if device is not None]
        moving = first[: _count_moves(first, live)]
        if not moving:
            return EQUAL
        after = [device.name for device in (*first, *(d for d in live if d not in first))]
        drafts = tuple(
            _build_draft(word, words, device)
            for word, device in reversed(list(zip(words, moving, strict=False)))
        )
        return Difference(changes=(replace(change, after=after),), drafts=drafts)


def find_device(
    word: str, devices: Sequence[BootDevice], named: Iterable[str] = ()
) -> BootDevice | None:
    """The device of that name, else the first one of that kind which `named` does not name."""
    word, others = word.casefold(), {name.casefold() for name in named}
    by_name = (device for device in devices if (device.device or "").casefold() == word)
    by_kind = (
        device
        for device in devices
        if (device.type or "").casefold() == word and (device.device or "").casefold() not in others
    )
    return next(by_name, None) or next(by_kind, None)


def _leave_out_removed(
    devices: Sequence[BootDevice], comparison: Comparison
) -> tuple[BootDevice, ...]:
    """The devices without the drives that `dvds` of the same file removes."""
    spec, parts = comparison.spec, comparison.live.parts
    if not spec.declares("dvds") or DRIVES not in parts:
        return tuple(devices)
    found = assign_images(spec.value("dvds"), parts[DRIVES], parts.get(ISOS, ()))
    removed = {drive.id for drive in found.removed}
    return tuple(device for device in devices if device.device not in removed)


def _resolve(words: Sequence[str], live: Sequence[BootDevice]) -> list[BootDevice | None]:
    """Each word's device; two words for one device are one too many."""
    found = [find_device(word, live, words) for word in words]
    return [device if found.index(device) == index else None for index, device in enumerate(found)]


def _is_to_come(word: str, spec: ServerSpec) -> bool:
    """True for the drive that the same file mounts an image in: it is there by then."""
    return word.casefold() == _DVD and bool(spec.value("dvds"))


def _count_moves(first: Sequence[BootDevice], live: Sequence[BootDevice]) -> int:
    """How many of the first have to move to the front, so that all of them stand there in order."""
    for count in range(len(first)):
        rest = [device for device in live if device not in first[:count]]
        if rest[: len(first) - count] == list(first[count:]):
            return count
    return len(first)


def _build_draft(word: str, words: Sequence[str], device: BootDevice | None = None) -> StepDraft:
    return StepDraft(
        name=f"boot_order.{word}",
        operation_id="set_server_boot_order",
        body={} if device is None else {"id": device.id},
        at_apply={"device": word, "named": list(words)},
        label=f"boot {word} first",
    )


def _unknown_device(words: Sequence[str], index: int, live: Sequence[BootDevice]) -> Problem:
    there = ", ".join(f"{d.name} ({d.type})" if d.device and d.type else d.name for d in live)
    return Problem(
        code="boot-device-unknown",
        what=f"the server has no device {words[index]} to boot from; it has {there}",
        hint="name one of these, or mount an image with dvds",
        detail=f"[{index}]",
        is_difference=True,
    )


def _bind(_planned: Planned, facts: Facts, sent: Sent) -> Bound | None:
    """The device's number changes with every change of the order, so no plan can know it."""
    word, devices = sent.at_apply["device"], facts.part(DEVICES)
    device = find_device(word, devices, sent.at_apply["named"])
    if device is None:
        names = ", ".join(other.name for other in devices) or "none"
        raise ApplyError(
            f"{facts.hostname} has no device {word} to boot from; it has {names}",
            hint="plan again",
        )
    if device == devices[0]:
        return None
    return Bound(path=sent.path, body={**sent.body, "id": device.id})


def _note_device(_planned: Planned, _facts: Facts, sent: Sent) -> Mapping[str, Any]:
    return dict(sent.at_apply)


def _stands_first(facts: Facts, sent: Sent) -> bool:
    devices, baseline = facts.part(DEVICES), sent.baseline
    if not devices:
        return False
    return bool(find_device(baseline["device"], devices, baseline["named"]) == devices[0])


EFFECTS = (
    Effect(
        operation_id="set_server_boot_order",
        is_due=always_due,
        reads_to_bind=frozenset({DEVICES}),
        bind=_bind,
        baseline=_note_device,
        reads=frozenset({DEVICES}),
        has_happened=_stands_first,
    ),
)
