"""Whether a step may begin now: asked before it starts, and again right before it leaves.

What follows on a step that has begun is finished whatever the time is: no server is left half done.
Which steps wait for windows, and when these are open, belongs to `plan/windows/`.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Protocol

from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.plan.windows.closed import describe_closed
from ccloud_apply.plan.windows.gated import GatedStep


class TooLateError(ApplyError):
    """What a step would begin may not happen any more; nothing of it was sent."""


class Gate(Protocol):
    """Says which steps may begin. One apply has one."""

    def find_obstacle(self, queued: QueuedStep) -> str | None:
        """Why the step may not begin now; None if it may."""
        ...

    def begin(self, queued: QueuedStep) -> None:
        """The step's request leaves: what follows on it is let through from now on."""
        ...

    def withdraw(self, queued: QueuedStep) -> None:
        """Nothing of the step has happened, for certain."""
        ...


class NoGate:
    """Lets every step begin."""

    def find_obstacle(self, queued: QueuedStep) -> str | None:
        """None."""
        return None

    def begin(self, queued: QueuedStep) -> None:
        """Nothing."""

    def withdraw(self, queued: QueuedStep) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowGate:
    """Lets steps begin while the windows of their stack are open and no freeze holds them.

    `gated` are the steps that wait for that, by stack and id.
    """

    gated: Mapping[tuple[str, str], GatedStep]
    clock: Clock
    _begun: set[tuple[str, str]] = field(default_factory=set)

    def find_obstacle(self, queued: QueuedStep) -> str | None:
        """Why the step may not begin now; None if it may, and for one that has begun already."""
        name = _name(queued)
        step = self.gated.get(name)
        if step is None or name in self._begun:
            return None
        begun = frozenset(id for id in step.after if (queued.stack, id) in self._begun)
        moment = self.clock.now()
        closed = step.find_closed(moment, begun)
        return describe_closed(step.policy, closed, moment) if closed else None

    def begin(self, queued: QueuedStep) -> None:
        """The step's request leaves."""
        name = _name(queued)
        if name in self.gated:
            self._begun.add(name)

    def withdraw(self, queued: QueuedStep) -> None:
        """Nothing of the step has happened, for certain."""
        self._begun.discard(_name(queued))


def _name(queued: QueuedStep) -> tuple[str, str]:
    return queued.stack, queued.planned_id
