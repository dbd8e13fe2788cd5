"""Every exception of the product.

CcloudApplyError                 a message, an optional hint
├── UsageError                   flags, environment, settings
├── StackError                   what the user wrote: holds the diagnostics of loading
├── PlanError                    desired and live cannot be brought together: those of planning
├── RequestError                 a request by hand does not fit the API document: those of checking
├── WrongAccountError            the account is another one than the project expects
├── HeldError                    a guard holds what was asked for: nothing was changed
├── StalePlanError               a saved plan's server or stack has changed: which, what
├── ApiError                     method and path; never a header, a body or a secret
│   ├── TransportError           no reply; `maybe_done`: the server may have acted
│   ├── DecodeError              a reply that cannot be read
│   └── StatusError              status, the API's own message and its texts per field
│       ├── AuthError            401, 403
│       ├── NotFoundError        404
│       ├── InvalidError         422
│       ├── ThrottledError       429, with retry_after
│       └── ServerError          5xx
├── WebhookError                 a webhook could not be told
├── StoreError                   the database of a fleet cannot be used
├── SourceError                  a source of a fleet cannot be read
└── ApplyError                   an apply could not go on
    ├── UnseenError              the platform says that a change is done, and it does not show
    ├── UnsettledError           what an earlier run has sent does not show yet: nothing was changed
    ├── UnknownOutcomeError      a request was sent, and whether it was done is not known
    ├── TaskFailedError          the platform ended a task as failed
    ├── TaskTimeoutError         a task is still running after the time allowed for it
    ├── JournalError             the journal cannot be read, trusted or written
    ├── LockedError              another apply of the same stack runs
    ├── UnreadableReferenceError a secret or a file that a step needs cannot be read
    └── ChangedReferenceError    a file that a step sends is not what was planned

A class exists because somebody catches it or a test names it. What loading and planning find wrong
are diagnostics, collected and returned; they become exceptions only at the edge. A class says its
code itself; StackError and PlanError hold diagnostics that have codes of their own.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from ccloud_apply.model.diagnostic import Diagnostic

if TYPE_CHECKING:
    from ccloud_apply.model.live.account import Account


class CcloudApplyError(Exception):
    """The root: `message` is one sentence with the name of the thing, `hint` the way out.

    `code` is the class's row in `model/codes.py`, as messages and JSON give it.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CcloudApplyError):
    """A flag, an environment variable or a setting is wrong."""

    code = "usage"


class _DiagnosticsError(CcloudApplyError):
    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(d.what for d in diagnostics))
        self.diagnostics = diagnostics


class StackError(_DiagnosticsError):
    """What the user wrote is wrong."""


class PlanError(_DiagnosticsError):
    """Desired and live cannot be brought together.

    `account` is what was read for the plan, where whoever planned says it.
    """

    account: "Account | None" = None


class RequestError(_DiagnosticsError):
    """A request that somebody wrote by hand does not fit the API document."""


class WrongAccountError(CcloudApplyError):
    """The account that is connected to is another one than the project expects."""

    code = "wrong-account"


class HeldError(_DiagnosticsError):
    """A guard holds what was asked for, and nothing was changed; the exit code is 3."""


class StalePlanError(CcloudApplyError):
    """A saved plan no longer fits what it was made for."""

    code = "stale-plan"


class ApiError(CcloudApplyError):
    """A request to the API failed.

    `maybe_done` is True where the platform may have acted all the same.
    """

    code = "api"

    def __init__(
        self,
        message: str,
        *,
        operation: str,
        method: str,
        path: str,
        maybe_done: bool = False,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.operation = operation
        self.method = method
        self.path = path
        self.maybe_done = maybe_done


class TransportError(ApiError):
    """No reply came, or it broke off."""

    code = "api-unreachable"


class DecodeError(ApiError):
    """A reply came that cannot be read."""

    code = "api-unreadable"


class StatusError(ApiError):
    """The API answered with an error status."""

    code = "api-status"

    def __init__(
        self,
        message: str,
        *,
        operation: str,
        method: str,
        path: str,
        status: int,
        fields: Mapping[str, tuple[str, ...]] | None = None,
        retry_after_s: float | None = None,
        maybe_done: bool = False,
        hint: str = "",
    ) -> None:
        super().__init__(
            message,
            operation=operation,
            method=method,
            path=path,
            maybe_done=maybe_done,
            hint=hint,
        )
        self.status = status
        self.fields = dict(fields or {})
        self.retry_after_s = retry_after_s


class AuthError(StatusError):
    """401 or 403: the credentials are wrong, expired or not allowed to do this."""

    code = "api-auth"


class NotFoundError(StatusError):
    """404: the thing does not exist, or is not visible."""

    code = "api-not-found"


class InvalidError(StatusError):
    """422: the platform refuses the request; `fields` holds its texts per field."""

    code = "api-invalid"


class ThrottledError(StatusError):
    """429: too many requests; `retry_after_s` is the API's own wish."""

    code = "api-throttled"


class ServerError(StatusError):
    """5xx: the platform fails."""

    code = "api-server"


class WebhookError(CcloudApplyError):
    """A webhook could not be told; the message names its host and nothing else of its address."""

    code = "webhook"


class StoreError(CcloudApplyError):
    """The database of a fleet cannot be reached, read or written, or has another version."""

    code = "store"


class SourceError(CcloudApplyError):
    """A source of a fleet cannot be fetched or read; what was read of it before still counts."""

    code = "source"


class ApplyError(CcloudApplyError):
    """An apply could not go on."""

    code = "apply"


class UnseenError(ApplyError):
    """The platform says that a change is done, and it does not show."""

    code = "unseen"


class UnsettledError(ApplyError):
    """What an earlier run or somebody else has sent does not show yet: nothing was changed. A later
    run may find it."""

    code = "unsettled"


class UnknownOutcomeError(ApplyError):
    """A request was sent, its answer was lost, and nothing that can be read shows what it did."""

    code = "unknown-outcome"


class TaskFailedError(ApplyError):
    """The platform ended a task as failed."""

    code = "task-failed"

    def __init__(self, message: str, *, task_id: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.task_id = task_id


class TaskTimeoutError(ApplyError):
    """A task still runs after the time allowed for it; it continues by itself."""

    code = "task-timeout"

    def __init__(self, message: str, *, task_id: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.task_id = task_id


class JournalError(ApplyError):
    """The journal cannot be read, trusted or written; the message says what was sent by then."""

    code = "journal"


class LockedError(ApplyError):
    """Another apply of the same stack runs, or none can be kept from running."""

    code = "locked"


class UnreadableReferenceError(ApplyError):
    """A secret or a file that a step needs cannot be read; never says what is in it."""

    code = "unreadable-reference"


class ChangedReferenceError(ApplyError):
    """A file that a step sends has changed since its plan; never says what is in it."""

    code = "changed-file"
