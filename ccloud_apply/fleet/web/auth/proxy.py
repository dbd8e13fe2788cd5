"""Sign-in by a proxy in front: its header counts if the proxy itself has sent it, else never."""

from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import HTTPConnection

from ccloud_apply.fleet.model.access import Person, find_grants, is_name
from ccloud_apply.fleet.model.config import ProxyAuth, WebConfig


def is_from_proxy(request: HTTPConnection, proxy: ProxyAuth) -> bool:
    """True if the connection comes from one of the proxy's addresses.

    The server must not take addresses from headers itself (uvicorn's `proxy_headers`), or whoever
    writes the header would be the proxy.
    """
    if request.client is None:
        return False
    try:
        peer = ip_address(request.client.host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped is not None:
        peer = peer.ipv4_mapped
    return any(peer in ip_network(address, strict=False) for address in proxy.addresses)


def read_proxy(request: HTTPConnection, web: WebConfig, accounts: tuple[str, ...]) -> Person | None:
    """Whom the proxy names; None where it names nobody, or more than one. `accounts` are those of
    the fleet."""
    proxy = web.proxy
    if proxy is None or not is_from_proxy(request, proxy):
        return None
    names = [_decode(text) for text in request.headers.getlist(proxy.header)]
    if len(names) != 1 or not is_name(names[0]):
        return None
    groups = _read_groups(request, proxy)
    return Person(name=names[0], way="proxy", grants=find_grants(web, accounts, names[0], groups))


def _read_groups(request: HTTPConnection, proxy: ProxyAuth) -> tuple[str, ...]:
    if proxy.groups_header is None:
        return ()
    told = (_decode(text) for text in request.headers.getlist(proxy.groups_header))
    groups = (group.strip() for text in told for group in text.split(","))
    return tuple(group for group in groups if is_name(group))


def _decode(text: str) -> str:
    """The text of a header, which arrives as Latin-1 whatever it is."""
    return text.encode("latin-1").decode("utf-8", "replace")
