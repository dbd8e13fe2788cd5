"""Which addresses a server has, as far as the server list tells them. Pure.

How many an adapter has of a family, for the field `ips`, belongs to `aspects/lib/addresses.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ccloud_apply.model.live.account import LiveServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """A server's addresses in their usual spelling, in the order of its adapters.

    Link-local ones are left out: the operating system makes those.
    """

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()


def addresses_of(live: LiveServer) -> Addresses | None:
    """The server's addresses; None where the API does not tell them all, which is not the same as
    having none."""
    if live.adapters is None:
        return None
    told: list[str] = []
    for adapter in live.adapters:
        if adapter.addresses is None:
            return None
        told += adapter.addresses
    return sort_addresses(told)


def sort_addresses(told: Iterable[str]) -> Addresses:
    """These addresses by family, each once; a text that is no address is left out."""
    from ipaddress import ip_address  # a plan without addresses needs none of it

    families: dict[int, dict[str, None]] = {4: {}, 6: {}}
    for text in told:
        try:
            address = ip_address(strip_network(text))
        except ValueError:
            continue
        if not address.is_link_local:
            families[address.version][str(address)] = None
    return Addresses(ipv4=tuple(families[4]), ipv6=tuple(families[6]))


def strip_network(address: str) -> str:
    """The address without the size of its network: `198.18.0.1` of `198.18.0.1/24`."""
    return address.strip().partition("/")[0]
