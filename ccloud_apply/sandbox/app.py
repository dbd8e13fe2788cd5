"""The emulator as an ASGI app: routes each request to the fault injector and the platform.

Serves paths below /api/v1 only. Faults belong to `faults/`, the platform's behaviour to `http/`,
`rules/` and `handlers/`.
"""

from types import SimpleNamespace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ccloud_apply.sandbox.clock import RealClock
from ccloud_apply.sandbox.faults.injector import FaultInjector
from ccloud_apply.sandbox.http.call import Sandbox
from ccloud_apply.sandbox.http.document import Endpoint, read_document
from ccloud_apply.sandbox.http.errors import Refusal, method_not_allowed, not_found
from ccloud_apply.sandbox.http.platform import PREFIX, RoutedRequest, perform, reply_refusal
from ccloud_apply.sandbox.http.request_log import RequestEntry, digest_body
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.other_client import act_as_other_client
from ccloud_apply.sandbox.state.seed import seed
from ccloud_apply.sandbox.state.store import Store

__all__ = ["SandboxApp", "SandboxOptions", "create_app"]


class SandboxApp:
    """The ASGI app. `state` has the emulator (`sandbox`) and the `fault_injector`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._fault_injector = FaultInjector(sandbox=sandbox)
        self.state = SimpleNamespace(sandbox=sandbox, fault_injector=self._fault_injector)
        self._document = read_document()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request. Servers need not send lifespan events.

        Raises ConnectionDropped if a fault ends the connection without a complete answer.
        """
        if scope["type"] == "lifespan":
            await _ignore_lifespan(receive, send)
            return
        request = Request(scope, receive)
        raw = await request.body()
        response = await self._answer(request, raw)
        await response(scope, receive, send)

    async def catch_up(self) -> None:
        """Carries out every delayed request and task that is due, as each request does first."""
        await self._fault_injector.catch_up()

    async def act_as_other_client(
        self, action: str, *, seed: str = "", **settings: Any
    ) -> str | None:
        """Performs an action of another client now, with the settings of the fault `other_actor`.

        Returns the server's hostname, or None if the action was not possible.
        """
        await self.catch_up()
        return await act_as_other_client(self._sandbox, action, settings, seed)

    async def _answer(self, request: Request, raw: bytes) -> Response:
        try:
            endpoint, path = self._route(request)
        except Refusal as refusal:
            return reply_refusal(self._sandbox, request, refusal)
        await self._fault_injector.catch_up()
        entry = RequestEntry(
            at=self._sandbox.clock.now(),
            operation=endpoint.operation_id,
            method=request.method,
            path=request.scope["path"].removeprefix(PREFIX),
            body_digest=digest_body(raw),
        )
        self._sandbox.request_log.append(entry)
        routed = RoutedRequest(request=request, raw=raw, endpoint=endpoint, path=path, entry=entry)
        response = await self._respond(routed)
        entry.status = response.status_code
        return response

    async def _respond(self, routed: RoutedRequest) -> Response:
        plan = self._sandbox.options.faults
        if plan is None or not plan.is_enabled:
            return await perform(self._sandbox, routed)
        page = routed.request.query_params.get("page", "")
        choice = plan.choose(
            routed.endpoint.operation_id,
            routed.endpoint.method,
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
            now=routed.entry.at,
        )
        return await self._fault_injector.inject(choice, routed)

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


def create_app(options: SandboxOptions | None = None) -> SandboxApp:
    """The emulator's app. Seeds a fresh database. Raises sqlite3.Error if it cannot be opened."""
    options = options or SandboxOptions()
    store = Store(options.db)
    clock = options.clock or RealClock()
    with store.transaction(write=True):
        if store.is_empty():
            seed(store, options.seed, clock.now())
    return SandboxApp(Sandbox(store=store, clock=clock, options=options))


async def _ignore_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
