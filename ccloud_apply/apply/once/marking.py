"""Sets marks of ours on a server: a request of its own, recorded and judged as any other.

When a mark is due belongs to `half_made.py` and `untaken.py`, what it means to
`plan/diff/marks.py`.
"""

from collections.abc import Iterable

from ccloud_apply.apply.messages import explain
from ccloud_apply.apply.once.patience import repeat_while_busy
from ccloud_apply.apply.once.safe_send import SafeSend
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.aspects.registry import OWNERSHIP_OPERATION
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApiError, ApplyError, JournalError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import Step
from ccloud_apply.operations import OPERATIONS, operation_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """Marks servers under the precautions of one apply."""

    safe_send: SafeSend
    clock: Clock

    async def add(
        self, stack: str, key: str, hostname: str, *, owned: Iterable[str], marks: Iterable[str]
    ) -> str | None:
        """Add the marks to the tags that the server has; None, or why they do not show.

        `owned` are the tags that make it the stack's own. Raises JournalError: then nothing was
        sent that is not noted.
        """
        queued = _as_step(stack, key, hostname, sorted({*owned, *marks}))
        try:
            await repeat_while_busy(lambda: self._send(queued, hostname), self.clock)
        except JournalError:
            raise
        except (ApiError, ApplyError) as error:
            return explain(error)
        return None

    async def _send(self, queued: QueuedStep, hostname: str) -> None:
        step, safe_send = queued.step, self.safe_send
        prepared = await safe_send.prepare(queued, step.path, step.body, hostname)
        if prepared is None:
            return
        recorded = await safe_send.record_intent(
            queued, prepared.path, hostname, prepared.body, prepared.baseline
        )
        try:
            await safe_send.send(queued, recorded)
            await safe_send.verify(recorded)
        except (ApiError, ApplyError) as error:
            await safe_send.end(queued, recorded, "failed", error=explain(error))
            raise
        await safe_send.end(queued, recorded, "done")


def _as_step(stack: str, key: str, hostname: str, tags: list[str]) -> QueuedStep:
    """The request; binding adds all the tags that the server has by then."""
    operation = OPERATIONS[OWNERSHIP_OPERATION]
    step = Step(
        id=f"{key}/mark",
        server=key,
        operation="mark the server",
        operation_id=operation.id,
        method=operation.method,
        path=operation_path(operation.id, hostname=hostname),
        body={"tags": tags},
    )
    return QueuedStep(index=-1, stack=stack, step=step)
