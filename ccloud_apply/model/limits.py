"""The platform's limits, each with its source, and those that are settings.

What the vendor's documentation says of sizes and numbers is weak evidence: it is the default of a
setting, so that nobody is held back by us from what the platform takes.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the platform takes, as far as anybody knows. Sizes are in GB, times in seconds.

    - `disks` on one server, and `disk_gb` of one of them (vendor's documentation: 5, and 5 TB).
    - `snapshots` of one server, and the pause between two of them (vendor's documentation).
    - `creates` under way in an account (vendor's documentation: panel and API together).
    - `cores` and `memory_gb`: the upper ends of the service description; an account's own limits
      can be lower.
    """

    disks: int = 5
    snapshots: int = 10
    snapshot_pause_s: float = 600.0
    creates: int = 10
    cores: int = 64
    memory_gb: int = 512
    disk_gb: int = 5120
    told: frozenset[str] = field(default=frozenset(), compare=False)
    """Those that somebody has said, even if it is what they are by default."""

    def __post_init__(self) -> None:
        """Raises ValueError for a number that means nothing."""
        for name in LIMIT_VARIABLES:
            number, least = getattr(self, name), 0 if name == "snapshot_pause_s" else 1
            if not least <= number <= MAX_LIMIT:
                raise ValueError(f"{name}: expected a number from {least} to {MAX_LIMIT}")

    def with_others(self, others: Mapping[str, int]) -> "Limits":
        """The same with these, by the keys of `LIMIT_KEYS`; those that are told or differ from the
        default stay."""
        usual = Limits()
        taken: dict[str, Any] = {
            name: others[key]
            for name, key in LIMIT_KEYS.items()
            if key in others
            and name not in self.told
            and getattr(self, name) == getattr(usual, name)
        }
        return replace(self, **taken) if taken else self


MAX_RETIRE_DAYS = 3650
"""The longest time, in days, that a server can wait before it is destroyed."""

MAX_LIMIT = 1_000_000
"""More than anything that is limited can be."""

LIMIT_VARIABLES: Mapping[str, str] = {
    "disks": "CCLOUD_LIMIT_DISKS",
    "snapshots": "CCLOUD_LIMIT_SNAPSHOTS",
    "snapshot_pause_s": "CCLOUD_LIMIT_SNAPSHOT_PAUSE",
    "creates": "CCLOUD_LIMIT_CREATES",
    "cores": "CCLOUD_LIMIT_CORES",
    "memory_gb": "CCLOUD_LIMIT_MEMORY",
    "disk_gb": "CCLOUD_LIMIT_DISK",
}
"""The setting of each limit, as messages name it; `cli/limits.py` reads it."""

LIMIT_KEYS: Mapping[str, str] = {
    name: variable.removeprefix("CCLOUD_LIMIT_").lower()
    for name, variable in LIMIT_VARIABLES.items()
}
"""The key of each limit under `limits:` of the project file: `snapshot_pause`, `disk`."""

DEFAULT_LIMITS = Limits()


def offer_limit(name: str) -> str:
    """The way out of a limit that the platform may not have, as a hint."""
    return f"if the platform takes more: {LIMIT_VARIABLES[name]}"


def apply_limits(schema: Mapping[str, Any], limits: Limits) -> Mapping[str, Any]:
    """The same schema with the maxima of these limits; the schema itself is not changed."""
    return schema if limits == DEFAULT_LIMITS else _apply(schema, limits)


def _apply(part: Any, limits: Limits) -> Any:
    if isinstance(part, list):
        return [_apply(item, limits) for item in part]
    if not isinstance(part, dict):
        return part
    changed = {name: _apply(item, limits) for name, item in part.items()}
    name = part.get("limitedBy")
    if isinstance(name, str):
        keyword = "maxItems" if "maxItems" in part else "maximum"
        most = getattr(limits, name)
        # Of the snapshots of a server one is left for what is taken next.
        changed[keyword] = max(1, most - 1) if name == "snapshots" else most
    return changed


SNAPSHOT_BEFORE = ("resize", "disks", "redeploy", "replace", "destroy")
"""The kinds of changes that `lifecycle.snapshot_before` can name."""

MIN_PASSWORD_LENGTH = 8
"""Characters of a server's password (API document, DeploymentCreateRequest)."""

SCHEDULE_FREQUENCIES = (1, 3, 6, 12, 24)
"""Hours between scheduled snapshots (API document, the text; one enumeration there lacks 24)."""

MAX_KEY_LENGTH = 40
MAX_COUNT = 1000
"""Instances that one entry of a stack file may expand to."""

MAX_RETIRE_DAYS = 3650
"""Days that a retired server may wait: ten years."""

DEFAULT_DESTROY_SHARE = (3, 10)
"""The share of a stack's live servers that one plan may destroy or replace without being told."""
