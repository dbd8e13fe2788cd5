"""How often an address may fail to sign in: whoever guesses has to wait."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

MOST = 10
"""Failures of an address within `WINDOW_S`, after which nothing is tried for it any more."""
WINDOW_S = 300.0
_MOST_ADDRESSES = 10_000


class Failures:
    """Counts by address in the memory of this process; the addresses it knows are bounded."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Seconds until the address may try again; 0 if it may now."""
        since, count = self._known.get(_bucket(address), (0.0, 0))
        left = since + WINDOW_S - self._monotonic()
        return left if count >= MOST and left > 0 else 0.0

    def add(self, address: str) -> None:
        """The address has failed once more."""
        bucket, now = _bucket(address), self._monotonic()
        since, count = self._known.pop(bucket, (now, 0))
        if now >= since + WINDOW_S:
            since, count = now, 0
        self._known[bucket] = (since, count + 1)
        if len(self._known) > _MOST_ADDRESSES:
            self._known.popitem(last=False)


def is_address(text: str) -> bool:
    """True for an address of IPv4 or IPv6."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _bucket(address: str) -> str:
    """Whoever has one address of IPv6 has all of its network of 64 bits."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((int(parsed), 64), strict=False))
    return str(parsed)
