"""Seeds a fresh account: the catalogues of catalogue.json, and servers that belong to no stack.

Fields of catalogue.json that begin with an underscore are the emulator's own and are never shown.
No rules here.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.rules.building import build_server
from ccloud_apply.sandbox.state.example_account import add_contracts, first_month
from ccloud_apply.sandbox.state.store import Entry, Store

SeedName = Literal["empty", "demo"]
NAMED_BY = {
    "pools": "tag",
    "os": "image",
    "addons": "name",
    "account_addons": "name",
    "gpus": "addon_name",
    "rollouts": "rollout",
    "subnets": "id",
    "licenses": "id",
    "isos": "name",
    "prices": "pool",
}
DEMO_USER = "admin@example.com"
DEMO_SERVERS: tuple[Mapping[str, Any], ...] = (
    {
        "custom_name": "shop database",
        "pool": "pool_ip_ssd",
        "type": "unmanaged",
        "image": "debian12_uefi",
        "cores": 4,
        "memory": 16,
        "disks": [50, 200],
        "tags": ["production", "database"],
        "addons": [{"name": "monitoring", "count": 1}],
        "notes": "Owner: shop team\nDo not restart on weekdays.",
        "description": "PostgreSQL of the shop",
        "schedule": {"frequency": 6, "next_run": "2026-01-01T03:00:00.000000Z"},
    },
    {
        "custom_name": "intranet",
        "pool": "pool_iw_ssd",
        "type": "managed",
        "image": "ubuntu22_uefi",
        "cores": 2,
        "memory": 4,
        "disks": [40],
        "tags": ["production"],
        "addons": [{"name": "backup", "count": 2}],
    },
    {
        "custom_name": "accounting",
        "pool": "pool_iw_ssd",
        "type": "unmanaged",
        "image": "windows2022_uefi",
        "cores": 4,
        "memory": 8,
        "disks": [80],
        "tags": ["finance"],
        "addons": [{"name": "antivirus", "count": 1}],
        "description": "Windows host of the accounting software",
    },
)


def seed(store: Store | str, name: SeedName = "demo", now: datetime | None = None) -> None:
    """Seeds an account, given as a store or as the path of its database.

    `empty`: the catalogues only. `demo`: also the example account, with subscriptions, invoices and
    vs10001 to vs10003 (in an account that never had a server). Catalogues are replaced; existing
    servers stay.
    """
    if isinstance(store, str):
        opened = Store(store)
        try:
            seed(opened, name, now)
        finally:
            opened.close()
        return
    moment = now or datetime.now(UTC)
    with store.transaction(write=True):
        _write_catalogues(store)
        if name == "demo":
            named = add_servers(store, DEMO_SERVERS, now=first_month(moment))
            servers = [server for name in named if (server := store.find_server(name))]
            add_contracts(store, servers, moment)


def reset(db: str) -> None:
    """Removes everything from the database at that path; its next use seeds it again."""
    store = Store(db)
    try:
        store.clear()
    finally:
        store.close()


def add_servers(
    store: Store, orders: Iterable[Mapping[str, Any]], *, now: datetime, username: str = DEMO_USER
) -> list[str]:
    """Adds running servers, one for each create request; returns their hostnames.

    Without checks and tasks: for examples, tests and benchmarks.
    """
    with store.transaction(write=True):
        return [
            build_server(store, order, username=username, now=to_wire(now), building=False)[
                "hostname"
            ]
            for order in orders
        ]


def _write_catalogues(store: Store) -> None:
    text = Path(__file__).with_name("catalogue.json").read_text(encoding="utf-8")
    catalogues: dict[str, list[Entry]] = json.loads(text)
    for kind, entries in catalogues.items():
        for position, entry in enumerate(entries):
            store.write_entry(kind, str(entry[NAMED_BY[kind]]), position, entry)
