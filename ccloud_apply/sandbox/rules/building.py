"""Builds the record of a new server: hostname, disks, addresses, defaults.

Used by create and by the seed. Create requests are checked in admission.py.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from ccloud_apply.sandbox.rules.network import DEFAULT_SUBNETS, connect
from ccloud_apply.sandbox.state.record import Addon, Disk, ServerRecord
from ccloud_apply.sandbox.state.store import Entry, Store

FIRST_HOSTNAME = 10001


def build_server(
    store: Store, order: Mapping[str, Any], *, username: str, now: str, building: bool
) -> ServerRecord:
    """Adds a server for a checked create request; returns its record.

    Hostnames count up and are never used again.
    """
    server = _describe(store, order)
    server.update({"username": username, "created_at": now, "building": building})
    server["state"] = "Off" if building else "Running"
    store.add_server(server)
    wanted = order.get("subnets") or DEFAULT_SUBNETS
    connect(store, server, _subnets(store, wanted), lan=False)
    connect(store, server, _subnets(store, order.get("subnets_intern", [])), lan=True)
    store.write_server(server)
    return server


def _describe(store: Store, order: Mapping[str, Any]) -> ServerRecord:
    image = store.read_entry("os", order["image"]) or {}
    disks = [Disk(id=f"sc0s{at}", size_gb=size) for at, size in enumerate(order["disks"])]
    return ServerRecord(
        id=0,
        hostname=f"vs{store.count_up('hostname', FIRST_HOSTNAME)}",
        custom_name=order.get("custom_name"),
        created_at="",
        building=True,
        deleting=False,
        state="Off",
        cores=order["cores"],
        memory=order["memory"],
        pool=order["pool"],
        type=order["type"],
        image=order["image"],
        os_name=image["name"],
        ostype=image["ostype"],
        username="",
        description=order.get("description"),
        notes=order.get("notes"),
        password=order.get("password") or secrets.token_urlsafe(12),
        tags=store_tags(store, order.get("tags", [])),
        addons=merge_addons(order.get("addons", [])),
        rollouts=list(order.get("rollouts", [])),
        disks=disks,
        dvds=[],
        boot_order=[disk["id"] for disk in disks],
        adapters=[],
        snapshots=[],
        last_snapshot_at=None,
        schedule=order.get("schedule"),
    )


def store_tags(store: Store, tags: list[str]) -> list[str]:
    """The tags in the account's spelling, in the given order, without duplicates."""
    return list(dict.fromkeys(store.canonical_tag(tag) for tag in tags))


def merge_addons(addons: list[dict[str, Any]]) -> list[Addon]:
    """Addons with their counts, without duplicates; a missing count means one."""
    counts = {addon["name"]: addon.get("count", 1) for addon in addons}
    return [Addon(name=name, count=count) for name, count in counts.items()]


def _subnets(store: Store, ids: list[int] | tuple[int, ...]) -> list[Entry]:
    entries = (store.read_entry("subnets", str(number)) for number in ids)
    return [entry for entry in entries if entry is not None]
