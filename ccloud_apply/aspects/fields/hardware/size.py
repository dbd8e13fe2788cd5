"""Cores and memory: whole numbers that a task resizes."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ccloud_apply.aspects.base import (
    NO_CATALOGUES,
    Catalogues,
    Comparison,
    Difference,
    Unknown,
)
from ccloud_apply.aspects.lib.power_state import STATE, tell_unstable
from ccloud_apply.aspects.lib.sizes import is_possible, tell_impossible
from ccloud_apply.aspects.shapes import Scalar, task_effect
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.limits import DEFAULT_LIMITS
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.cost import Shape
from ccloud_apply.model.results.plan import FieldChange, ValueKind


class _Size(Scalar):
    """A number that the server list shows; offline it needs the server off."""

    is_needed_to_create = True
    is_rename_evidence = True
    tells_what_goes = True
    task_actions = ("resize-server",)
    snapshot_kind = "resize"
    unit: ClassVar[str] = ""
    """What the number counts, in words."""

    def server_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """The power state, only where an offline resize has to know it."""
        if spec.lifecycle.resize != "offline":
            return frozenset()
        size = self.read_live(live)
        is_same = isinstance(size, Unknown) or size == spec.value(self.field)
        return frozenset() if is_same else frozenset({STATE})

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        """A size that no server can have is unknown: it is in another unit."""
        reason = self.find_other_version(live)
        return Unknown(reason) if reason else super().read_live(live, catalogues)

    def change(self, before: Any, after: Any, comparison: Comparison) -> Difference:
        found = super().change(before, after, comparison)
        if comparison.spec.lifecycle.resize != "offline":
            return found
        if unstable := tell_unstable(comparison.live):
            return self.leave_unknown(Unknown(unstable), comparison)
        return replace(found, drafts=tuple(replace(d, needs_off=True) for d in found.drafts))

    def find_other_version(self, live: LiveServer) -> str:
        size = live.odd.get(self.live_name or self.field) or live.fact(self.live_name or self.field)
        is_told = size is not None and not is_possible(size, self.schema, live.limits)
        return tell_impossible(f"{self.field} {size}", self.unit) if is_told else ""

    def export(self, live: LiveServer, catalogues: Catalogues) -> Any:
        """The size as it is told: one that no file can hold is left out, and named."""
        fact = self.live_name or self.field
        return live.odd.get(fact) or live.fact(fact)

    def live_shape(self, live: LiveServer) -> Mapping[str, Any]:
        size = self.read_live(live)
        return {self.live_name or self.field: None if isinstance(size, Unknown) else size}

    def change_shape(self, shape: Shape, change: FieldChange, catalogues: Catalogues) -> Shape:
        name = self.live_name or self.field
        return replace(shape, **{name: change.after or getattr(shape, name)})


class Cores(_Size):
    """`resize_server_cores`."""

    field = "cores"
    synonyms = ("cpu", "cpus", "vcpu", "vcpus")
    order = 40
    unit = "a number of cores"
    set_operation = "resize_server_cores"
    schema = {
        "type": "integer",
        "minimum": 1,
        "maximum": DEFAULT_LIMITS.cores,
        "limitedBy": "cores",
        "description": "Number of CPU cores.",
    }


class Memory(_Size):
    """`resize_server_memory`; in GB."""

    field = "memory"
    synonyms = ("ram", "mem")
    order = 41
    unit = "GB"
    kind = ValueKind.GB
    live_name = "memory_gb"
    set_operation = "resize_server_memory"
    schema = {
        "type": "integer",
        "minimum": 1,
        "maximum": DEFAULT_LIMITS.memory_gb,
        "limitedBy": "memory_gb",
        "description": "Memory in GB.",
    }


_WANTS_IT_OFF = lazy_pattern(
    r"\b(?:off|offline|powered|stopped|shut ?down|while running|(?:server|vm|machine) is"
    r" (?:still )?running)\b",
    re.IGNORECASE,
)


def _find_way_out(refusal: str) -> str:
    """Which servers can be resized while they run, the API document does not say."""
    if not _WANTS_IT_OFF.search(refusal):
        return ""
    return (
        "if the platform wants the server off for this, set lifecycle: {resize: offline}: it is"
        " shut down, resized and started again"
    )


EFFECTS = tuple(replace(task_effect(each), way_out=_find_way_out) for each in (Cores, Memory))
