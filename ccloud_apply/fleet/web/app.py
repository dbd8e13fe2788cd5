"""The page of a fleet as an ASGI app."""

from collections.abc import Callable, Sequence
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.web.auth.entrance import Entrance
from ccloud_apply.fleet.web.auth.pages import sign_in_routes
from ccloud_apply.fleet.web.guard.answers import refuse, refuse_without_database
from ccloud_apply.fleet.web.live import Streams
from ccloud_apply.fleet.web.protect import protect
from ccloud_apply.fleet.web.site import Rendered, Site
from ccloud_apply.fleet.web.static import static_routes
from ccloud_apply.fleet.web.views.actions import stack_action
from ccloud_apply.fleet.web.views.api import api_history, api_run, api_status
from ccloud_apply.fleet.web.views.overview import accounts_page, audit_page, problems_page
from ccloud_apply.fleet.web.views.runs import run_events, run_page, runs_events, runs_page
from ccloud_apply.fleet.web.views.stack import stack_events, stack_page
from ccloud_apply.fleet.web.views.stacks import stacks_events, stacks_page
from ccloud_apply.model.results.fleet import FleetStack


def create_app(
    database: Database,
    config: FleetConfig,
    entrance: Entrance,
    *,
    listen: str = "127.0.0.1",
    streams: Streams | None = None,
    wake: Callable[[], None] = lambda: None,
    read_file: Callable[[FleetStack], str | None] = lambda stack: None,
    routes: Sequence[BaseRoute] = (),
) -> ASGIApp:
    """The app, with everything that protects it in front.

    `listen` is the address that it is served at. `wake` is called after each decision, so that the
    tick need not wait; `read_file` gives the text of a stack's file. `streams` is stopped by
    whoever stops the server, which would wait for open pages otherwise. `routes` are further ones,
    such as health and hooks.
    """
    app = Starlette(
        routes=[
            Route("/", stacks_page),
            Route("/stacks/{account}/{stack}", stack_page),
            Route("/stacks/{account}/{stack}/{action}", stack_action, methods=["POST"]),
            Route("/runs", runs_page),
            Route("/runs/{run}", run_page),
            Route("/accounts", accounts_page),
            Route("/problems", problems_page),
            Route("/audit", audit_page),
            Route("/api/v1/status", api_status),
            Route("/api/v1/history", api_history),
            Route("/api/v1/runs/{run}", api_run),
            Route("/events/", stacks_events),
            Route("/events/stacks/{account}/{stack}", stack_events),
            Route("/events/runs", runs_events),
            Route("/events/runs/{run}", run_events),
            *static_routes(),
            *sign_in_routes(entrance),
            *routes,
        ],
        exception_handlers={HTTPException: _show_refusal, StoreError: _show_no_database},
    )
    app.router.redirect_slashes = False
    app.state.site = Site(
        database=database,
        config=config,
        streams=streams or Streams(),
        rendered=Rendered(database),
        wake=wake,
        read_file=read_file,
    )
    return protect(app, entrance, listen=listen)


async def _show_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    is_told = error.detail != HTTPStatus(error.status_code).phrase  # else the router says it
    what = error.detail if is_told else "there is no such page"
    if error.status_code == 405:
        what = "this address is not for that method"
    answer = refuse(request, error.status_code, what)
    for name, text in (error.headers or {}).items():
        answer.headers[name] = text
    return answer


async def _show_no_database(request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreError)
    return refuse_without_database(request, error)
