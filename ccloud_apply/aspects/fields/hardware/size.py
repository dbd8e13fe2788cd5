"""Cores and memory: whole numbers that a task resizes."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ccloud_apply.aspects.base import Catalogues, Comparison, Difference, Unknown
from ccloud_apply.aspects.lib.power_state import STATE, tell_unstable
from ccloud_apply.aspects.shapes import Scalar, task_effect
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.limits import MAX_CORES, MAX_MEMORY_GB
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

    def server_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """The power state, only where an offline resize has to know it."""
        if spec.lifecycle.resize != "offline":
            return frozenset()
        value = self.read_live(live)
        is_same = isinstance(value, Unknown) or value == spec.value(self.field)
        return frozenset() if is_same else frozenset({STATE})

    def change(self, before: Any, after: Any, comparison: Comparison) -> Difference:
        found = super().change(before, after, comparison)
        if comparison.spec.lifecycle.resize != "offline":
            return found
        if unstable := tell_unstable(comparison.live):
            return self.leave_unknown(Unknown(unstable), comparison)
        return replace(found, drafts=tuple(replace(d, needs_off=True) for d in found.drafts))

    def live_shape(self, live: LiveServer) -> Mapping[str, Any]:
        name = self.live_name or self.field
        return {name: live.fact(name)}

    def change_shape(self, shape: Shape, change: FieldChange, catalogues: Catalogues) -> Shape:
        name = self.live_name or self.field
        return replace(shape, **{name: change.after or getattr(shape, name)})


class Cores(_Size):
    """`resize_server_cores`."""

    field = "cores"
    synonyms = ("cpu", "cpus", "vcpu", "vcpus")
    order = 40
    set_operation = "resize_server_cores"
    schema = {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_CORES,
        "description": "Number of CPU cores.",
    }


class Memory(_Size):
    """`resize_server_memory`; in GB."""

    field = "memory"
    synonyms = ("ram", "mem")
    order = 41
    kind = ValueKind.GB
    live_name = "memory_gb"
    set_operation = "resize_server_memory"
    schema = {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_MEMORY_GB,
        "description": "Memory in GB.",
    }


_WANTS_IT_OFF = re.compile(
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
