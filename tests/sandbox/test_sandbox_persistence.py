"""The emulator's data between processes, its pace, and the socket."""

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.clock import ManualClock
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.state.seed import add_servers, reset, seed
from ccloud_apply.sandbox.state.store import Store
from tests.conftest import PATIENCE_S
from tests.support.desk import HEADERS, ORDER, Desk


def test_a_task_in_progress_survives_the_process_that_started_it(tmp_path: Path) -> None:
    db, clock = str(tmp_path / "deep" / "sandbox.db"), ManualClock()
    first = Desk(db=db, clock=clock)
    task_id = first.done("POST", "/ccloud/servers", ORDER)["id"]
    first.store.close()
    clock.advance(60)
    second = Desk(db=db, clock=clock)
    assert second.get(f"/ccloud/tasks/{task_id}")["status"] == "done"
    assert second.server("vs10004")["build_in_progress"] is False


def test_a_token_and_the_used_hostnames_survive_too(tmp_path: Path) -> None:
    db = str(tmp_path / "sandbox.db")
    first = Desk(db=db)
    grant = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "x"}
    token = first.done("POST", "/oauth/token", grant)["access_token"]
    name = first.create()
    first.run("DELETE", f"/ccloud/servers/{name}", {"hostname": name})
    second = Desk(db=db)
    headers = {**HEADERS, "Authorization": f"Bearer {token}"}
    assert second.send("GET", "/ccloud/pools", headers=headers).status_code == 200
    assert second.create() == "vs10005"


def test_the_data_can_be_read_by_its_owner_alone_and_holds_no_token(tmp_path: Path) -> None:
    db = tmp_path / "sandbox.db"
    desk = Desk(db=str(db))
    grant = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "hush-hush"}
    token = desk.done("POST", "/oauth/token", grant)["access_token"]
    desk.store.close()
    assert db.stat().st_mode & 0o077 == 0
    content = db.read_bytes()
    assert token.encode() not in content
    assert b"hush-hush" not in content


def test_a_database_of_an_earlier_version_gets_the_tables_that_it_lacks(tmp_path: Path) -> None:
    db = str(tmp_path / "sandbox.db")
    Desk(db=db).store.close()
    with sqlite3.connect(db) as raw:
        for table in ("subscriptions", "account_addons", "invoices"):
            raw.execute(f"DROP TABLE {table}")
    raw.close()
    desk = Desk(db=db)
    assert desk.get("/ccloud/customers/subscriptions")["data"] == []
    assert desk.server("vs10001")["custom_name"] == "shop database"


def test_two_apps_share_one_file(tmp_path: Path) -> None:
    db = str(tmp_path / "sandbox.db")
    left, right = Desk(db=db), Desk(db=db)
    left.done("PUT", "/ccloud/servers/vs10001/notes", {"notes": "from the left"})
    assert right.server("vs10001")["data"]["notes"] == "from the left"
    assert [left.create(), right.create()] == ["vs10004", "vs10005"]


def test_reset_and_seed_begin_afresh(tmp_path: Path) -> None:
    db = str(tmp_path / "sandbox.db")
    Desk(db=db).create()
    reset(db)
    seed(db, "empty")
    desk = Desk(db=db)
    assert desk.get("/ccloud/servers")["data"] == []
    seed(db, "demo")
    assert [server["hostname"] for server in desk.get("/ccloud/servers")["data"]] == [
        "vs10001",
        "vs10002",
        "vs10003",
    ]


def test_a_refused_request_leaves_nothing_behind() -> None:
    desk = Desk(seed="empty")
    add_servers(desk.store, [{**ORDER, "subnets": [14]}] * 245, now=desk.clock.now())
    desk.refused("POST", "/ccloud/servers", {**ORDER, "subnets": [14], "tags": ["new"]})
    assert desk.get("/ccloud/tags") == []
    assert len(desk.get("/ccloud/servers?limit=100&page=3")["data"]) == 45


def test_a_store_can_be_closed_twice_and_not_used_afterwards() -> None:
    store = Store()
    store.close()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store.is_empty()


def test_a_server_that_is_not_there_cannot_be_read_by_its_id() -> None:
    with pytest.raises(LookupError, match="no server 7"):
        Store().read_server_by_id(7)


def test_a_host_that_announces_its_lifespan_is_answered() -> None:
    asked = iter(["lifespan.startup", "lifespan.shutdown"])
    said: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": next(asked)}

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message["type"])

    asyncio.run(create_app()({"type": "lifespan"}, receive, send))
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_speed_shortens_tasks_and_no_speed_never_ends_them() -> None:
    fast, stuck = Desk(speed=10), Desk(speed=0)
    for desk, status in ((fast, "done"), (stuck, "processing")):
        task_id = desk.done("PUT", "/ccloud/servers/vs10001/memory", {"memory": 8})["id"]
        desk.clock.advance(2)
        assert desk.get(f"/ccloud/tasks/{task_id}")["status"] == status
    stuck.clock.advance(10**6)
    assert stuck.get("/ccloud/tasks/1")["status"] == "processing"


def test_a_clock_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        ManualClock().advance(-1)


def test_the_machines_clock_is_the_default() -> None:
    app = create_app(SandboxOptions())
    assert app.state.sandbox.clock.now().tzinfo is not None


SERVE = """
import sys
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.serve import serve
serve("127.0.0.1", 0, SandboxOptions(db=sys.argv[1]))
"""


def test_the_emulator_serves_http_and_stops_cleanly_on_sigterm(tmp_path: Path) -> None:
    db = str(tmp_path / "sandbox.db")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, db],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        assert process.stderr is not None
        greeting = process.stderr.readline()
        match = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+/api/v1)\n", greeting)
        assert match, greeting
        with httpx.Client(
            base_url=match[1], headers=HEADERS, trust_env=False, timeout=PATIENCE_S
        ) as http:
            answer = http.get("/ccloud/servers?limit=1").json()
            assert answer["links"]["next"].startswith(match[1])
            assert http.post("/ccloud/servers", json=ORDER).json() == {"id": 1}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_S) == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()
