"""Cores and memory: whole numbers that a task resizes."""

from collections.abc import Mapping
from typing import Any, ClassVar

from ccloud_apply.aspects.base import (
    EQUAL,
    Aspect,
    Comparison,
    Difference,
    StepDraft,
    unknown_live,
)
from ccloud_apply.aspects.effects import Sent, server_effect
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.limits import MAX_CORES, MAX_MEMORY_GB
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import FieldChange


class _Size(Aspect):
    """A number that the server list shows; offline it needs the server off."""

    live_name: ClassVar[str] = ""
    operation_id: ClassVar[str] = ""

    def server_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """The power state, only where an offline resize has to know it."""
        is_offline = spec.lifecycle.resize == "offline"
        if is_offline and getattr(live, self.live_name) != spec.value(self.field):
            return frozenset({"get_server_state"})
        return frozenset()

    def create_body(self, value: Any) -> Mapping[str, Any]:
        return {self.field: value}

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        live = getattr(comparison.live, self.live_name)
        if live is None:
            return unknown_live(comparison.live, self.field)
        if live == declared:
            return EQUAL
        is_offline = comparison.spec.lifecycle.resize == "offline"
        if is_offline:
            state = comparison.live.part("get_server_state")
            if state not in ("Running", "Off"):
                what = (
                    f"{comparison.live.name} is {state}; its {self.field} is left at {live}"
                    " until the server is Running or Off"
                )
                return Difference(warnings=(what,))
        draft = StepDraft(
            name=self.field,
            operation_id=self.operation_id,
            body={self.field: declared},
            needs_off=is_offline,
        )
        change = FieldChange(field=self.field, before=live, after=declared)
        return Difference(changes=(change,), drafts=(draft,))


class Cores(_Size):
    """`resize_server_cores`."""

    field = "cores"
    order = 40
    live_name = "cores"
    operation_id = "resize_server_cores"
    schema = {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_CORES,
        "description": "Number of CPU cores.",
    }


class Memory(_Size):
    """`resize_server_memory`; in GB."""

    field = "memory"
    order = 41
    live_name = "memory_gb"
    operation_id = "resize_server_memory"
    schema = {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_MEMORY_GB,
        "description": "Memory in GB.",
    }


def _has_cores(server: LiveServer, sent: Sent) -> bool:
    return "cores" in sent.baseline and bool(server.cores == sent.baseline["cores"])


def _has_memory(server: LiveServer, sent: Sent) -> bool:
    return "memory" in sent.baseline and bool(server.memory_gb == sent.baseline["memory"])


EFFECTS = (
    server_effect("resize_server_cores", _has_cores, of_body=("cores",)),
    server_effect("resize_server_memory", _has_memory, of_body=("memory",)),
)
