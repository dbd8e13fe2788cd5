"""How long one step of a plan takes: the actions of the task that it starts.

The API document names no action for a redeploy, the growth of a disk, a DVD drive, a snapshot or
the boot order, so nothing tells how long these take.
"""

from collections.abc import Mapping

from ccloud_apply.model.results.plan import Step
from ccloud_apply.operations import OPERATIONS
from ccloud_apply.plan.timing.history import Durations

_STATE = "change_server_state"

_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "create_server": ("create-server",),
    "delete_server": ("delete-server",),
    "resize_server_cores": ("resize-server",),
    "resize_server_memory": ("resize-server",),
    "add_server_disk": ("add-disk-server",),
    "delete_server_disk": ("delete-disk-server",),
}
_STATE_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "start": ("start-server",),
    "shutdown": ("stop-server", "shutdown-server"),
}
"""By the last part of the path. The document names `stop-server` alone."""


def actions_of(step: Step) -> tuple[str, ...]:
    """The actions that the step's task may have in the task list; empty where none is known."""
    if step.operation_id == _STATE:
        return _STATE_ACTIONS.get(step.path.rsplit("/", 1)[-1], ())
    return _ACTIONS.get(step.operation_id, ())


def starts_task(step: Step) -> bool:
    """False for a step that is done as soon as it is answered."""
    return OPERATIONS[step.operation_id].answer == "task"


def expect_seconds(step: Step, durations: Durations) -> float | None:
    """The seconds that the step takes, 0 without a task; None where the account does not tell."""
    return durations.median_of(actions_of(step)) if starts_task(step) else 0.0
