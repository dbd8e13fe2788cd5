"""Why a step failed: one sentence with the way out. Pure.

Texts of the platform are shortened and otherwise unchanged. Whoever prints them escapes them.
"""

from ccloud_apply.aspects.effects import Effect
from ccloud_apply.errors import (
    ApiError,
    AuthError,
    CcloudApplyError,
    DecodeError,
    StatusError,
    TaskFailedError,
    TaskTimeoutError,
)
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.plan import Step

MAX_TEXT = 500

_BUSY_STATUSES = frozenset({409, 423})

_GO_ON = "run apply again: it checks what exists and continues"


def shorten(text: str, limit: int = MAX_TEXT) -> str:
    """The text, cut to so many characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def explain(error: CcloudApplyError) -> str:
    """The error's message, with the platform's texts per field and the hint if it has them."""
    parts = [error.message]
    if isinstance(error, StatusError):
        parts += [
            f"{field}: {text}"
            for field, texts in error.fields.items()
            for text in texts
            if text not in error.message
        ]
    if error.hint:
        parts.append(error.hint)
    return "; ".join(parts)


def explain_failed(error: CcloudApplyError, effect: Effect | None) -> str:
    """The same, with the way out that an operation knows of what the platform says."""
    text = explain(error)
    is_refusal = isinstance(error, TaskFailedError | StatusError)
    way_out = effect.way_out(text) if effect is not None and is_refusal else ""
    return f"{text}; {way_out}" if way_out else text


def explain_unknown(error: ApiError) -> str:
    """For a request that may have happened, although its answer says nothing of the kind."""
    return f"its outcome is unknown: {explain(error)}; {_GO_ON}"


def explain_unwatched(error: ApiError, task_id: int) -> str:
    """For a task that can no longer be watched."""
    return (
        f"the outcome of task {task_id} is unknown: {explain(error)}; "
        f"`ccloud-apply tasks {task_id}` waits for it; {_GO_ON}"
    )


def is_busy(error: StatusError) -> bool:
    """True for a refusal because the platform is at work on the server."""
    return error.status in _BUSY_STATUSES


def is_transient(step: Step, error: StatusError) -> bool:
    """True for a refusal that may be none a little later.

    The platform works on the server (409, 423). Or a closing step is refused, for any reason but
    the credentials: giving up would leave a server off that nobody asked to be off.
    """
    if is_busy(error):
        return True
    return step.closes is not None and not isinstance(error, AuthError)


def task_not_named(step: Step) -> DecodeError:
    """For an accepted request whose answer does not name the task that was started."""
    return DecodeError(
        "the answer names no task",
        operation=step.operation_id,
        method=step.method,
        path=step.path,
        maybe_done=True,
    )


def task_failed(task: Task) -> TaskFailedError:
    """For a task that the platform ended as failed."""
    reason = (task.error_message or "").strip() or "the platform gives no reason"
    return TaskFailedError(f"task {task.id} failed: {reason}", task_id=task.id)


def task_timeout(task_id: int, timeout_s: float) -> TaskTimeoutError:
    """For a task that outlived the time allowed for it."""
    return TaskTimeoutError(
        f"task {task_id} is still running after {round(timeout_s, 1):g} s",
        task_id=task_id,
        hint=f"`ccloud-apply tasks {task_id}` waits for it; the next apply continues from there",
    )
