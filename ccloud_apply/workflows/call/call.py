"""Sends a request that somebody wrote by hand, and waits for its task.

How it is read and checked: `load/request/`. Whether it may be sent: `guard.py`.
"""

from asyncio import CancelledError
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from http import HTTPStatus
from typing import Any

from ccloud_apply.api.by_hand import Exchange
from ccloud_apply.api.decode.shape import Unreadable
from ccloud_apply.api.decode.task import decode_task_id
from ccloud_apply.api.http.error_mapping import MAYBE_DONE
from ccloud_apply.api.http.redaction import SHORTEST_IN_ANSWERS, Redactor
from ccloud_apply.errors import ApiError, ApplyError, HeldError, UnknownOutcomeError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.request.document import describe_operation
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.documented import ApiAnswer, ApiRequest
from ccloud_apply.plan.expected_account import unknown_account
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.call.guard import NOTHING_SENT, check_owners
from ccloud_apply.workflows.tasks import mask_task, watch_task

_REPEAT_HINT = "look at the tasks before you send it again: ccloud-apply tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """How to call: all pages as one list, waiting for the task (so many seconds), or past the guard
    of owned servers; `has_headers`: the answer keeps its headers."""

    is_forced: bool = False
    has_headers: bool = False
    is_paginated: bool = False
    wait_s: float | None = None


async def call_operation(
    run: Run, request: ApiRequest, options: CallOptions, *, note: Callable[[str], None]
) -> ApiAnswer:
    """The answer, an error status too. Raises HeldError where a guard holds it, ApiError where no
    answer can be had, UnknownOutcomeError where a guard holds a second attempt, TaskTimeoutError
    after `wait_s` seconds of waiting."""
    documented = request.operation
    operation = describe_operation(documented)
    secrets = request.secrets
    if not documented.is_secret:  # a password that is asked for may be one of the environment
        secrets += tuple(one for one in run.secrets if len(one) >= SHORTEST_IN_ANSWERS)
    if options.is_paginated:
        rows = await run.client.by_hand.list_rows(
            operation, request.path, request.query, is_paged=documented.is_paged
        )
        return ApiAnswer(status=200, value=Redactor(secrets).mask(list(rows)))
    if documented.is_change and run.account_doubt and not run.connection.is_unknown_accepted:
        raise HeldError((unknown_account(f"{run.account_doubt}{NOTHING_SENT}"),))
    is_guarded = documented.is_change and not options.is_forced
    try:
        exchange = await run.client.by_hand.exchange(
            operation,
            request.path,
            query=request.query,
            body=request.body,
            secrets=secrets,
            before_each=partial(_check, run, request) if is_guarded else None,
        )
    except ApiError as error:
        if error.maybe_done:
            error.message, error.hint = _tell_doubt(error)
        raise
    except CancelledError:
        if documented.is_change and run.client.requests_by_operation.get(operation.id):
            note(f"{operation.id} was on its way, and may have been done; {_REPEAT_HINT}")
        raise
    if exchange.error is None and exchange.status == HTTPStatus.NOT_FOUND:
        note(f"{operation.id} was sent again because its answer was lost: it had been done by then")
    if not options.has_headers:
        exchange = replace(exchange, headers=())
    if exchange.error is not None or options.wait_s is None:
        return _describe(exchange)
    return await _wait(run, exchange, options.wait_s, secrets, note)


async def _check(run: Run, request: ApiRequest, is_in_doubt: bool) -> None:
    """The guard. What holds a second attempt cannot say that nothing was sent: raises
    UnknownOutcomeError where the first one may have been carried out."""
    try:
        await check_owners(run, request)
    except (ApiError, HeldError) as error:
        if not is_in_doubt:
            raise
        why = error.message.removesuffix(NOTHING_SENT)
        raise UnknownOutcomeError(
            f"{request.operation.id} was sent and may have been done; it is not sent again: {why}",
            hint=_REPEAT_HINT,
        ) from error


def _tell_doubt(error: ApiError) -> tuple[str, str]:
    """The message and the hint of an error after which it is not known what the platform did."""
    message = error.message
    if not message.endswith(MAYBE_DONE):
        message = f"{message}; {MAYBE_DONE}"
    return message, f"{error.hint}; {_REPEAT_HINT}" if error.hint else _REPEAT_HINT


def _describe(exchange: Exchange) -> ApiAnswer:
    error = exchange.error
    problem = None
    if error is not None:
        what, hint = _tell_doubt(error) if error.maybe_done else (error.message, error.hint)
        problem = Diagnostic(code=error.code, what=what, hint=hint)
    return ApiAnswer(
        status=exchange.status,
        headers=exchange.headers,
        value=exchange.value,
        has_body=exchange.has_body,
        problem=problem,
    )


def _read_task_id(value: Any) -> int:
    ids = {decode_task_id(row) for row in value} if isinstance(value, list) else set()
    if len(ids) > 1:
        raise ApplyError(
            f"the answer names {len(ids)} tasks, and --wait waits for one: "
            + ", ".join(map(str, sorted(ids))),
            hint="wait for each of them: ccloud-apply tasks ID",
        )
    return decode_task_id(value)


async def _wait(
    run: Run,
    exchange: Exchange,
    timeout_s: float,
    secrets: tuple[str, ...],
    note: Callable[[str], None],
) -> ApiAnswer:
    """The task once it has ended, in place of the answer that named it. Raises ApplyError where it
    names none, or several: the end of one would be no end of the others."""
    try:
        task_id = _read_task_id(exchange.value)
    except Unreadable as error:
        raise ApplyError(
            f"the answer names no task to wait for: {error}; it may have been done all the same",
            hint=_REPEAT_HINT,
        ) from None
    note(f"task {task_id} is running; waiting {timeout_s:g} s at most")
    told = await watch_task(run, task_id, timeout_s=timeout_s, warn=note)
    task = mask_task(told, secrets)
    problem = None
    if task.has_failed:
        why = f": {task.error_message}" if task.error_message else ""
        problem = Diagnostic(code="task-failed", what=f"task {task.id} ({task.action}) failed{why}")
    return ApiAnswer(
        status=exchange.status, headers=exchange.headers, value=asdict(task), problem=problem
    )
