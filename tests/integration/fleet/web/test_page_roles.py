"""Every address of the page, asked by nobody and by people with roles in some accounts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from ccloud_apply.fleet.model.config import AccountConfig, WebConfig
from ccloud_apply.fleet.web.app import create_app
from ccloud_apply.fleet.web.auth.entrance import open_entrance
from ccloud_apply.fleet.web.live import Pace, Streams
from ccloud_apply.fleet.web.operating import operating_routes
from tests.support.fleet_rows import add_account, add_plan, add_run, add_stack, fleet_database
from tests.support.leaping_time import leap
from tests.support.stores import Store
from tests.support.web import hashed, make_config, run

HIDDEN = ("hidden-b", "hidden-c", "hidden-problem", '"customer-b"')
ACCOUNTS = ("customer-a", "customer-b", "Customer-a2")
WEB = WebConfig(
    tokens=(
        hashed("see", "see", "see@customer-a*"),
        hashed("approve", "approve", "approve@customer-a*"),
        hashed("all", "all", "see"),
        hashed("root", "root", "administer"),
    )
)
PUBLIC = ("/static/", "/sign-in", "/healthz", "/readyz")


@dataclass
class Site:
    app: Any
    runs: dict[str, int]

    @property
    def routes(self) -> list[Route]:
        app = self.app
        while not isinstance(app, Starlette):
            app = app._app
        return [route for route in app.routes if isinstance(route, Route)]

    def paths(self, method: str, account: str, stack: str) -> list[str]:
        """Every address that takes the method, about this stack; actions all of them."""
        found = []
        for route in self.routes:
            path = route.path.replace("{account}", account).replace("{stack}", stack)
            path = path.replace("{run}", str(self.runs[account]))
            actions = ("approve", "reject", "run", "pause", "resume")
            paths = [path.replace("{action}", one) for one in actions]
            if method in (route.methods or ()):
                found += paths if "{action}" in route.path else [path]
        return [path for path in found if not path.startswith(PUBLIC)]

    def client(self, token: str | None = None, accept: str = "text/html") -> httpx.AsyncClient:
        headers = {"accept": accept}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8090", headers=headers
        )


@asynccontextmanager
async def open_site(
    folder: Path, store: Store | None = None, *, streams: Streams | None = None
) -> AsyncIterator[Site]:
    base = make_config(WEB)
    accounts = {name: AccountConfig(name=name, endpoint="sandbox") for name in ACCOUNTS}
    config = replace(base, accounts=accounts)
    stacks = dict(zip(ACCOUNTS, ("shown-a", "hidden-b", "hidden-c"), strict=True))
    opened = fleet_database(folder) if store is None else store.open()
    async with opened as database:
        async with database.write() as tx:
            runs = {}
            for account, stack in stacks.items():
                await add_account(tx, account)
                await add_stack(tx, stack, account, state="proposed", why=f"why of {stack}")
                runs[account] = await add_run(tx, stack, account, error=f"error of {stack}")
                await add_plan(tx, stack, account, run_id=0)
            await tx.execute(
                "insert into problem (source, path, line, what)"
                " values ('s', 'hidden-problem.yaml', 1, 'broken')"
            )
        app = create_app(
            database,
            config,
            open_entrance(config, database),
            streams=streams or Streams(pace=Pace(look_s=0.01, life_s=0.02)),
            routes=operating_routes(database),
        )
        yield Site(app, runs)


def test_there_is_no_address_that_this_page_tests_do_not_know(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_site(tmp_path) as site:
            gets = site.paths("GET", "customer-a", "shown-a")
            assert len(gets) >= 14
            assert "/api/v1/status" in gets
            assert "/events/stacks/customer-a/shown-a" in gets
            assert len(site.paths("POST", "customer-a", "shown-a")) == 6

    run(work)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE", "OPTIONS"])
def test_whoever_does_not_sign_in_gets_nothing(tmp_path: Path, method: str) -> None:
    async def work() -> None:
        async with open_site(tmp_path) as site, site.client() as client:
            for path in (
                *site.paths("GET", "customer-a", "shown-a"),
                *site.paths("POST", "customer-a", "shown-a"),
                "/nowhere",
            ):
                answer = await client.request(method, path)
                assert answer.status_code in (303, 401), path
                if answer.status_code == 303:
                    assert answer.headers["location"].startswith("/sign-in")
                assert "shown-a" not in answer.text

    run(work)


@pytest.mark.parametrize("token", ["see", "approve"])
def test_what_belongs_to_other_accounts_shows_nowhere(tmp_path: Path, token: str) -> None:
    async def work() -> None:
        async with open_site(tmp_path) as site, site.client(token) as client:
            seen = set()
            for account, stack in (
                ("customer-a", "shown-a"),
                ("customer-b", "hidden-b"),
                ("Customer-a2", "hidden-c"),
            ):
                for path in site.paths("GET", account, stack):
                    answer = await client.get(path)
                    assert answer.status_code in (200, 403, 404), path
                    found = answer.text.replace(f"there is no stack {stack}", "")
                    assert not [text for text in HIDDEN if text in found], path
                    assert answer.status_code == 200 or "shown-a" not in found
                    seen |= {path} if "shown-a" in found else set()
            assert {"/", "/runs", "/api/v1/status", "/api/v1/history", "/events/"} <= seen
            for query in ("?account=customer-b", "?account=*", "?q=hidden", "?account=Customer-a2"):
                for path in ("/", "/runs", "/api/v1/status", "/api/v1/history", "/events/"):
                    text = (await client.get(path + query)).text.replace('value="hidden"', "")
                    assert not [one for one in ("why of hidden", "error of hidden") if one in text]

    run(work)


def test_nobody_decides_without_the_role_in_that_account(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_site(tmp_path) as site:
            cases = [
                ("see", "customer-a", "shown-a", 403),
                ("see", "customer-b", "hidden-b", 404),
                ("approve", "customer-b", "hidden-b", 404),
                ("approve", "Customer-a2", "hidden-c", 404),
                ("approve", "customer-a*", "*", 400),
                ("all", "customer-b", "hidden-b", 403),
            ]
            for token, account, stack, status in cases:
                async with site.client(token) as client:
                    for action in ("approve", "reject", "run", "pause", "resume"):
                        form = {"plan": "d1", "reason": "because", "until": "1d"}
                        path = f"/stacks/{account}/{stack}/{action}"
                        answer = await client.post(path, data=form)
                        assert answer.status_code == status, path
            async with site.client("approve") as client:
                form = {"plan": "d1", "allow_destroy": "3"}
                answer = await client.post("/stacks/customer-a/shown-a/approve", data=form)
                assert answer.status_code == 403
                assert (await client.get("/audit")).status_code == 403
            async with site.client("root") as client:
                assert "because" not in (await client.get("/audit")).text
                assert (await client.get("/problems")).status_code == 200

    run(work)


def test_streams_that_come_together_are_counted_too(tmp_path: Path) -> None:
    async def work() -> None:
        life_s = 600.0
        streams = Streams(pace=Pace(look_s=0.01, life_s=life_s), most=1)
        async with open_site(tmp_path, streams=streams) as site, site.client("see") as client:

            async def ask(count: int) -> list[int]:
                """The statuses; streams end once the others have been answered."""
                asked = [asyncio.create_task(client.get("/events/runs")) for _ in range(count)]
                while not all(task.done() for task in asked):
                    if sum(task.done() for task in asked) >= count - 1:
                        leap(life_s)
                    await asyncio.sleep(0)
                return sorted(task.result().status_code for task in asked)

            assert await ask(4) == [200, 503, 503, 503]
            assert await ask(1) == [200]
            assert streams.open == 0

    run(work)


def test_a_refusal_says_why_whatever_its_first_word_is(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_site(tmp_path) as site, site.client("see") as client:
            answer = await client.get("/stacks/Customer-a2/hidden-c")
            assert answer.status_code == 404
            assert "Customer-a2 is not an account of this fleet" in answer.text
            for accept in ("text/html", "*/*"):
                path = "/stacks/customer-a/%1b%5b31m" + "x" * 9000
                answer = await client.get(path, headers={"accept": accept})
                assert answer.status_code == 404
                assert "there is no stack \\x1b[31mxxx" in answer.text
                assert len(answer.text) < 6000
            answer = await client.get("/stacks")
            assert answer.status_code == 404
            assert "there is no such page" in answer.text

    run(work)


def test_a_decision_on_the_page_is_in_the_audit_with_whose_it_was(tmp_path: Path) -> None:
    async def work() -> None:
        async with open_site(tmp_path) as site:
            async with site.client("approve") as client:
                form = {"reason": "<b>maintenance</b>", "until": "1d"}
                answer = await client.post("/stacks/customer-a/shown-a/pause", data=form)
                assert answer.status_code == 303
            async with site.client("root") as client:
                told = (await client.get("/audit")).text
                assert "token:approve" in told
                assert "&lt;b&gt;maintenance" in told
                assert "<b>maintenance" not in told

    run(work)


STRANGE = [
    "/stacks/customer-a/%00",
    "/stacks/customer-a/%ff",
    "/stacks/%00/x",
    "/stacks/customer-a/%F0%9F%92%A9",
    "/stacks/customer-a/..%2f..%2faudit",
    "/stacks/%2e%2e/x",
    "/runs/99999999999999999999",
    "/runs/999999999999999999",
    "/runs?before=999999999999999999",
    "/audit?before=999999999999999999",
    "/events/?ids=999999999999999999,3000000000",
    "/api/v1/status?limit=999999999999999999&offset=999999999999999999",
    "/api/v1/runs/999999999999999999",
    "/runs/-1",
    "/runs/1%0a",
    "/?page=9999999999999&sort=x&state=y&desc=2&label==&q=%00%ff'%22%3Cscript%3E",
    "/?account=%00&label=%00=%00",
    "/runs?account=%00&stack=%00",
    "/audit?before=99999999999999999999",
    "/audit?before=999999999999999999",
    "/runs?before=999999999999999999",
    "/api/v1/status?offset=999999999999999999",
    "/api/v1/status?limit=-1&offset=99999999999999999999",
    "/api/v1/history?account=%00",
    "/api/v1/runs/%00",
    "/events/stacks/customer-a/%00",
    "/events/runs/0",
]


def test_strange_addresses_are_answered_and_break_nothing(store: Store, tmp_path: Path) -> None:
    async def work() -> None:
        async with open_site(tmp_path, store) as site, site.client("root") as client:
            for path in STRANGE:
                answer = await client.get(path)
                assert answer.status_code in (200, 400, 404), path
                assert "<script>" not in answer.text, path
            for action in ("approve", "reject", "run", "pause", "resume"):
                form = {"plan": "\0\udcff", "reason": "\0", "until": "1d", "allow_destroy": "\0"}
                sent = {name: text.encode("utf-8", "surrogatepass") for name, text in form.items()}
                for stack in ("shown-a", "%00"):
                    path = f"/stacks/customer-a/{stack}/{action}"
                    answer = await client.post(path, data=sent)
                    assert answer.status_code in (303, 400, 404, 409), path

    run(work)
