"""What is drawn of the platform: how it reads the document, what it accepts and drops, and what it
has of a server that the stack does not know of.

Each draw has a chance of its own, so that another one moves nothing of a seed.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ccloud_apply.model.declared.stack import ServerSpec
from tests.support.builders import spec as build_spec

Rule = Mapping[str, Any]
Found = Mapping[str, Mapping[str, Any]]

ORDER: Mapping[str, Any] = {
    "pool": "pool_iw_ssd",
    "type": "unmanaged",
    "image": "debian12_uefi",
    "cores": 1,
    "memory": 2,
    "disks": [50],
}
"""The smallest server."""

_DROPPED = (
    *("set_server_notes", "set_server_custom_name", "set_server_tags", "set_server_addon"),
    *("delete_server_addon", "set_server_snapshot_schedule", "delete_server_snapshot_schedule"),
    *("resize_server_memory", "resize_server_cores", "redeploy_server", "change_server_state"),
    *("add_server_disk", "resize_server_disk", "delete_server_disk", "add_server_dvd"),
    *("set_server_boot_order", "create_server_snapshot", "delete_server_snapshot"),
)


def draw_readings(chance: random.Random) -> Mapping[str, Any]:
    """Options of the emulator: every interpretation of the document, most often the default."""
    options: Mapping[str, Sequence[Any]] = {
        "disk_size_unit": ("gb", "gb", "bytes"),
        "empty_schedule": ("404", "404", "204", "null", "object", "list"),
        "existing_schedule": ("replace", "409", "422", "ignore"),
        "frequency_as_string": (True, False),
        "error_lists": (True, False),
        "single_as_object": (False, False, True),
        "resize_needs_off": (False, False, False, True),
        "addon_put": ("set", "set", "add"),
        "new_address_shows": ("all", "all", "servers", "adapters", "ips"),
        "schedule_taken": ("utc", "utc", "berlin"),
        "schedule_told": ("utc", "utc", "berlin"),
        "custom_prices": (False, False, True),
        "pagination": ("meta", "meta", "links", "bare", "cursor"),
        "wrapped_lists": (False, False, False, True),
        "refused_limit": (None, None, None, None, 400, 422, 500),
        "refused_sort": (None, None, None, None, 400, 422, 500),
    }
    drawn = {name: chance.choice(values) for name, values in options.items()}
    if drawn["pagination"] == "bare":  # a list that is documented as whole would not say that it
        drawn["wrapped_lists"] = False  # goes on, and nobody could know
    return drawn


def draw_pages(chance: random.Random) -> Mapping[str, Any]:
    """Pages so small that the stack's tag costs less than the whole list, and what the list makes
    of a tag: now and then more than the servers that carry it."""
    if chance.random() < 0.5:
        return {}
    return {
        "max_page_limit": chance.choice((1, 2)),
        "tag_filter": chance.choice(("exact", "exact", "exact", "ignored", "part", "any_case")),
    }


def draw_odd_readings(chance: random.Random, *, is_journal_kept: bool) -> Mapping[str, Any]:
    """Now and then an option with which nothing can be compared, or no list be followed: until the
    faults are over, the platform tells something that no run may act upon."""
    if chance.random() < 0.9:
        return {}
    drawn = chance.choice(
        (
            {"memory_unit": "mb", "memory_unit_of": chance.choice(("both", "list", "server"))},
            {"memory_unit": "bytes", "memory_unit_of": chance.choice(("both", "list", "server"))},
            {"disk_size_unit": "mb"},
            {"pagination": "token"},
            {"new_address_shows": "none"},
            {"pagination": "ignored"},
            {"text_limit": chance.randint(10, 14)},
        )
    )
    # Of an address that no list shows only the journal knows.
    return drawn if is_journal_kept or "new_address_shows" not in drawn else {}


def draw_shifts(chance: random.Random) -> list[Rule]:
    """Pages that begin a row too late or too early."""
    if chance.random() < 0.85:
        return []
    return [
        {
            "operation": chance.choice(("list_servers", "list_tasks", "*")),
            "method": "GET",
            "when": {"probability": chance.choice((0.1, 0.4))},
            "fault": {"page_shift": chance.choice(("skip", "double"))},
        }
    ]


def fit_to_readings(
    specs: Sequence[ServerSpec], readings: Mapping[str, Any]
) -> tuple[ServerSpec, ...]:
    """The servers as somebody writes them who knows this platform: where it resizes only what is
    off, resizing is offline."""
    if not readings["resize_needs_off"]:
        return tuple(specs)
    return tuple(replace(one, lifecycle=replace(one.lifecycle, resize="offline")) for one in specs)


def draw_more_fields(chance: random.Random, specs: Sequence[ServerSpec]) -> list[ServerSpec]:
    """Addons, snapshots and a name on some of the servers."""
    drawn = []
    for one in specs:
        more: dict[str, Any] = {}
        if chance.random() < 0.3:
            more["addons"] = {"backup": chance.randint(1, 5)}
            if chance.random() < 0.4:
                more["addons"]["monitoring"] = 1
        if chance.random() < 0.15:
            more["snapshots"] = {"mine": True}
        if chance.random() < 0.2:
            more["custom_name"] = f"sim-{one.key}"  # the one that it gets anyway, but managed
        if chance.random() < 0.2:
            more["description"] = f"the server {one.key} of the stack"
        drawn.append(replace(one, fields={**one.fields, **build_spec(one.key, **more).fields}))
    return drawn


def draw_replaces(chance: random.Random, specs: Sequence[ServerSpec]) -> list[ServerSpec]:
    """Some of the servers are to be replaced where others are reinstalled."""
    return [
        replace(one, lifecycle=replace(one.lifecycle, on_create_only_change="replace"))
        if chance.random() < 0.3
        else one
        for one in specs
    ]


def draw_controllers(
    chance: random.Random, specs: Sequence[ServerSpec], orders: Sequence[Mapping[str, Any]]
) -> Found:
    """Servers of the first generation: their system disk is on another controller than the rest.
    Not where a boot order is declared, for it would name a device that is another one there."""
    plain = {f"sim-{one.key}" for one in specs if not one.declares("boot_order")}
    found: dict[str, Mapping[str, Any]] = {}
    for order in orders:
        if order["custom_name"] in plain and chance.random() < 0.15:
            names = ("ide0s0", *(f"sc0s{number}" for number in range(len(order["disks"]) - 1)))
            sizes = zip(names, order["disks"], strict=True)
            disks = [{"id": name, "size_gb": size} for name, size in sizes]
            found[order["custom_name"]] = {"disks": disks, "boot_order": list(names)}
    return found


def join_found(one: Found, other: Found) -> Found:
    """Both of them, by custom name."""
    return {name: {**one.get(name, {}), **other.get(name, {})} for name in {**one, **other}}


def draw_found(chance: random.Random, orders: Sequence[Mapping[str, Any]]) -> Found:
    """What servers have that no create request gives, by their custom names: schedules, notes,
    snapshots, addons."""
    found: dict[str, Mapping[str, Any]] = {}
    for order in orders:
        more: dict[str, Any] = {}
        if chance.random() < 0.3:
            run = "2027-01-01T03:00:00.000000Z"
            more["schedule"] = {"frequency": chance.choice((1, 6, 12)), "next_run": run}
        if chance.random() < 0.2:
            more["notes"] = "a note from before"
        if chance.random() < 0.3:
            more["addons"] = [{"name": "backup", "count": chance.randint(1, 3)}]
        if chance.random() < 0.2:
            more["snapshots"] = [
                {
                    "id": f"before-{order['custom_name']}",
                    "name": "from before",
                    "active": True,
                    "created_at": "2026-12-31T00:00:00.000000Z",
                    "parent": None,
                }
            ]
        found[order["custom_name"]] = more
    return found


def draw_drops(chance: random.Random) -> list[Rule]:
    """Operations that are accepted and change nothing: once, now and then, or always."""
    if chance.random() < 0.6:
        return []
    return [
        {
            "operation": operation,
            "when": chance.choice(({"nth": 1}, {"nth": 2}, {"probability": 0.5}, {"until": 50})),
            "fault": {"ignore": True},
        }
        for operation in chance.sample(_DROPPED, chance.randint(2, 8))
    ]


def draw_states(chance: random.Random) -> list[Rule]:
    """A hypervisor that pauses or breaks a server of the stack while a list is read."""
    if chance.random() < 0.85:
        return []
    fault = {
        "server_state": chance.choice(("Paused", "Saved", "Critical", "Reset")),
        "server": f"sim-s{chance.randint(0, 3)}",
    }
    when = {"nth": chance.randint(1, 12)}
    return [{"operation": "list_servers", "when": when, "fault": fault}]


def draw_crowd(chance: random.Random) -> list[ServerSpec]:
    """Now and then so many servers that not all of them may be made at the same time."""
    if chance.random() < 0.96:
        return []
    return [build_spec(f"c{number}", **ORDER) for number in range(chance.randint(8, 14))]
