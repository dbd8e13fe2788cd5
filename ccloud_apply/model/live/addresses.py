"""Which addresses a server has, as far as the server list tells them. Pure.

How many an adapter has of a family, for the field `ips`, belongs to `aspects/lib/addresses.py`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import LiveServer

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """A server's addresses in their usual spelling, in the order of its adapters.

    Those that reach no server are left out: link-local and loopback ones, which the operating
    system makes, `0.0.0.0` and `::`, which stand for none, and groups (multicast).
    """

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()


def addresses_of(live: LiveServer) -> Addresses | None:
    """The server's addresses; None where the API does not tell them all, or tells a text that is no
    address, which is not the same as having none."""
    if live.adapters is None:
        return None
    told: list[str] = []
    for adapter in live.adapters:
        if adapter.addresses is None:
            return None
        told += adapter.addresses
    try:
        return sort_addresses(told)
    except ValueError:
        return None


def sort_addresses(told: Iterable[str]) -> Addresses:
    """These addresses by family, each once. Raises ValueError for a text that is no address."""
    families: dict[int, dict[str, None]] = {4: {}, 6: {}}
    for text in told:
        address = _read_address(text)
        if address is not None:
            families[address.version][str(address)] = None
    return Addresses(ipv4=tuple(families[4]), ipv6=tuple(families[6]))


def _read_address(text: str) -> "IPv4Address | IPv6Address | None":
    """The address, None for one that reaches no server.

    Behind `%` stands the zone of a link-local one. Python takes any text there, line feeds too, and
    that text would go into the files of ssh and Ansible.
    """
    from ipaddress import ip_address  # a plan without addresses needs none of it

    plain, _, zone = strip_network(text).partition("%")
    address = ip_address(plain)
    if address.is_link_local:
        return None
    if zone:
        raise ValueError("only a link-local address has a zone")
    is_none = address.is_unspecified or address.is_loopback or address.is_multicast
    return None if is_none else address


def strip_network(address: str) -> str:
    """The address without the size of its network: `198.18.0.1` of `198.18.0.1/24`."""
    return address.strip().partition("/")[0]
