"""The page's protection around an app that tells who asked and what it was sent."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ccloud_apply.fleet.model.config import (
    AccountConfig,
    FleetConfig,
    HashedToken,
    Rule,
    SourceConfig,
    WebConfig,
)
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.migrate import migrate
from ccloud_apply.fleet.store.sqlite import SqliteDatabase
from ccloud_apply.fleet.web.auth.entrance import Entrance, digest_of, open_entrance
from ccloud_apply.fleet.web.auth.pages import sign_in_routes
from ccloud_apply.fleet.web.auth.people import demand, person_of
from ccloud_apply.fleet.web.guard.forms import form_token, read_form
from ccloud_apply.fleet.web.hooks.routes import Hooks, hook_routes
from ccloud_apply.fleet.web.protect import protect
from tests.support.leaping_time import run_leaping

ACCOUNTS = ("customer-a", "customer-b")
BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}


def hashed(name: str, text: str, *roles: str) -> HashedToken:
    """A token with this text as `fleet.yaml` names it."""
    return HashedToken(name=name, sha256=digest_of(text), roles=roles or ("see",))


def make_config(web: WebConfig, sources: tuple[SourceConfig, ...] = ()) -> FleetConfig:
    """A fleet with two accounts."""
    accounts = {name: AccountConfig(name=name, endpoint="sandbox") for name in ACCOUNTS}
    return FleetConfig(
        path="fleet.yaml", accounts=accounts, sources=sources, rules=(Rule(),), web=web
    )


@dataclass
class Page:
    """A protected app, asked in the process. `moment` is the monotonic clock of its failures."""

    app: Any
    database: Database
    entrance: Entrance
    moment: list[float] = field(default_factory=lambda: [0.0])

    def client(
        self,
        *,
        peer: str = "127.0.0.1",
        url: str = "http://127.0.0.1:8090",
        headers: Mapping[str, str] = BROWSER,
    ) -> httpx.AsyncClient:
        """A browser, with its own cookies, that seems to come from this address."""
        transport = httpx.ASGITransport(self.app, client=(peer, 50000))
        return httpx.AsyncClient(transport=transport, base_url=url, headers=dict(headers))


@asynccontextmanager
async def open_page(
    folder: Path,
    web: WebConfig,
    *,
    listen: str = "127.0.0.1",
    sources: tuple[SourceConfig, ...] = (),
    hooks: Callable[[Database], Hooks] | None = None,
    now: Callable[[], float] | None = None,
    oidc_secret: str | None = None,
) -> AsyncIterator[Page]:
    """The page with these ways to sign in, on an empty database. `now` is the database's clock."""
    database = SqliteDatabase.open(folder / "fleet.db", **({} if now is None else {"now": now}))
    await migrate(database)
    moment = [0.0]
    entrance = open_entrance(
        make_config(web, sources), database, oidc_secret=oidc_secret, monotonic=lambda: moment[0]
    )
    routes = [
        Route("/", _show),
        Route("/stacks/{account}", _stack),
        Route("/decide/{account}", _decide, methods=["POST"]),
        Route("/api/v1/status", _status),
        Route("/api/v1/bug", _fail),
        Route("/healthz", _healthy),
        Route("/static/fleet.css", _static),
        *sign_in_routes(entrance),
        *(hook_routes(hooks(database)) if hooks else ()),
    ]
    try:
        app = protect(Starlette(routes=routes), entrance, listen=listen)
        yield Page(app, database, entrance, moment)
    finally:
        await database.close()


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run a test's coroutine in a loop that can leap."""

    async def start() -> None:
        await work()

    run_leaping(start())


async def _show(request: Request) -> Response:
    person = person_of(request)
    return HTMLResponse(f"{person.name} {form_token(request)}")


async def _stack(request: Request) -> Response:
    return PlainTextResponse(demand(request, "see", request.path_params["account"]).name)


async def _decide(request: Request) -> Response:
    person = demand(request, "approve", request.path_params["account"])
    return JSONResponse({"who": person.name, "form": dict(read_form(request))})


async def _status(request: Request) -> Response:
    return JSONResponse({"who": person_of(request).name})


async def _healthy(request: Request) -> Response:
    if "person" in request.query_params:
        person_of(request)
    return PlainTextResponse("ok")


async def _fail(request: Request) -> Response:
    text = "Bearer s3cret"
    raise ValueError(text)


async def _static(request: Request) -> Response:
    return PlainTextResponse("", headers={"cache-control": "max-age=3600"})


async def token_of_form(client: httpx.AsyncClient, path: str = "/") -> str:
    """The form token of a page, read as a person's browser would."""
    text = (await client.get(path)).text
    if 'name="form"' in text:
        return text.split('name="form" value="')[1].split('"')[0]
    return text.rsplit(" ", 1)[1]
