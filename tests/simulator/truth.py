"""What the platform really has against what the stack declares: the emulator's records, not what
its API tells, and none of the planner's own comparison.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.ownership import is_reserved_tag, read_ownership
from ccloud_apply.sandbox.state.record import ServerRecord

_NAMES = {"debian12_uefi": "Linux Debian 12", "rocky9_uefi": "Linux Rocky 9"}


def find_differences(
    stack: Stack,
    servers: list[ServerRecord],
    *,
    besides: Collection[str] = (),
    unknown: Collection[str] = (),
) -> list[str]:
    """Every declared field that is not so at the platform, in words.

    `besides` are hostnames that are left out, `unknown` fields, as `KEY.FIELD`.
    """
    return [
        text
        for spec in stack.servers
        for field, text in _compare(stack.name, spec, servers, besides)
        if f"{spec.key}.{field}" not in unknown
    ]


def owned_by(stack: str, key: str, servers: list[ServerRecord]) -> list[ServerRecord]:
    """The servers that carry this identity and are not on their way out."""
    found = ((server, read_ownership(server["tags"])) for server in servers)
    return [
        server
        for server, owner in found
        if owner.stacks == {stack} and owner.keys == {key} and not server["deleting"]
    ]


def _compare(
    stack: str, spec: ServerSpec, servers: list[ServerRecord], besides: Collection[str]
) -> Iterator[tuple[str, str]]:
    mine = owned_by(stack, spec.key, servers)
    if not mine:
        yield "", f"{spec.key} is not there"
    for server in mine:
        if server["hostname"] in besides:
            continue
        for field, read in _FACTS.items():
            if not spec.declares(field):
                continue
            wanted, found = read(spec.value(field), server)
            if wanted != found:
                yield field, f"{field} of {spec.key} is {found}, not {wanted}"


_Pair = tuple[Any, Any]


def _plain(name: str) -> Callable[[Any, ServerRecord], _Pair]:
    return lambda wanted, server: (wanted, dict(server)[name])


def _text(name: str) -> Callable[[Any, ServerRecord], _Pair]:
    return lambda wanted, server: (wanted or None, str(dict(server)[name] or "").strip() or None)


def _disks(wanted: Any, server: ServerRecord) -> _Pair:
    sizes = sorted(disk["size_gb"] for disk in server["disks"])
    return sorted(disk.size_gb for disk in wanted), sizes


def _tags(wanted: Any, server: ServerRecord) -> _Pair:
    return sorted(wanted), sorted(tag for tag in server["tags"] if not is_reserved_tag(tag))


def _power(wanted: str, server: ServerRecord) -> _Pair:
    return {"running": "Running", "off": "Off"}[wanted], server["state"]


def _schedule(wanted: Mapping[str, Any] | None, server: ServerRecord) -> _Pair:
    schedule = server["schedule"]
    return (wanted or {}).get("frequency"), schedule and schedule["frequency"]


def _addons(wanted: Mapping[str, int], server: ServerRecord) -> _Pair:
    return dict(wanted), {addon["name"]: addon["count"] for addon in server["addons"]}


def _ips(wanted: Mapping[str, int], server: ServerRecord) -> _Pair:
    """At least so many: an address cannot be taken away."""
    for adapter in server["adapters"]:
        ips = [str(address["ip"]) for address in adapter["ip_addresses"]]
        has = {"ipv6": sum(":" in ip for ip in ips), "ipv4": sum("." in ip for ip in ips)}
        if any(has[family] < count for family, count in wanted.items()):
            return dict(wanted), has
    return wanted, wanted


def _dvds(wanted: Any, server: ServerRecord) -> _Pair:
    return sorted(wanted), sorted(drive["name"] for drive in server["dvds"] if drive["name"])


def _snapshots(wanted: Mapping[str, bool], server: ServerRecord) -> _Pair:
    names = {taken["name"] for taken in server["snapshots"]}
    return dict(wanted), {name: name in names for name in wanted}


def _image(wanted: str, server: ServerRecord) -> _Pair:
    return _NAMES[wanted], server["os_name"]


_FACTS: Mapping[str, Callable[[Any, ServerRecord], _Pair]] = {
    "cores": _plain("cores"),
    "memory": _plain("memory"),
    "pool": _plain("pool"),
    "type": _plain("type"),
    "custom_name": _text("custom_name"),
    "notes": _text("notes"),
    "description": _text("description"),
    "disks": _disks,
    "tags": _tags,
    "power": _power,
    "scheduled_snapshots": _schedule,
    "addons": _addons,
    "ips": _ips,
    "dvds": _dvds,
    "snapshots": _snapshots,
    "image": _image,
}
