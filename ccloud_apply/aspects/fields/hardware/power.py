"""Whether a server runs. Only Running and Off are stable; in another state it is not compared."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ccloud_apply.aspects.base import (
    NO_CATALOGUES,
    Aspect,
    Catalogues,
    Comparison,
    StepDraft,
    Unknown,
)
from ccloud_apply.aspects.effects import Bound, Effect, Facts, Planned, Sent
from ccloud_apply.aspects.lib.power_state import STATE, tell_unstable
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveServer

RUNNING, OFF = "running", "off"
_STABLE = {"Running": RUNNING, "Off": OFF}


class Power(Aspect):
    """`change_server_state` with start or shutdown."""

    field = "power"
    order = 90
    task_actions = ("start-server", "stop-server", "shutdown-server", "restart-server")
    schema = {
        "enum": [RUNNING, OFF],
        "description": "running or off. off shuts the server down in an orderly way.",
    }

    def live_reads(self, live: LiveServer) -> frozenset[str]:
        return frozenset({STATE})

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        """A server that was just created runs; nobody uses it yet, so none of it is downtime."""
        if value != OFF:
            return ()
        return (replace(build_power_draft(OFF, name=self.field), causes_downtime=False),)

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        state = live.part(STATE)
        return _STABLE.get(state) or Unknown(tell_unstable(live))

    def update_drafts(self, value: Any, comparison: Comparison) -> tuple[StepDraft, ...]:
        return (build_power_draft(value, name=self.field),)

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        return {"state": live.parts.get(STATE, "Running")}


def is_off(live: LiveServer) -> bool:
    """True if it is known that the server is off: what is done to it is no downtime."""
    return _STABLE.get(live.parts.get(STATE, "")) == OFF


def build_power_draft(power: str, *, name: str) -> StepDraft:
    """The request that starts a server or shuts it down in an orderly way."""
    is_start = power == RUNNING
    return StepDraft(
        name=name,
        operation_id="change_server_state",
        parameters={"action": "start" if is_start else "shutdown"},
        label="start" if is_start else "shut down",
        causes_downtime=not is_start,
    )


_READS = frozenset({STATE})


def _bind(_planned: Planned, facts: Facts, sent: Sent) -> Bound | None:
    """Whether a server that was reinstalled runs shows only right before the request."""
    is_so = facts.part(STATE) == sent.at_apply["state"]
    return None if is_so else Bound(path=sent.path, body=sent.body)


def _is_in_state(facts: Facts, sent: Sent) -> bool:
    wanted = "Running" if sent.target == "start" else "Off"
    return bool(facts.part(STATE) == wanted)


EFFECTS = (
    Effect(
        operation_id="change_server_state",
        reads_to_check=_READS,
        reads_to_bind=_READS,
        bind=_bind,
        reads=_READS,
        has_happened=_is_in_state,
        waits_for_tasks=True,
        may_be_old=True,
    ),
)
