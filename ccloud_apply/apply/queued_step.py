"""A step of a plan with the stack that it belongs to, as the engine hands it round."""

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import Step
from ccloud_apply.operations import OPERATIONS

CREATE = "create_server"
CREATE_TASK = "create-server"
"""The `action` of the tasks that create servers."""
BEFORE = ".before"
"""What follows a step's id where a DELETE of its own goes before its request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedStep:
    """A step with its stack; `index` is its place among the steps of all stacks."""

    index: int
    stack: str
    step: Step

    @property
    def server(self) -> tuple[str, str]:
        """The server that it changes: stack and key."""
        return self.stack, self.step.server

    @property
    def planned_id(self) -> str:
        """The id that the plan has for it, also of a DELETE that goes before its request."""
        return self.step.id.removesuffix(BEFORE)

    @property
    def is_create(self) -> bool:
        """True for the steps of which the platform takes only so many at a time."""
        return self.step.operation_id == CREATE

    @property
    def has_task(self) -> bool:
        """True if its operation answers the id of a task."""
        return OPERATIONS[self.step.operation_id].answer == "task"
