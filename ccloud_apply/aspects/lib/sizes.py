"""Sizes that no server can have: then the account speaks another version of the API.

A public client of the API sends memory in MB, another one in bytes. What is sent here is GB, so a
live size that cannot be GB is neither equal to a declared one nor another one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ccloud_apply.model.limits import Limits
from ccloud_apply.model.live.account import LiveDisk

_RATIOS = (1000, 1024)


def is_possible(size: Any, schema: Mapping[str, Any], limits: Limits) -> bool:
    """True for a size between the least and the most that a stack file can declare."""
    most: int = getattr(limits, schema["limitedBy"])
    return isinstance(size, int) and schema["minimum"] <= size <= most


def tell_impossible(what: str, unit: str) -> str:
    """What the API tells, and why it is no size: `what` names it with its value."""
    return f"this account speaks another version of the API: {what} cannot be {unit}"


def find_impossible(disks: Sequence[LiveDisk], sum_gb: int | None, limits: Limits) -> str:
    """Why the sizes of these disks cannot be GB, or an empty text.

    `sum_gb` is what the server's own details give for all: a thousand times as much here is MB.
    """
    for disk in disks:
        if disk.odd or not 1 <= disk.size_gb <= limits.disk_gb:
            return tell_impossible(f"size {disk.odd or disk.size_gb} of disk {disk.id}", "GB")
    total_gb = sum(disk.size_gb for disk in disks)
    if sum_gb and total_gb in {sum_gb * ratio for ratio in _RATIOS}:
        return tell_impossible(f"{total_gb} for all disks of a server of {sum_gb}", "GB")
    return ""
