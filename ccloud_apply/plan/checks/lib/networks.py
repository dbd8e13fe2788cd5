"""How many addresses a subnet has, and how many of them are left, by what the API tells. Pure."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.addresses import strip_network
from ccloud_apply.model.live.catalog import Subnet

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

    Network = IPv4Network | IPv6Network
    Address = IPv4Address | IPv6Address

SUBNET_IPS = "list_subnet_ips"

_SUBNETS = "subnets"
_INTERN = "subnets_intern"

_NEVER_FULL = 2**32
"""Addresses of a subnet that no account fills, such as any usual one of IPv6."""


def known_subnets(account: Account) -> dict[int, Subnet]:
    """The account's subnets by id, with those that its VPCs tell: no document says that the list of
    subnets has these too."""
    of_vpcs = (subnet for vpc in account.vpcs or () for subnet in vpc.subnets or ())
    return {subnet.id: subnet for subnet in (*of_vpcs, *(account.subnets or ()))}


def subnets_of(spec: ServerSpec) -> Iterator[int]:
    """The ids of the subnets in which a server is created: an address of each is needed."""
    for name in (_SUBNETS, _INTERN):
        yield from (number for number in spec.value(name) or () if isinstance(number, int))


def read_network(subnet: Subnet) -> "Network | None":
    """The subnet's network; None where the API does not tell it, or not as one."""
    if subnet.network is None or subnet.mask_bits is None:
        return None
    from ipaddress import ip_network  # a plan that creates nothing needs none of it

    try:
        return ip_network(f"{strip_network(subnet.network)}/{subnet.mask_bits}", strict=False)
    except ValueError:
        return None


def may_be_full(subnet: Subnet) -> bool:
    """False for a subnet so large that it is worth no request, and for one of unknown size: of that
    no count says how much is left."""
    network = read_network(subnet)
    return network is not None and network.num_addresses < _NEVER_FULL


def count_free(subnet: Subnet, account: Account, gone: AbstractSet[str]) -> int | None:
    """The most addresses that can be left in the subnet once the servers of these hostnames are
    gone; None where nothing tells it.

    Not more than this many: addresses that the API does not list may be in use too.
    """
    network = read_network(subnet)
    listed = account.subnet_ips.get(f"{subnet.id}")
    if network is None or listed is None:
        return None
    used = {
        address
        for row in listed
        if row.is_used and row.hostname not in gone
        if (address := _read_address(row.ip)) is not None and address in network
    }
    gateway = _read_address(subnet.gateway or "")
    if gateway is not None and gateway in network:
        used.add(gateway)
    if network.version == 4 and network.prefixlen < 31:
        used |= {network.network_address, network.broadcast_address}
    return network.num_addresses - len(used)


def _read_address(text: str) -> "Address | None":
    from ipaddress import ip_address

    try:
        return ip_address(strip_network(text))
    except ValueError:
        return None
