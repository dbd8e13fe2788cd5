"""A DELETE that goes before a step's own request, because what stands there is in its way."""

from dataclasses import replace

from ccloud_apply.apply.once.intent import RecordedIntent
from ccloud_apply.apply.once.safe_send import SafeSend
from ccloud_apply.apply.queued_step import BEFORE, QueuedStep
from ccloud_apply.errors import ApiError, ApplyError, CcloudApplyError, DecodeError, NotFoundError
from ccloud_apply.operations import OPERATIONS


def as_delete(queued: QueuedStep, operation_id: str) -> QueuedStep:
    """The DELETE of the step, as the journal is to name it."""
    operation = OPERATIONS[operation_id]
    step = replace(
        queued.step,
        id=f"{queued.step.id}{BEFORE}",
        operation=operation.label,
        operation_id=operation.id,
        method=operation.method,
        body=None,
        at_apply={},
    )
    return replace(queued, step=step)


async def send_delete(
    safe_send: SafeSend, delete: QueuedStep, deleted: RecordedIntent
) -> CcloudApplyError | None:
    """Why the value was surely not deleted; None if it was, or may have been."""
    try:
        await safe_send.send(delete, deleted)
    except NotFoundError:
        return None
    except ApiError as error:
        return None if error.maybe_done or isinstance(error, DecodeError) else error
    except ApplyError as error:  # it was not allowed to leave
        return None if deleted.is_unsure else error
    return None
