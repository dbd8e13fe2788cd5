"""The declared servers that are there when an apply ends: by the newest read, or by what is known.

Who matches whom belongs to plan/. Nothing is read for this.
"""

from collections.abc import Callable
from dataclasses import field

from ccloud_apply.apply.queued_step import CREATE
from ccloud_apply.apply.result import ApplyResult
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.views.present import Name, SinceRead

_DELETE = "delete_server"

StepName = tuple[str, str]
"""A step: its stack and id."""


@dataclass(slots=True)
class HostnameListener:
    """Passes events on, and keeps what they tell of the hostnames of servers, by step."""

    listen: Callable[[Event], None]
    hostnames: dict[StepName, str] = field(default_factory=dict)

    def on_event(self, event: Event) -> None:
        """Take an event, and pass it on."""
        if event.stack is not None and event.step is not None and event.hostname is not None:
            self.hostnames[event.stack, event.step] = event.hostname
        self.listen(event)


def find_since(plan: Plan, result: ApplyResult, hostnames: dict[StepName, str]) -> SinceRead:
    """What an apply of this plan has done since the account was read for it.

    A server counts as touched unless all its steps were skipped: after a stop, nothing says how far
    its steps have come. Of a create that has failed for certain it is not known what it has left.
    """
    outcomes = {(one.stack, one.step): one for one in result.outcomes}
    touched: set[Name] = set()
    gone: set[Name] = set()
    named: dict[Name, str] = {}
    for stack in plan.stacks:
        for step in stack.steps:
            at = (stack.stack, step.id)
            name = (stack.stack, step.server)
            outcome = outcomes.get(at)
            if outcome is None or outcome.status != "skipped":
                touched.add(name)
            if step.operation_id == _DELETE and outcome is not None and outcome.is_done:
                gone.add(name)
            has_failed = outcome is not None and outcome.has_failed_for_certain
            if step.operation_id == CREATE and at in hostnames and not has_failed:
                named[name] = hostnames[at]
    return SinceRead(touched=touched, gone=gone, hostnames=named)
