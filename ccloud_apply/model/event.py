"""What an apply tells while it runs."""

from datetime import datetime
from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.model.results.present import PresentServer

EventType = Literal[
    "plan",
    "step_start",
    "step_progress",
    "step_complete",
    "step_failed",
    "step_skipped",
    "warning",
    "error",
    "summary",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event; the fields that its type has no use for are None.

    `error` belongs to step_failed, `because` to step_skipped, `message` to warning, error and
    step_progress, `diagnostic` to an error that stops a run; `plan` to plan; `done`, `failed`,
    `skipped`, `converged`, `seconds` and `servers`, the declared servers that are there, to
    summary. The summary of anything but an apply names its `operation`, and its `message` says what
    came of it. `override_window` is the reason for which the run did not wait for a window, and
    `deferred` the number of servers that it has left for later; both belong to summary.
    """

    type: EventType
    time: datetime
    stack: str | None = None
    server: str | None = None
    step: str | None = None
    operation: str | None = None
    hostname: str | None = None
    task_id: int | None = None
    status: str | None = None
    message: str | None = None
    error: str | None = None
    because: str | None = None
    diagnostic: Diagnostic | None = None
    plan: Plan | None = None
    done: int | None = None
    failed: int | None = None
    skipped: int | None = None
    converged: bool | None = None
    seconds: float | None = None
    override_window: str | None = None
    deferred: int | None = None
    servers: tuple[PresentServer, ...] = ()


def error_event(diagnostic: Diagnostic, time: datetime) -> Event:
    """The event of an error before or after the steps."""
    return Event(type="error", time=time, message=diagnostic.what, diagnostic=diagnostic)
