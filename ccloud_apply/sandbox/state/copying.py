"""Loads a copy of another account, its servers and catalogues, into a store, for rehearsals.

The caller passes the rows as plain data. What a copy cannot know (which systems an addon supports,
how many GPUs are left) is allowed.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.options import CUSTOMER_ID
from ccloud_apply.sandbox.rules.network import DEFAULT_SUBNETS
from ccloud_apply.sandbox.rules.tasks import IGNORED
from ccloud_apply.sandbox.state.record import (
    Adapter,
    Addon,
    Disk,
    Drive,
    ServerRecord,
    Snapshot,
    SubscriptionRecord,
    TaskRecord,
)
from ccloud_apply.sandbox.state.seed import NAMED_BY
from ccloud_apply.sandbox.state.store import Entry, Store

Row = Mapping[str, Any]

_FAMILY = "copied"
_MANY = 1_000_000
_VLAN = 0
TASK_S = 60.0
"""Seconds that a running task of the account takes in the copy: its real end is unknown."""


def load_copy(store: Store, copy: Row, *, now: datetime) -> None:
    """Replaces the store's content by the copy. `now` is the time of the copy, UTC."""
    copy = _make_whole(copy)
    with store.transaction(write=True):
        for kind, rows in copy["catalogues"].items():
            build = _ENTRIES[kind]
            entries = [build(row, number) for number, row in enumerate(rows, 1)]
            store.replace_catalogue(kind, [(str(e[NAMED_BY[kind]]), e) for e in entries])
        _widen_rollouts(store)
        _add_networks(store)
        for name, count in copy["addons"].items():
            store.ledger.write_addon(name, count)
        for row in copy["subscriptions"]:
            store.ledger.add_subscription(_subscription(row, now), subscription_id=row["id"])
        store.set_counter("hostname", _highest(row["hostname"] for row in copy["servers"]))
        for row in copy["servers"]:
            _add_server(store, row, now)
        for task in copy["tasks"]:
            _add_task(store, task, now)


def _make_whole(value: Any) -> Any:
    """The value with `?` for half characters, which no column of the store can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_make_whole(name): _make_whole(item) for name, item in value.items()}
    return list(map(_make_whole, value)) if isinstance(value, list | tuple) else value


def _widen_rollouts(store: Store) -> None:
    """Makes a rollout valid for every image if it names none that the account has."""
    images = {entry["image"] for entry in store.read_catalogue("os")}
    for position, entry in enumerate(store.read_catalogue("rollouts")):
        if images.isdisjoint(entry["valid_for"]):
            whole = {**entry, "valid_for": sorted(images)}
            store.write_entry("rollouts", entry["rollout"], position, whole)


def _add_networks(store: Store) -> None:
    """Adds an IPv4 and an IPv6 subnet for all adapters: no read tells the account's networks."""
    for number, kind in enumerate(("IPv4", "IPv6")):
        subnet = DEFAULT_SUBNETS[number]
        if store.read_entry("subnets", str(subnet)) is not None:
            subnet = _MANY + number
        row = {"id": subnet, "type": kind}
        store.write_entry("subnets", str(subnet), -1, _subnet(row, 0))


def _highest(hostnames: Iterable[str]) -> int:
    numbers = [int(name[2:]) for name in hostnames if name[:2] == "vs" and name[2:].isdecimal()]
    return max(numbers, default=10000)


def _add_server(store: Store, row: Row, now: datetime) -> None:
    image = row["image"] or f"copied {row['os_name']}"
    if store.read_entry("os", image) is None:
        entry = _image({"image": image, "name": row["os_name"], "ostype": row["ostype"]}, 0)
        store.write_entry("os", image, _MANY, entry)
    disks = [Disk(id=disk["id"], size_gb=disk["size_gb"]) for disk in row["disks"] or ()]
    moments = (_read_moment(snapshot["created_at"]) for snapshot in row["snapshots"])
    newest = max((moment for moment in moments if moment is not None), default=None)
    server = ServerRecord(
        id=0,
        hostname=row["hostname"],
        custom_name=row["custom_name"],
        created_at=to_wire(_read_moment(row["created_at"]) or now),
        building=False,
        deleting=False,
        state=row["state"],
        cores=row["cores"] or 1,
        memory=row["memory"] or 1,
        pool=row["pool"] or "",
        type=row["type"] or "unmanaged",
        image=image,
        os_name=row["os_name"] or "",
        ostype=row["ostype"] or "",
        username="",
        description=row["description"],
        notes=row["notes"],
        password="",
        tags=[store.canonical_tag(tag) for tag in row["tags"]],
        addons=[Addon(name=name, count=count) for name, count in (row["addons"] or {}).items()],
        rollouts=[],
        disks=disks,
        dvds=[
            Drive(id=d["id"], name=_file_name(d["path"])) for d in row["dvds"] or () if d["path"]
        ],
        boot_order=row["boot_order"] or [disk["id"] for disk in disks],
        adapters=[],
        snapshots=[
            Snapshot(
                id=snapshot["id"],
                name=snapshot["name"] or "",
                active=snapshot["is_active"],
                created_at=snapshot["created_at"] or to_wire(now),
                parent=snapshot["parent_id"],
            )
            for snapshot in row["snapshots"]
        ],
        last_snapshot_at=None if newest is None else to_wire(newest),
        schedule=None,
    )
    if row["schedule"] is not None:
        first = row["schedule"]["next_run"]
        moment = to_wire(_read_moment(first) or now)
        server["schedule"] = {"frequency": row["schedule"]["frequency"], "next_run": moment}
    store.add_server(server, server_id=row["id"])
    server["adapters"] = [_adapter(server, adapter, now) for adapter in row["adapters"]]
    store.write_server(server)


