"""Which addresses a server has, by all that is told of it: on its adapters, in the server list, and
in the account's list of addresses, which names no adapter. Pure.
"""

from collections.abc import Iterable, Sequence

from ccloud_apply.model.live.account import LiveAdapter, LiveServer
from ccloud_apply.model.live.addresses import strip_network

ADAPTERS = "list_server_network_adapters"

_LINK_LOCAL = ("fe80:", "169.254.")


def count_addresses(adapter: LiveAdapter, family: str) -> int:
    """The adapter's addresses of the family, without link-local ones: systems add those."""
    return count_family(adapter.addresses or (), family)


def count_family(addresses: Iterable[str], family: str) -> int:
    """How many are of the family, without link-local ones."""
    return sum(
        (":" in address) == (family == "ipv6") and not address.lower().startswith(_LINK_LOCAL)
        for address in addresses
    )


def count_known(live: LiveServer, adapters: Sequence[LiveAdapter], place: int, family: str) -> int:
    """How many addresses of the family an adapter has at least, by all that is known of it."""
    adapter = adapters[place]
    listed = [other for other in live.adapters or () if other.id == adapter.id]
    if not listed and live.adapters is not None:  # known by other ids: the same place, then
        listed = list(live.adapters[place : place + 1])
    return max(count_addresses(other, family) for other in (adapter, *listed))


def find_unplaced(
    live: LiveServer, adapters: Sequence[LiveAdapter], addresses: Iterable[str]
) -> tuple[str, ...]:
    """The ones of these addresses of the server that no adapter of it shows."""
    shown = {
        plain_address(a) for one in (*adapters, *(live.adapters or ())) for a in one.addresses or ()
    }
    unplaced = dict.fromkeys(map(plain_address, addresses))
    return tuple(address for address in unplaced if address not in shown)


def plain_address(address: str) -> str:
    """One spelling for each address, without the size of its network."""
    from ipaddress import ip_address

    text = strip_network(address)
    try:
        return str(ip_address(text))
    except ValueError:
        return text.casefold()
