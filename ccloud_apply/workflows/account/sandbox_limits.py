"""The limits of an embedded API: it takes what the run believes that the platform takes."""

from typing import TypedDict

from ccloud_apply.model.limits import Limits


class SandboxLimits(TypedDict):
    """Options of the embedded API."""

    parallel_creates: int
    max_cores: int
    max_memory_gb: int
    max_disks: int
    max_disk_gb: int
    max_snapshots: int
    snapshot_pause_s: float


def sandbox_limits(limits: Limits) -> SandboxLimits:
    """The options for these limits."""
    return {
        "parallel_creates": limits.creates,
        "max_cores": limits.cores,
        "max_memory_gb": limits.memory_gb,
        "max_disks": limits.disks,
        "max_disk_gb": limits.disk_gb,
        "max_snapshots": limits.snapshots,
        "snapshot_pause_s": limits.snapshot_pause_s,
    }
