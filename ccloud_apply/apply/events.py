"""Builds events, with the time from the clock, and sends them to a listener.

How an event looks on a terminal or as JSON does not belong here.
"""

from collections.abc import Callable

from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.clock import Clock
from ccloud_apply.model.event import Event, EventType

Listen = Callable[[Event], None]


class EventEmitter:
    """Emits events to one listener."""

    def __init__(self, listen: Listen, clock: Clock) -> None:
        self._listen = listen
        self._clock = clock
        self._started: dict[tuple[str, str], float] = {}

    def tell(
        self,
        type: EventType,
        queued: QueuedStep,
        *,
        hostname: str | None = None,
        task_id: int | None = None,
        status: str | None = None,
        message: str | None = None,
        error: str | None = None,
        because: str | None = None,
    ) -> None:
        """Emit an event of a step. Its `seconds` are those since the step started."""
        step = queued.step
        name = (queued.stack, step.id)
        if type == "step_start":
            self._started[name] = self._clock.monotonic()
        started = self._started.get(name)
        self._listen(
            Event(
                type=type,
                time=self._clock.now(),
                stack=queued.stack,
                server=step.server,
                step=step.id,
                operation=step.operation,
                hostname=hostname,
                task_id=task_id,
                status=status,
                message=message,
                error=error,
                because=because,
                seconds=None
                if started is None or type == "step_start"
                else round(self._clock.monotonic() - started, 3),
            )
        )

    def warn(
        self, message: str, *, hostname: str | None = None, task_id: int | None = None
    ) -> None:
        """Emit a warning that belongs to no step."""
        self._listen(
            Event(
                type="warning",
                time=self._clock.now(),
                message=message,
                hostname=hostname,
                task_id=task_id,
            )
        )
