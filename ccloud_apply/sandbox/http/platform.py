"""The platform itself: a routed request is authenticated, checked, handled and replied to.

What may come between it and the client is in faults/; what an operation does is in handlers/, what
it may be asked in checks.py.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.faults.plan import Fault
from ccloud_apply.sandbox.faults.task_outcome import TaskFate
from ccloud_apply.sandbox.handlers import HANDLERS
from ccloud_apply.sandbox.http.call import Call, Sandbox
from ccloud_apply.sandbox.http.checks import check_body, check_path, check_query, trim_strings
from ccloud_apply.sandbox.http.document import Endpoint
from ccloud_apply.sandbox.http.errors import Invalid, Refusal, forbidden, unauthenticated
from ccloud_apply.sandbox.http.request_log import RequestEntry

PREFIX = "/api/v1"
STATIC_TOKEN_PREFIX = "sandbox-"  # noqa: S105 (known to everybody on purpose)
READ_ONLY_PREFIX = "sandbox-readonly"


@dataclass(slots=True, kw_only=True)
class Visit:
    """A request that was routed, and what it is to meet on its way through the platform."""

    request: Request
    raw: bytes
    endpoint: Endpoint
    path: Mapping[str, str]
    entry: RequestEntry
    username: str | None = None
    """Who sends it, if that is known already."""
    now: datetime | None = None
    """When it is handled, if not now."""
    is_token_void: bool = False
    row_shift: int = 0
    fate: TaskFate = field(default_factory=TaskFate)
    lags: tuple[Fault, ...] = ()

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        return self.request.method not in ("GET", "HEAD")


async def perform(sandbox: Sandbox, visit: Visit) -> Response:
    """The platform's answer; every refusal is one too."""
    try:
        return _reply(visit.endpoint, await _handle(sandbox, visit))
    except (Invalid, Refusal) as refusal:
        return reply_refusal(sandbox, visit.request, refusal)


async def _handle(sandbox: Sandbox, visit: Visit) -> Any:
    store = sandbox.store
    now = visit.now or sandbox.clock.now()
    is_behind = not visit.is_write and sandbox.lag.is_active(now)
    with store.transaction(write=visit.is_write or is_behind):
        username = visit.username
        if username is None:
            username = authenticate(sandbox, visit)
        call = _check(sandbox, visit, username, now)
        handler = HANDLERS[call.operation_id]
        before = store.find_server(call.path.get("hostname", "")) if visit.lags else None
        if is_behind or visit.fate.is_ignored:
            store.mark()
        if is_behind:
            sandbox.lag.rewind(store, call.operation_id)
        result = await handler(call)
        is_void = visit.fate.is_ignored and not visit.fate.started
        if is_behind or is_void:
            store.take_back()
        for fault in visit.lags:
            sandbox.lag.add(
                store,
                before,
                visit.fate.started,
                seconds=fault.value,
                of=tuple(fault.settings.get("of", ("server",))),
                is_since_end=fault.settings.get("since", "end") == "end",
                now=now,
            )
    visit.entry.acted = visit.is_write and not visit.fate.is_ignored
    visit.entry.task_ids = tuple(visit.fate.started)
    return result


def authenticate(sandbox: Sandbox, visit: Visit) -> str:
    """Who sends the request. Raises Refusal (401, and 403 for a change with a token for reads)."""
    if visit.endpoint.is_public:
        return ""
    scheme, _, token = visit.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or visit.is_token_void:
        raise unauthenticated()
    if token.startswith(READ_ONLY_PREFIX) and visit.is_write:
        raise forbidden()
    if token.startswith(STATIC_TOKEN_PREFIX):
        return "sandbox"
    digest = hashlib.sha256(token.encode()).hexdigest()
    client = sandbox.store.find_client(digest, to_wire(sandbox.clock.now()))
    if client is None:
        raise unauthenticated()
    return client


def _check(sandbox: Sandbox, visit: Visit, username: str, now: datetime) -> Call:
    request, endpoint = visit.request, visit.endpoint
    path = dict(visit.path)
    query = {name: value.strip() for name, value in request.query_params.items()}
    query = {name: value for name, value in query.items() if value}
    check_path(endpoint, path)
    check_query(endpoint, query)
    return Call(
        sandbox=sandbox,
        operation_id=endpoint.operation_id,
        path=path,
        query=query,
        body=check_body(endpoint, _read_body(request, visit.raw)),
        username=username,
        now=now,
        base_url=f"{origin_of(request)}{PREFIX}",
        fate=visit.fate,
        row_shift=visit.row_shift,
    )


def _reply(endpoint: Endpoint, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    if endpoint.status == 204:
        return Response(status_code=204)
    return JSONResponse(result, endpoint.status)


def reply_refusal(sandbox: Sandbox, request: Request, error: Invalid | Refusal) -> Response:
    """The answer to a request that is refused."""
    refusal = error
    if isinstance(refusal, Invalid):
        refusal = refusal.refusal(lists=sandbox.options.error_lists)
    if refusal.status == 401 and "error" not in refusal.body and not _wants_json(request):
        # Oddity: docs/reference/api-oddities.md, "401, 403, 404, 429, 5xx".
        return RedirectResponse(f"{origin_of(request)}/login", 302)
    return JSONResponse(refusal.body, refusal.status, headers=refusal.headers)


def _read_body(request: Request, raw: bytes) -> Any:
    """The body with its strings trimmed; None if there is none, an empty list if it is malformed.

    Laravel reads malformed JSON as no input at all; so are numbers and characters that JSON does
    not have. No operation takes a list: what may be left out is not removed by mistake.
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
    """Scheme and host, as the client wrote them."""
    return f"{request.url.scheme}://{request.url.netloc}"
