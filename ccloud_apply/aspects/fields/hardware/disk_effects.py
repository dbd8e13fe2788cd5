"""What becomes of a request that adds, grows or deletes a disk.

A disk has no name, so its id tells an added one, and the ids that were there before it left.
"""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.aspects.effects import Effect, Facts, Planned, Sent, changed_since_plan
from ccloud_apply.model.units import gb_to_bytes

_DISKS = "list_server_disks"
_READS = frozenset({_DISKS})


def _note_disks(_planned: Planned, facts: Facts, sent: Sent) -> Mapping[str, Any]:
    return {"disks": [disk.id for disk in facts.part(_DISKS)], "size": sent.body["size"]}


def _has_new_disk(facts: Facts, sent: Sent) -> bool:
    before = set(sent.baseline.get("disks", ()))
    size = sent.baseline.get("size")  # an earlier version did not note it
    return any(
        disk.id not in before and size in (None, gb_to_bytes(disk.size_gb))
        for disk in facts.part(_DISKS)
    )


def _has_grown(facts: Facts, sent: Sent) -> bool:
    size_gb = sent.baseline.get("size")
    return any(disk.id == sent.target and disk.size_gb == size_gb for disk in facts.part(_DISKS))


def _has_lost_disk(facts: Facts, sent: Sent) -> bool:
    """A server without any disk is an answer that lacks them."""
    disks = facts.part(_DISKS)
    return bool(disks) and sent.target not in {disk.id for disk in disks}


def _is_growth_due(planned: Planned, facts: Facts, sent: Sent) -> bool:
    """The disk of this id is the one that the plan saw, or has the size already."""
    size_gb = _find_size(facts, sent)
    if size_gb is None:
        raise changed_since_plan(f"disk {sent.target} of {facts.name} is gone")
    if size_gb == sent.body["size"]:
        return False
    _require_planned_size(planned, facts, sent, size_gb)
    return True


def _is_deletion_due(planned: Planned, facts: Facts, sent: Sent) -> bool:
    """The disk is the one that the plan saw, or is gone already."""
    size_gb = _find_size(facts, sent)
    if size_gb is None:
        return False
    _require_planned_size(planned, facts, sent, size_gb)
    return True


def _find_size(facts: Facts, sent: Sent) -> int | None:
    sizes = (disk.size_gb for disk in facts.part(_DISKS) if disk.id == sent.target)
    return next(sizes, None)


def _require_planned_size(planned: Planned, facts: Facts, sent: Sent, size_gb: int) -> None:
    assert planned.server is not None
    before = {disk.id: disk.size_gb for disk in planned.server.part(_DISKS)}
    if size_gb != before.get(sent.target):
        raise changed_since_plan(f"disk {sent.target} of {facts.name} has {size_gb} GB")


EFFECTS = (
    Effect(
        operation_id="add_server_disk",
        reads_to_check=_READS,
        reads_to_note=_READS,
        baseline=_note_disks,
        reads=_READS,
        has_happened=_has_new_disk,
        adds=True,
    ),
    Effect(
        operation_id="resize_server_disk",
        reads_to_check=_READS,
        is_due=_is_growth_due,
        of_body=("size",),
        reads=_READS,
        has_happened=_has_grown,
    ),
    Effect(
        operation_id="delete_server_disk",
        reads_to_check=_READS,
        is_due=_is_deletion_due,
        reads=_READS,
        has_happened=_has_lost_disk,
        is_held_by_protection=True,
    ),
)
