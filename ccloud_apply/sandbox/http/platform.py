"""The platform itself: authenticates, validates and handles a routed request, and replies.

Faults belong to faults/, the behaviour of operations to handlers/, validation to checks.py.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.faults.plan import Fault
from ccloud_apply.sandbox.faults.task_outcome import TaskOutcome
from ccloud_apply.sandbox.handlers import HANDLERS
from ccloud_apply.sandbox.http.call import Call, Sandbox
from ccloud_apply.sandbox.http.checks import check_body, check_path, check_query, trim_strings
from ccloud_apply.sandbox.http.document import Endpoint
from ccloud_apply.sandbox.http.errors import Invalid, Refusal, forbidden, unauthenticated
from ccloud_apply.sandbox.http.paging import check_parameters, page_of_all
from ccloud_apply.sandbox.http.request_log import RequestEntry
from ccloud_apply.sandbox.options import CUSTOMER_ID

PREFIX = "/api/v1"
STATIC_TOKEN_PREFIX = "sandbox-"  # noqa: S105 (known to everybody on purpose)
READ_ONLY_PREFIX = "sandbox-readonly"


@dataclass(slots=True, kw_only=True)
class RoutedRequest:
    """A request with its operation, and the faults that apply to its handling."""

    request: Request
    raw: bytes
    endpoint: Endpoint
    path: Mapping[str, str]
    entry: RequestEntry
    username: str | None = None
    """Who sends it, if it is authenticated already."""
    now: datetime | None = None
    """When it is handled, if not at once."""
    is_token_void: bool = False
    row_shift: int = 0
    has_newcomer: bool = False
    task_outcome: TaskOutcome = field(default_factory=TaskOutcome)
    lags: tuple[Fault, ...] = ()

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        return self.request.method not in ("GET", "HEAD")


async def perform(sandbox: Sandbox, routed: RoutedRequest) -> Response:
    """The platform's answer, which may be a refusal."""
    try:
        result = await _handle(sandbox, routed)
    except (Invalid, Refusal) as refusal:
        return reply_refusal(sandbox, routed.request, refusal)
    customer = sandbox.options.customer
    if customer != CUSTOMER_ID and not isinstance(result, Response):
        result = _name_customer(result, customer)
    return _reply(routed.endpoint, result)


async def _handle(sandbox: Sandbox, routed: RoutedRequest) -> Any:
    store = sandbox.store
    now = routed.now or sandbox.clock.now()
    is_behind = not routed.is_write and sandbox.lag.is_active(now)
    with store.transaction(write=routed.is_write or is_behind):
        username = routed.username
        if username is None:
            username = authenticate(sandbox, routed)
        call = _check(sandbox, routed, username, now)
        handler = HANDLERS[call.operation_id]
        before = store.find_server(call.path.get("hostname", "")) if routed.lags else None
        if is_behind or routed.task_outcome.is_ignored:
            store.set_savepoint()
        if is_behind:
            sandbox.lag.rewind(store, call.operation_id)
        result = page_of_all(call, routed.endpoint, await handler(call))
        is_void = routed.task_outcome.is_ignored and not routed.task_outcome.started
        if is_behind or is_void:
            store.roll_back()
        for fault in routed.lags:
            sandbox.lag.add(
                store,
                before,
                routed.task_outcome.started,
                seconds=fault.value,
                of=tuple(fault.settings.get("of", ("server",))),
                is_since_end=fault.settings.get("since", "end") == "end",
                now=now,
            )
    routed.entry.acted = routed.is_write and not routed.task_outcome.is_ignored
    routed.entry.task_ids = tuple(routed.task_outcome.started)
    return result


def authenticate(sandbox: Sandbox, routed: RoutedRequest) -> str:
    """Who sends the request. Raises Refusal (401, and 403 for a change with a token for reads)."""
    if routed.endpoint.is_public:
        return ""
    scheme, _, token = routed.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or routed.is_token_void:
        raise unauthenticated()
    if token.startswith(READ_ONLY_PREFIX) and routed.is_write:
        raise forbidden()
    if token.startswith(STATIC_TOKEN_PREFIX):
        return "sandbox"
    digest = hashlib.sha256(token.encode()).hexdigest()
    client = sandbox.store.find_client(digest, to_wire(sandbox.clock.now()))
    if client is None:
        raise unauthenticated()
    return client


def _check(sandbox: Sandbox, routed: RoutedRequest, username: str, now: datetime) -> Call:
    request, endpoint = routed.request, routed.endpoint
    path = dict(routed.path)
    query = {name: value.strip() for name, value in request.query_params.items()}
    query = {name: value for name, value in query.items() if value}
    check_path(endpoint, path)
    check_query(endpoint, query)
    check_parameters(sandbox.options, query)
    return Call(
        sandbox=sandbox,
        operation_id=endpoint.operation_id,
        path=path,
        query=query,
        body=check_body(endpoint, _read_body(request, routed.raw)),
        username=username,
        now=now,
        base_url=f"{origin_of(request)}{PREFIX}",
        task_outcome=routed.task_outcome,
        row_shift=routed.row_shift,
        has_newcomer=routed.has_newcomer,
    )


def _reply(endpoint: Endpoint, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    if endpoint.status == 204:
        return Response(status_code=204)
    return JSONResponse(result, endpoint.status)


def _name_customer(value: Any, customer: str | None) -> Any:
    """The answer with this customer in the place of the emulator's own."""
    if isinstance(value, list):
        return [_name_customer(item, customer) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: customer if name == "customer_id" else _name_customer(item, customer)
        for name, item in value.items()
    }


def reply_refusal(sandbox: Sandbox, request: Request, error: Invalid | Refusal) -> Response:
    """The answer to a refused request."""
    refusal = error
    if isinstance(refusal, Invalid):
        refusal = refusal.refusal(lists=sandbox.options.error_lists)
    if refusal.status == 401 and "error" not in refusal.body and not _wants_json(request):
        # Oddity: docs/reference/api-oddities.md, "401, 403, 404, 429, 5xx".
        return RedirectResponse(f"{origin_of(request)}/login", 302)
    return JSONResponse(refusal.body, refusal.status, headers=refusal.headers)


def _read_body(request: Request, raw: bytes) -> Any:
    """The body with trimmed strings; None if there is none, an empty list if it is malformed.

    Laravel reads malformed JSON as empty input, also for numbers and characters that JSON does not
    have. No operation accepts a list, so a malformed body cannot remove an optional value.
    """
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
        return trim_strings(dict(form))
    try:
        body = trim_strings(json.loads(raw, parse_constant=_refuse_constant)) if raw else None
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return []
    return body


def _refuse_constant(word: str) -> None:
    raise ValueError(word)


def _wants_json(request: Request) -> bool:
    first = request.headers.get("accept", "").split(",")[0]
    return "/json" in first or "+json" in first


def origin_of(request: Request) -> str:
    """Scheme and host as the client sent them."""
    return f"{request.url.scheme}://{request.url.netloc}"
