"""An apply's events as the steps of a rehearsal."""

from dataclasses import field, replace

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.rehearsal import RehearsedStep


@dataclass(slots=True)
class StepRecorder:
    """The steps as they are told, in the order in which they start; what is told beside them."""

    steps: dict[tuple[str, str], RehearsedStep] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def listen(self, event: Event, now_s: float) -> None:
        """Take in an event; `now_s` are virtual seconds."""
        if event.type == "warning":
            self.warnings.append(event.message or "")
        if event.step is None or event.stack is None:
            return
        name = (event.stack, event.step)
        if event.type == "step_start":
            self.steps[name] = self._new(event, start_s=now_s)
        elif event.type in ("step_complete", "step_failed"):
            is_done = event.type == "step_complete"
            self.steps[name] = replace(
                self.steps[name],
                status="done" if is_done else "failed",
                seconds=event.seconds,
                why=event.error,
            )
        elif event.type == "step_skipped":
            skipped = self._new(event, start_s=None)
            self.steps[name] = replace(skipped, status="skipped", why=event.because)

    def _new(self, event: Event, *, start_s: float | None) -> RehearsedStep:
        return RehearsedStep(
            stack=event.stack or "",
            server=event.server or "",
            step=event.step or "",
            operation=event.operation or "",
            status="done",
            start_s=start_s,
        )

    def finished(self) -> tuple[RehearsedStep, ...]:
        """All steps; times count from the first one's start."""
        starts = [step.start_s for step in self.steps.values() if step.start_s is not None]
        first = min(starts, default=0.0)
        return tuple(
            replace(step, start_s=None if step.start_s is None else round(step.start_s - first, 3))
            for step in self.steps.values()
        )
