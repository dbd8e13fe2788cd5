"""The emulator as an ASGI app. Every request: route, authenticate, check, handle, reply.

This order and nothing else: what an operation does is in handlers/, what it may be asked in
checks.py. The paths are served below /api/v1 alone.
"""

import hashlib
import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from ccloud_apply.sandbox.call import Call, Sandbox
from ccloud_apply.sandbox.checks import check_body, check_path, check_query, trim_strings
from ccloud_apply.sandbox.clock import RealClock, to_wire
from ccloud_apply.sandbox.document import Endpoint, read_document
from ccloud_apply.sandbox.errors import (
    Invalid,
    Refusal,
    method_not_allowed,
    not_found,
    not_offered,
    unauthenticated,
)
from ccloud_apply.sandbox.handlers import HANDLERS
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.seed import seed
from ccloud_apply.sandbox.store import Store
from ccloud_apply.sandbox.tasks import settle

__all__ = ["SandboxApp", "SandboxOptions", "create_app"]

PREFIX = "/api/v1"
STATIC_TOKEN_PREFIX = "sandbox-"  # noqa: S105 (known to everybody on purpose)


class SandboxApp:
    """The ASGI app; `state.sandbox` is the emulator behind it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.state = SimpleNamespace(sandbox=sandbox)
        self._sandbox = sandbox
        self._document = read_document()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request. Nothing depends on the lifespan: it may never be announced."""
        if scope["type"] == "lifespan":
            await _ignore_lifespan(receive, send)
            return
        request = Request(scope, receive)
        raw = await request.body()
        response = await self._answer(request, raw)
        await response(scope, receive, send)

    async def _answer(self, request: Request, raw: bytes) -> Response:
        try:
            endpoint, path = self._route(request)
            settle(self._sandbox)
            with self._sandbox.store.transaction(write=request.method != "GET"):
                username = self._authenticate(request, endpoint)
                call = self._check(request, raw, endpoint, path, username)
                handler = HANDLERS.get(endpoint.operation_id)
                if handler is None:
                    raise not_offered(endpoint.operation_id)
                result = await handler(call)
            return _reply(endpoint, result)
        except Invalid as invalid:
            return _reply_error(invalid.refusal(lists=self._sandbox.options.error_lists))
        except Refusal as refusal:
            if refusal.status == 401 and "error" not in refusal.body and not _wants_json(request):
                # Oddity: docs/reference/api-oddities.md, "401, 403, 404, 429, 5xx".
                return RedirectResponse(f"{_origin(request)}/login", 302)
            return _reply_error(refusal)

    def _route(self, request: Request) -> tuple[Endpoint, dict[str, str]]:
        path = request.scope["path"]
        method = "GET" if request.method == "HEAD" else request.method
        endpoints, values = (
            self._document.match(path.removeprefix(PREFIX))
            if path.startswith(f"{PREFIX}/")
            else ({}, {})
        )
        if not endpoints:
            raise not_found(f"The route {path.strip('/')}")
        if method not in endpoints:
            raise method_not_allowed(method, path.strip("/"), sorted(endpoints))
        return endpoints[method], values

    def _authenticate(self, request: Request, endpoint: Endpoint) -> str:
        if endpoint.is_public:
            return ""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthenticated()
        if token.startswith(STATIC_TOKEN_PREFIX):
            return "sandbox"
        digest = hashlib.sha256(token.encode()).hexdigest()
        client = self._sandbox.store.find_client(digest, to_wire(self._sandbox.clock.now()))
        if client is None:
            raise unauthenticated()
        return client

    def _check(
        self,
        request: Request,
        raw: bytes,
        endpoint: Endpoint,
        path: dict[str, str],
        username: str,
    ) -> Call:
        query = {name: value.strip() for name, value in request.query_params.items()}
        query = {name: value for name, value in query.items() if value}
        check_path(endpoint, path)
        check_query(endpoint, query)
        return Call(
            sandbox=self._sandbox,
            operation_id=endpoint.operation_id,
            path=path,
            query=query,
            body=check_body(endpoint, _read_body(request, raw)),
            username=username,
            now=self._sandbox.clock.now(),
            base_url=f"{_origin(request)}{PREFIX}",
        )


def create_app(options: SandboxOptions | None = None) -> SandboxApp:
    """The emulator; a fresh database is seeded. Raises sqlite3.Error if it cannot be opened."""
    options = options or SandboxOptions()
    store = Store(options.db)
    clock = options.clock or RealClock()
    with store.transaction(write=True):
        if store.is_empty():
            seed(store, options.seed, clock.now())
    return SandboxApp(Sandbox(store=store, clock=clock, options=options))


def _reply(endpoint: Endpoint, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    if endpoint.status == 204:
        return Response(status_code=204)
    return JSONResponse(result, endpoint.status)


def _reply_error(refusal: Refusal) -> Response:
    return JSONResponse(refusal.body, refusal.status, headers=refusal.headers)


def _read_body(request: Request, raw: bytes) -> Any:
    """The body with its strings trimmed; None if there is none, or it is malformed.

    Laravel reads malformed JSON as no input at all; so are numbers and characters that JSON does
    not have.
    """
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
        return trim_strings(dict(form))
    try:
        body = trim_strings(json.loads(raw, parse_constant=_refuse_constant)) if raw else None
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return body


def _refuse_constant(word: str) -> None:
    raise ValueError(word)


def _wants_json(request: Request) -> bool:
    first = request.headers.get("accept", "").split(",")[0]
    return "/json" in first or "+json" in first


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


async def _ignore_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