def _read_moment(text: str | None) -> datetime | None:
    """The moment, in UTC if the text has no zone; None for an invalid text."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _adapter(server: ServerRecord, row: Row, now: datetime) -> Adapter:
    stamp = to_wire(now)
    return Adapter(
        id=row["id"] or "",
        vlan_number=_VLAN,
        bandwidth=1000,
        switch="WAN",
        mac_address="",
        mac_spoofing=False,
        lan=False,
        created_at=stamp,
        ip_addresses=[
            {
                "id": number,
                "subnet_id": 0,
                "ip": address,
                "server_id": server["id"],
                "network_adapter_id": row["id"] or "",
                "created_at": stamp,
                "updated_at": stamp,
            }
            for number, address in enumerate(row["addresses"], 1)
        ],
    )


def _add_task(store: Store, row: Row, now: datetime) -> None:
    """Adds a running task that ends after TASK_S and changes nothing."""
    server = store.find_server(row["hostname"])
    if server is None:
        return
    store.add_task(
        TaskRecord(
            id=0,
            action=row["action"],
            username=row["username"] or "",
            hostname=row["hostname"],
            status="processing",
            error_message=None,
            created_at=to_wire(now),
            due=to_wire(now + timedelta(seconds=TASK_S)),
            server_id=server["id"],
            effect=f"{IGNORED}set_fields",
            payload={},
            failure=None,
        )
    )


def _yes(value: bool | None) -> bool:
    return value is not False


def _pool(row: Row, number: int) -> Entry:
    return {
        "tag": row["pool"],
        "name": row.get("name") or row["pool"],
        "nagios_active": _yes(row.get("is_active")),
        "gpu_supported": bool(row.get("has_gpus")),
        "desc_de": "",
        "desc_en": "",
    }


def _image(row: Row, number: int) -> Entry:
    return {
        "image": row["image"],
        "name": row.get("name") or row["image"],
        "min_disk": str(row.get("min_disk_gb") or 0),
        "language": "en-US",
        "ostype": row.get("ostype") or "Linux",
        "cloud_init_support": _yes(row.get("has_cloud_init")),
        "_family": _FAMILY,
    }


def _addon(row: Row, number: int) -> Entry:
    return {
        "id": number,
        "name": row["name"],
        "supported_os": [_FAMILY],
        "addable": _yes(row.get("is_addable")),
        "deletable": _yes(row.get("is_deletable")),
        "desc_de": "",
        "desc_en": "",
        "price": 0.0,
        "setup_fee": 0.0,
        "_category": "service",
        "_max": _MANY,
        "_gpu": False,
    }


def _gpu(row: Row, number: int) -> Entry:
    names = {"id": row["id"], "name": row["name"], "addon_name": row["addon"]}
    return {**names, "pools": row["pools"], "desc_de": "", "desc_en": "", "_count": _MANY}


def _rollout(row: Row, number: int) -> Entry:
    return {
        "type": "",
        "rollout": row["rollout"],
        "name": row.get("name") or row["rollout"],
        "desc_de": "",
        "desc_en": "",
        "valid_for": row.get("valid_for", []),
        "depends_on": row.get("depends_on", []),
        "managed_only": bool(row.get("is_managed_only")),
    }


def _subnet(row: Row, number: int) -> Entry:
    """A subnet of the row's type with free addresses: which ones are in use is not known."""
    is_ipv6 = row.get("type") == "IPv6"
    return {
        "id": row["id"],
        "type": row.get("type") or f"unknown {number}",
        "name": row.get("name") or "",
        "network": f"fd00:{number:x}::" if is_ipv6 else f"10.{number % 256}.0.0",
        "gateway": "",
        "mask_bits": 64 if is_ipv6 else 16,
        "nameservers": [],
        "vlan": _VLAN,
        "_intern": False,
        "_vpc": row.get("vpc") or "",
    }


def _iso(row: Row, number: int) -> Entry:
    path = row["path"] or row["name"]
    return {"name": row["name"], "fullName": path, "customer": None, "size": 0}


def _account_addon(row: Row, number: int) -> Entry:
    return {"name": row["name"], "max": _MANY}


def _subscription(row: Row, now: datetime) -> SubscriptionRecord:
    """The subscription with its names; no request can change anything else of it."""
    day = f"{now:%Y-%m-%d}"
    return SubscriptionRecord(
        id=0,
        customer_id=int(CUSTOMER_ID),
        pool="",
        name=row["name"],
        display_name=row["display_name"] or "",
        confirmed=True,
        runtime=0,
        discount=0.0,
        monthly_price=0.0,
        setup_fee=0.0,
        setup_fee_charged=False,
        valid_to=day,
        start_date=day,
        end_date=day,
        renew=False,
        data={},
        replacement=None,
        created_at=to_wire(now),
        updated_at=to_wire(now),
        deleted_at=None,
        tags=[],
    )


_ENTRIES = {
    "account_addons": _account_addon,
    "pools": _pool,
    "os": _image,
    "addons": _addon,
    "gpus": _gpu,
    "rollouts": _rollout,
    "subnets": _subnet,
    "isos": _iso,
}
