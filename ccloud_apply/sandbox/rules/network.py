"""Assigns subnets, adapters and addresses to servers.

The shapes of the network operations are in handlers/servers/network.py.
"""

import ipaddress
import uuid

from ccloud_apply.sandbox.http.errors import Invalid
from ccloud_apply.sandbox.state.record import ADDED, Adapter, ServerRecord
from ccloud_apply.sandbox.state.store import Entry, Store

DEFAULT_SUBNETS = (12, 13)
"""The subnets of a server whose create request names none: public IPv4 and IPv6."""

FIRST_OFFSET = 10
_NAMESPACE = uuid.UUID("6f1f6f5e-5b0c-4f39-9a53-5d1c7f9f2a10")


def add_adapter(server: ServerRecord, *, lan: bool, vlan: int, now: str) -> Adapter:
    """A new adapter of a server, without an address."""
    number = len(server["adapters"])
    adapter = Adapter(
        id=str(uuid.uuid5(_NAMESPACE, f"{server['hostname']}/{number}")),
        vlan_number=vlan,
        bandwidth=1000,
        switch="LAN" if lan else "WAN",
        mac_address=_mac_address(server["id"], number),
        mac_spoofing=False,
        lan=lan,
        created_at=now,
        ip_addresses=[],
    )
    server["adapters"].append(adapter)
    return adapter


def add_address(
    store: Store,
    server: ServerRecord,
    adapter: Adapter,
    subnet: Entry,
    now: str,
    *,
    is_added: bool = False,
) -> dict[str, object]:
    """Assigns the next free address of a subnet to the adapter. Raises Invalid if there is none.

    `is_added`: to a server that is there, so that an option decides which lists show it.
    """
    network = ipaddress.ip_network(f"{subnet['network']}/{subnet['mask_bits']}")
    last = network.num_addresses - 2  # the one after it is the broadcast address
    offset = store.find_next_offset(subnet["id"], FIRST_OFFSET)
    if offset > last:
        offset = store.find_gap(subnet["id"], FIRST_OFFSET)
    if offset > last:
        raise Invalid({"subnets": f"The subnet {subnet['id']} has no free address."})
    ip = str(network[offset])
    address_id = store.add_address(
        subnet_id=subnet["id"],
        offset=offset,
        ip=ip,
        server_id=server["id"],
        adapter_id=adapter["id"],
        now=now,
    )
    address: dict[str, object] = {"id": address_id, "subnet_id": subnet["id"], "ip": ip}
    adapter["ip_addresses"].append(
        {
            **address,
            **({ADDED: True} if is_added else {}),
            "server_id": server["id"],
            "network_adapter_id": adapter["id"],
            "created_at": now,
            "updated_at": now,
            "subnet": {**show_subnet(subnet), "created_at": now, "updated_at": now},
        }
    )
    return address


def connect(store: Store, server: ServerRecord, subnets: list[Entry], *, lan: bool) -> None:
    """Adds an adapter with an address of each subnet; no adapter without subnets."""
    if not subnets:
        return
    now = server["created_at"]
    adapter = add_adapter(server, lan=lan, vlan=subnets[0]["vlan"], now=now)
    for subnet in subnets:
        add_address(store, server, adapter, subnet, now)


def show_subnet(subnet: Entry) -> dict[str, object]:
    """A subnet as the server list shows it."""
    names = ("id", "type", "network", "gateway", "mask_bits", "nameservers")
    return {name: subnet[name] for name in names}


def _mac_address(server_id: int, number: int) -> str:
    value = f"00155d{server_id * 16 + number:06x}"[-12:]
    return ":".join(value[at : at + 2] for at in range(0, 12, 2))
