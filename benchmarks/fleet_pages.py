"""The fleet's page with many stacks, on SQLite and on PostgreSQL: from the request to the last
byte, without a network. A page has a hundred rows; every filter, order and count is the database's
work.
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from benchmarks.process import ask_program
from benchmarks.table import Row
from ccloud_apply.fleet.model.config import AccountConfig, FleetConfig, Rule
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.web.app import create_app
from ccloud_apply.fleet.web.auth.entrance import open_entrance
from tests.support.fleet_rows import add_account, add_run, add_stack
from tests.support.stores import StoreKind, open_store

TITLE = "fleet-pages: the page of a fleet with many stacks"
COUNT = 10_000
TARGET_S = 0.2
_ACCOUNTS = 100
_STATES = ("clean",) * 92 + ("drift", "drift", "proposed", "proposed", "held", "failing", "unknown")

PAGES = {
    "all stacks": "/",
    "one state": "/?state=drift",
    "a search": "/?q=web-12",
    "a label": "/?label=team%3Dteam-3",
    "by name, the last page": "/?sort=name&page={last}",
    "by last run": "/?sort=run",
    "one stack": "/stacks/account-1/web-1",
    "runs": "/runs",
    "100 stacks as JSON": "/api/v1/status?limit=100",
}


def measure(*, count: int = COUNT, repeats: int = 5) -> list[Row]:
    """Medians over so many requests of each page, in one process for each database."""
    rows = []
    for kind, name in (("sqlite", "SQLite"), ("postgres", "PostgreSQL")):
        found = ask_program(["-m", "benchmarks.fleet_pages", kind, str(count), str(repeats)])
        rows += [
            Row(
                what=f"{count:,} stacks, {name}: {what}",
                measured=one["wall_s"],
                unit="s",
                target=TARGET_S,
                note=f"{one['cpu_s'] * 1000:.0f} ms of the page's processor, {one['kb']:.0f} kB",
            )
            for what, one in found.items()
        ]
    return rows


async def fill(tx: Transaction, count: int) -> None:
    """So many stacks in a hundred accounts, each with a label and its last run."""
    chance = random.Random(7)
    for number in range(_ACCOUNTS):
        await add_account(tx, f"account-{number}")
    for number in range(count):
        account, name = f"account-{number % _ACCOUNTS}", f"web-{number}"
        labels = {"team": f"team-{number % 20}"}
        await add_stack(tx, name, account, labels=labels, state=chance.choice(_STATES))
        await add_run(tx, name, account)


async def time_pages(kind: StoreKind, count: int, repeats: int) -> dict[str, Any]:
    """What each page takes; each is asked for once before."""
    config = FleetConfig(
        path="fleet.yaml",
        accounts={
            f"account-{number}": AccountConfig(name=f"account-{number}", endpoint="sandbox")
            for number in range(_ACCOUNTS)
        },
        sources=(),
        rules=(Rule(),),
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(kind, Path(folder)) as store,
    ):
        async with store.open() as database:
            async with database.write() as tx:
                await fill(tx, count)
            app = create_app(database, config, open_entrance(config, database))
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost"
            ) as client:
                return {
                    what: await _time_page(client, path.format(last=-(-count // 100)), repeats)
                    for what, path in PAGES.items()
                }


async def _time_page(client: httpx.AsyncClient, path: str, repeats: int) -> dict[str, float]:
    answer = await client.get(path)
    answer.raise_for_status()
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        await client.get(path)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return {"wall_s": median(walls), "cpu_s": median(cpus), "kb": len(answer.content) / 1000}


if __name__ == "__main__":
    _, given, size, times = sys.argv
    which: StoreKind = "postgres" if given == "postgres" else "sqlite"
    if which == "postgres":
        from tests.support.stores import make_template

        make_template()  # before the loop: it runs one of its own
    print(json.dumps(asyncio.run(time_pages(which, int(size), int(times)))))
