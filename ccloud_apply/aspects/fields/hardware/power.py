"""Whether a server runs. Only Running and Off are stable; other states are reported, not fought."""

from datetime import datetime
from typing import Any

from ccloud_apply.aspects.base import EQUAL, Aspect, Comparison, Difference, StepDraft
from ccloud_apply.aspects.effects import Bound, Effect, Facts, Planned, Sent
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import FieldChange

RUNNING, OFF = "running", "off"
_STABLE = {"Running": RUNNING, "Off": OFF}


class Power(Aspect):
    """`change_server_state` with start or shutdown."""

    field = "power"
    order = 90
    schema = {
        "enum": [RUNNING, OFF],
        "description": "running or off. Off is an orderly shutdown.",
    }

    def server_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        return frozenset({"get_server_state"})

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        """A server that was just created runs."""
        return (build_power_draft(OFF, name=self.field),) if value == OFF else ()

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        state = comparison.live.part("get_server_state")
        live = _STABLE.get(state)
        if live is None:
            what = f"{comparison.live.name} is {state}; its power is left alone until it is stable"
            return Difference(warnings=(what,))
        if live == declared:
            return EQUAL
        return Difference(
            changes=(FieldChange(field=self.field, before=live, after=declared),),
            drafts=(build_power_draft(declared, name=self.field),),
        )


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


_READS = frozenset({"get_server_state"})


def _bind(_planned: Planned, facts: Facts, sent: Sent) -> Bound | None:
    """Whether a server that was reinstalled runs shows only right before the request."""
    is_so = facts.part("get_server_state") == sent.at_apply["state"]
    return None if is_so else Bound(path=sent.path, body=sent.body)


def _is_in_state(facts: Facts, sent: Sent) -> bool:
    wanted = "Running" if sent.target == "start" else "Off"
    return bool(facts.part("get_server_state") == wanted)


EFFECTS = (
    Effect(
        operation_id="change_server_state",
        reads_to_bind=_READS,
        bind=_bind,
        reads=_READS,
        has_happened=_is_in_state,
        waits_for_tasks=True,
        may_be_old=True,
    ),
)
