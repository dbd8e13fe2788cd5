"""Disks that the file leaves alone, beside those that it does not (`lifecycle.ignore_changes`)."""

from collections.abc import Sequence

from ccloud_apply.aspects.base import Problem
from ccloud_apply.aspects.lib.disk_doubts import ambiguous, is_mixed
from ccloud_apply.model.live.account import LiveDisk


def strict_first(positions: Sequence[int], ignored: frozenset[int]) -> list[int]:
    """The positions, those whose size does not matter last."""
    return sorted(positions, key=lambda position: position in ignored)


def leave_ignored(
    declared_count: int,
    live: Sequence[LiveDisk],
    positions: Sequence[int],
    open_live: Sequence[LiveDisk],
    ignored: frozenset[int],
) -> tuple[list[int], list[LiveDisk]] | Problem:
    """The positions and live disks that no size tells, without those that are left alone.

    A disk is removed beside an ignored one only where it is certain which of them is which: every
    ignored position is a live disk by its id or its size, or by its place on the server.
    """
    doubt = ambiguous(live, "it is not certain which of them is ignored")
    absent = sum(position >= declared_count for position in ignored)
    loose = [position for position in positions if position in ignored]
    if len(loose) < len(positions):  # another disk grows, or is added
        is_certain = len(open_live) == len(positions) or not (loose or absent)
        return (list(positions), list(open_live)) if is_certain else doubt
    places = () if is_mixed(live) else ignored
    others = [disk for disk in open_live if live.index(disk) not in places]
    free = len(loose) + absent - (len(open_live) - len(others))
    if len(others) <= free:
        return [], []
    return doubt if loose or free > 0 else ([], others)
