"""Converts the emulator's records to the API document's shapes and spellings.

Also how a query asks for a page and its order. Reading records belongs to store.py.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ccloud_apply.sandbox.clock import from_wire
from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.http.errors import Invalid
from ccloud_apply.sandbox.options import CUSTOMER_ID
from ccloud_apply.sandbox.state.record import ADDED, Adapter, ServerRecord, TaskRecord, disk_sum_gb
from ccloud_apply.sandbox.state.store import Entry

JSON = dict[str, Any]
BERLIN = ZoneInfo("Europe/Berlin")


def show_entry(entry: Entry) -> JSON:
    """A catalogue's entry without the emulator's own fields."""
    return {name: value for name, value in entry.items() if not name.startswith("_")}


def show_list(call: Call, entries: list[JSON]) -> list[JSON] | JSON:
    """A list; or its only entry, with the option `single_as_object`.

    Oddity: docs/reference/api-oddities.md, the row of `POST .../dvds`: some operations are
    documented with one object where a list is meant, others with a list where one thing is meant.
    """
    return entries[0] if call.options.single_as_object and len(entries) == 1 else entries


def shows_address(call: Call, address: Mapping[str, object], answer: str) -> bool:
    """False for an address that was added and that this answer does not show, by the option."""
    return ADDED not in address or call.options.new_address_shows in ("all", answer)


def tells_password(call: Call, server: ServerRecord) -> bool:
    """Whether the platform would tell the server's password if it were asked now."""
    is_told = server.get("is_password_told", False)
    return {"always": True, "once": not is_told, "never": False}[call.options.password_shown]


def show_server(
    call: Call, server: ServerRecord, *, nameless: bool = False, memory_factor: int = 1
) -> JSON:
    """A server in the list: the schema ServerDetail. `nameless`: its hostname is not known yet.
    `memory_factor`: how many of the unit of memory a GB is."""
    hostname = None if nameless else server["hostname"]
    return {
        "id": server["id"],
        "customer_id": CUSTOMER_ID,
        "hostname": hostname,
        "generation": 2,
        "created_at": server["created_at"][:10],  # a date here, a date-time elsewhere
        "tags": server["tags"],
        "location": "DE-BA-1",
        "custom_name": server["custom_name"],
        "credentials_available": not server["building"] and tells_password(call, server),
        "deletion_in_progress": server["deleting"],
        "build_in_progress": server["building"],
        "rootaccess": server["type"] == "unmanaged",
        "network_adapters": [_show_adapter(call, server, item) for item in server["adapters"]],
        "data": {
            "cores": server["cores"],
            "memory": server["memory"] * memory_factor,
            "disk": disk_sum_gb(server),
            "pool": server["pool"],
            "type": server["type"],
            # Oddity: docs/reference/api-oddities.md, "`ServerData` has `os_name`, not `image`".
            "os_name": server["os_name"],
            "ostype": server["ostype"],
            "hostname": hostname,
            "username": server["username"],
            "customer_id": CUSTOMER_ID,
            "description": server["description"],
            "notes": server["notes"],
            "addons": server["addons"],
        },
    }


def _show_adapter(call: Call, server: ServerRecord, adapter: Adapter) -> JSON:
    shown: JSON = {name: value for name, value in adapter.items() if name != "lan"}
    shown["server_id"] = server["id"]
    shown["updated_at"] = adapter["created_at"]
    shown["perf_counter_instance_name"] = f"{server['hostname']}_{adapter['switch'].lower()}"
    shown["ip_addresses"] = [
        _show_address(address)
        for address in adapter["ip_addresses"]
        if shows_address(call, address, "servers")
    ]
    return shown


def _show_address(address: JSON) -> JSON:
    shown: JSON = {**show_entry(address), "customer_id": CUSTOMER_ID}
    if "subnet" in address:  # a copy of a server has none
        shown["subnet"] = {**address["subnet"], "customer_id": CUSTOMER_ID}
    return shown


def show_task(task: TaskRecord) -> JSON:
    """A task: the schema TasksGetStatus."""
    names = ("id", "action", "username", "hostname", "status", "error_message", "created_at")
    shown: JSON = {name: value for name, value in task.items() if name in names}
    return {**shown, "customer_id": CUSTOMER_ID}


def next_run(first: str, frequency: int, now: datetime) -> datetime:
    """The next run of a schedule: the first run plus as many periods as have passed."""
    start = from_wire(first)
    if start > now:
        return start
    period = timedelta(hours=frequency)
    return start + ((now - start) // period + 1) * period


def tell_local(run: datetime, zone: str) -> datetime:
    """An instant as it is told: its digits in that zone, whatever zone they are written with."""
    return run if zone == "utc" else run.astimezone(BERLIN).replace(tzinfo=UTC)


def read_sort(call: Call, sortable: Sequence[str]) -> list[tuple[str, bool]]:
    """`sort` and `order` as pairs of column and descending. Raises Invalid for unknown words."""
    columns = [word.strip() for word in call.query.get("sort", "").split(",") if word.strip()]
    orders = [word.strip() for word in call.query.get("order", "").split(",") if word.strip()]
    errors = {}
    if any(column not in sortable for column in columns):
        errors["sort"] = "The selected sort is invalid."
    if any(word.lower() not in ("asc", "desc") for word in orders):
        errors["order"] = "The selected order is invalid."
    if errors:
        raise Invalid(errors)
    down = [word.lower() == "desc" for word in orders]
    if not columns:
        return [("id", down[0])] if down else []
    down += [False] * len(columns)
    return list(zip(columns, down, strict=False))


def read_flag(query: Mapping[str, str], name: str) -> bool | None:
    """A truth value of the query string, None where it is not given."""
    return query[name].lower() in ("true", "1") if name in query else None
