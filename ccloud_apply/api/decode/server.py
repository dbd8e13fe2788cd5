"""Servers, and the parts that are read for a single one: disks, state, snapshots, tags."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ccloud_apply.api.decode.device import decode_listed_adapters
from ccloud_apply.api.decode.shape import (
    Unreadable,
    need_int,
    need_text,
    read_flag,
    read_int,
    read_list,
    read_object,
    read_text,
    read_texts,
    to_texts,
    unwrap,
)
from ccloud_apply.api.decode.size import read_size, to_gb
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.live.account import NOTHING, LiveDisk, LiveServer
from ccloud_apply.model.live.catalog import Snapshot


def decode_server(value: Any, place: str = "") -> LiveServer:
    """A server of `list_servers` or `get_server`. Raises Unreadable."""
    server = unwrap(read_object(value, place))
    is_building = bool(read_flag(server, "build_in_progress", place))
    is_deleting = bool(read_flag(server, "deletion_in_progress", place))
    data = server.get("data")
    if not isinstance(data, dict):
        if data or not (is_building or is_deleting):
            raise Unreadable(f"{place}.data: the server's own values are missing".lstrip("."))
        data = NOTHING  # a server that is being built has nothing yet
    inside = f"{place}.data" if place else "data"
    if "tags" not in server:
        # Whose it is would be unknown, and unknown is not nobody's.
        raise Unreadable(f"{place}.tags: the server's tags are missing".lstrip("."))
    odd: dict[str, str] = {}
    values, untold = _read_values(data, inside, odd)
    return LiveServer(
        id=need_int(server, "id", place),
        hostname=read_text(server, "hostname", place) or read_text(data, "hostname", inside),
        custom_name=read_text(server, "custom_name", place),
        tags=read_texts(server, "tags", place),
        generation=read_int(server, "generation", place),
        created_at=read_text(server, "created_at", place),
        **values,
        adapters=decode_listed_adapters(server.get("network_adapters")),
        customer_id=decode_customer(server.get("customer_id"), data.get("customer_id")),
        has_custom_price=read_flag(server, "custom_price", place),
        is_building=is_building,
        is_deleting=is_deleting,
        untold=_find_untold(server, data) | untold,
        facts=_read_facts(data, inside),
        odd=odd or NOTHING,
    )


_NOTHING_UNTOLD: frozenset[str] = frozenset()

_Reader = Callable[[Mapping[str, Any], str, dict[str, str]], Any]


def _text_of(name: str) -> _Reader:
    return lambda data, place, odd: read_text(data, name, place)


_VALUES: Mapping[str, _Reader] = {
    # The document gives memory no unit in answers. It is GB in every request, so it is GB here.
    "cores": lambda data, place, odd: read_size(data, "cores", place, odd, "cores"),
    "memory_gb": lambda data, place, odd: read_size(data, "memory", place, odd, "memory_gb"),
    "disk_gb": lambda data, place, odd: read_size(data, "disk", place, odd, "disk_gb", to_gb),
    # Oddity: `ServerData` has `os_name`, not `image`
    **{
        name: _text_of(name)
        for name in ("pool", "type", "os_name", "ostype", "description", "notes")
    },
    "addons": lambda data, place, odd: _decode_addons(data.get("addons"), f"{place}.addons"),
}


def _read_values(
    data: Mapping[str, Any], place: str, odd: dict[str, str]
) -> tuple[dict[str, Any], frozenset[str]]:
    """The server's own values by fact, and the facts whose values cannot be understood.

    One server must not keep a plan from being made for all others.
    """
    values: dict[str, Any] = {}
    untold = _NOTHING_UNTOLD
    for fact, read in _VALUES.items():
        try:
            values[fact] = read(data, place, odd)
        except Unreadable:
            values[fact] = NOTHING if fact == "addons" else None
            untold |= {fact}
    return values, untold


def decode_customer(*values: Any) -> str | None:
    """The first that is a text or a whole number; what else there is tells no customer."""
    # Oddity: `customer_id` is a text or a number
    for value in values:
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return None


_MAY_BE_EMPTY = ("custom_name",), ("description", "notes", "addons")


def _find_untold(server: Mapping[str, Any], data: Mapping[str, Any]) -> frozenset[str]:
    """The facts whose keys the answer lacks. They are unknown; an empty fact is null."""
    own, inside = _MAY_BE_EMPTY
    missing = [name for name in own if name not in server]
    missing += [name for name in inside if name not in data]
    return frozenset(missing) if missing else _NOTHING_UNTOLD


_READ_BY_NAME = frozenset(
    (
        *("cores", "memory", "disk", "pool", "type", "os_name", "ostype", "hostname"),
        *("customer_id", "description", "notes", "addons"),
    )
)
"""The server's own values that are read above, or that are no facts of it."""


