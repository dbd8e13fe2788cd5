"""Chapter Network: subnets, addresses, VPCs, a server's adapters."""

from typing import Any

from ccloud_apply.sandbox.http.call import Call, read_server, read_settled_server
from ccloud_apply.sandbox.http.errors import Invalid, not_found
from ccloud_apply.sandbox.rules.network import add_address
from ccloud_apply.sandbox.state.record import Adapter, ServerRecord
from ccloud_apply.sandbox.state.store import Entry
from ccloud_apply.sandbox.state.view import shows_address

_SUBNET_FIELDS = ("id", "type", "name", "network", "gateway", "mask_bits")


async def list_subnets(call: Call) -> list[dict[str, Any]]:
    """The account's subnets; `nameservers` is a list within a list, as in the example."""
    return [_show_subnet(entry) for entry in call.store.read_catalogue("subnets")]


async def list_subnet_ips(call: Call) -> list[dict[str, Any]]:
    """The used addresses of a subnet. An adapter's id is an integer here, a UUID elsewhere."""
    entry = call.store.read_entry("subnets", call.path["id"])
    if entry is None:
        raise not_found(f"The subnet {call.path['id']}")
    return [
        {
            "id": address["id"],
            "server_id": address["server_id"],
            "network_adapter_id": address["server_id"],
            "subnet_id": address["subnet_id"],
            "ip": address["ip"],
            "hostname": address["hostname"],
            "created_at": address["created_at"],
            "updated_at": address["created_at"],
        }
        for address in call.store.list_addresses(entry["id"])
    ]


async def list_ips(call: Call) -> list[dict[str, Any]]:
    """All used addresses; the option `new_address_shows` may leave out those that were added."""
    hidden = {
        address["id"]
        for server in (call.store.all_servers() if call.options.new_address_shows != "all" else ())
        for adapter in server["adapters"]
        for address in adapter["ip_addresses"]
        if not shows_address(call, address, "ips")
    }
    names = {entry["id"]: entry["name"] for entry in call.store.read_catalogue("subnets")}
    return [
        {
            "hostname": address["hostname"],
            "ip": address["ip"],
            "subnetname": names[address["subnet_id"]],
        }
        for address in call.store.list_addresses()
        if address["id"] not in hidden
    ]


async def list_vpcs(call: Call) -> list[dict[str, Any]]:
    """The VPCs; their subnets are a list within a list."""
    vpcs: dict[str, list[Entry]] = {}
    for entry in call.store.read_catalogue("subnets"):
        vpcs.setdefault(entry["_vpc"], []).append(entry)
    return [
        {
            "id": name,
            "type": "private" if entries[0]["_intern"] else "public",
            "name": name,
            "subnets": [[_show_subnet(entry) for entry in entries]],
        }
        for name, entries in vpcs.items()
    ]


async def list_server_network_adapters(call: Call) -> list[dict[str, Any]]:
    """A server's adapters, spelled `bandwith` and `ipAdresse`.

    Oddity: docs/reference/api-oddities.md, "`VMNetModel`".
    """
    return [
        {
            "id": adapter["id"],
            "switch": adapter["switch"],
            "vlan": adapter["vlan_number"],
            "mac_spoofing": adapter["mac_spoofing"],
            "bandwith": adapter["bandwidth"],
            "ipAdresse": [
                address["ip"]
                for address in adapter["ip_addresses"]
                if shows_address(call, address, "adapters")
            ],
        }
        for adapter in read_server(call)["adapters"]
    ]


async def add_server_ip(call: Call) -> dict[str, Any]:
    """Adds an address of the adapter's subnet, at once; documented as "Task ID"."""
    server = read_settled_server(call)
    adapter = _find_adapter(server, call.path["adapter_id"])
    protocol = call.body.get("protocol")
    if protocol is None:
        raise Invalid({"protocol": "The protocol field is required."})
    subnet = next(
        (
            entry
            for entry in call.store.read_catalogue("subnets")
            if entry["type"] == protocol and entry["vlan"] == adapter["vlan_number"]
        ),
        None,
    )
    if subnet is None:
        raise Invalid({"protocol": f"The adapter's network has no {protocol} subnet."})
    address = add_address(call.store, server, adapter, subnet, call.stamp, is_added=True)
    call.store.write_server(server)
    return {
        "type": protocol,
        "ip_address": address["ip"],
        "network": subnet["network"],
        "mask_bits": subnet["mask_bits"],
        "nameservers": subnet["nameservers"],
        "gateway": subnet["gateway"],
        "vlan": subnet["vlan"],
    }


def _find_adapter(server: ServerRecord, adapter_id: str) -> Adapter:
    for adapter in server["adapters"]:
        if adapter["id"] == adapter_id:
            return adapter
    raise not_found(f"The network adapter {adapter_id} of {server['hostname']}")


def _show_subnet(entry: Entry) -> dict[str, Any]:
    shown = {name: entry[name] for name in _SUBNET_FIELDS}
    return {**shown, "nameservers": [entry["nameservers"]]}