def _read_facts(data: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """The other plain values, for fields that need no decoder of their own: texts as `read_text`
    reads them, numbers and truth values as they are. A key that is missing is not told."""
    facts = {
        name: read_text(data, name, place) if isinstance(value, str) else value
        for name, value in data.items()
        if name not in _READ_BY_NAME and (value is None or isinstance(value, str | int))
    }
    return MappingProxyType(facts) if facts else NOTHING


def _decode_addons(value: Any, place: str) -> Mapping[str, int]:
    """The counts of addons, by name.

    Shapes: a list of `{name, count}` or of names, an object of counts, null. A count of 0 is an
    addon that the server does not have.
    """
    if not value:
        return NOTHING
    if isinstance(value, dict) and "name" not in value:
        rows: list[Any] = [{"name": name, "count": count} for name, count in value.items()]
    else:
        rows = read_list(value, place)
    counts: dict[str, int] = {}
    for index, row in enumerate(rows):
        where = f"{place}[{index}]"
        addon = {"name": row} if isinstance(row, str) else read_object(row, where)
        count = read_int(addon, "count", where)
        count = 1 if count is None else count
        if count:
            name = need_text(addon, "name", where)
            counts[name] = counts.get(name, 0) + count
    return MappingProxyType(counts) if counts else NOTHING


def decode_disks(value: Any) -> tuple[LiveDisk, ...]:
    """The disks of `list_server_disks`, sorted by the numbers in their ids if all ids have them.

    The first disk has to be the system disk (`sc0s0`), but the API document promises no order.
    """
    disks = []
    for index, item in enumerate(read_list(value)):
        disk = read_object(item, f"[{index}]")
        odd: dict[str, str] = {}
        size_gb = read_size(disk, "size", f"[{index}]", odd, "size", to_gb)
        if size_gb is None and not odd:
            raise Unreadable(f"[{index}].size: a number is missing")
        disks.append(
            LiveDisk(
                id=need_text(disk, "id", f"[{index}]"),
                size_gb=size_gb or 0,
                odd=odd.get("size"),
            )
        )
    places = [_SLOT.fullmatch(disk.id) for disk in disks]
    if all(places):
        disks.sort(key=lambda disk: [int(n) for n in re.findall(r"\d+", disk.id)])
    return tuple(disks)


_SLOT = lazy_pattern(r"[A-Za-z]+\d{1,9}[A-Za-z]+\d{1,9}")
"""Controller and slot, such as sc0s1; any other id says nothing about the order."""


def decode_state(value: Any) -> str:
    """The state in the API's spelling: Running, Off, or one that no request can set."""
    # Oddity: `GET .../state`
    if isinstance(value, str):
        value = {"state": value}
    rows = read_list(value)
    if len(rows) != 1:
        raise Unreadable(f"expected one state, got {len(rows)}")
    return need_text(read_object(rows[0], ""), "state", "")


def decode_snapshots(value: Any) -> tuple[Snapshot, ...]:
    """The snapshots of `list_server_snapshots`."""
    rows = [read_object(row, f"[{index}]") for index, row in enumerate(read_list(value))]
    return tuple(
        Snapshot(
            id=need_text(row, "id", f"[{index}]"),
            name=read_text(row, "name", f"[{index}]"),
            is_active=bool(read_flag(row, "active", f"[{index}]")),
            created_at=read_text(row, "creationTime", f"[{index}]"),
            parent_id=read_text(row, "parentSnapshotId", f"[{index}]"),
        )
        for index, row in enumerate(rows)
    )


def decode_tags(value: Any) -> tuple[str, ...]:
    """The tags of `list_server_tags`."""
    if isinstance(value, dict) and "tags" in value:
        value = value["tags"]
    return () if value is None else to_texts(value, "")
