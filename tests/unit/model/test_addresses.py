"""Which addresses a server has."""

from dataclasses import replace

import pytest

from ccloud_apply.model.live.account import LiveAdapter
from ccloud_apply.model.live.addresses import Addresses, addresses_of, sort_addresses
from tests.support.builders import live


def _adapter(*addresses: str) -> LiveAdapter:
    return LiveAdapter(id="a", addresses=addresses)


def test_addresses_are_told_by_family_once_each_in_the_order_of_the_adapters() -> None:
    server = replace(
        live(1),
        adapters=(
            _adapter("198.18.0.2/24", "2001:DB8:0::1"),
            _adapter("10.0.0.1", "198.18.0.2", "fe80::1", "169.254.0.1"),
        ),
    )
    assert addresses_of(server) == Addresses(ipv4=("198.18.0.2", "10.0.0.1"), ipv6=("2001:db8::1",))


@pytest.mark.parametrize(
    "adapters", [None, (LiveAdapter(id="a", addresses=None), _adapter("10.0.0.1"))]
)
def test_what_is_not_told_whole_is_not_known(adapters: tuple[LiveAdapter, ...] | None) -> None:
    assert addresses_of(replace(live(1), adapters=adapters)) is None


def test_a_server_without_adapters_has_no_addresses() -> None:
    assert addresses_of(replace(live(1), adapters=())) == Addresses()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "1.2.3",
        "10.0.0.1\nProxyCommand x",
        "::1 %x",
        "2001:db8::1%eth0",
        "2001:db8::1%x\nHost *\n  ProxyCommand id",
        "2001:db8::1%{{ lookup('pipe', 'id') }}",
    ],
)
def test_beside_a_text_that_is_no_address_not_all_of_them_are_known(text: str) -> None:
    assert addresses_of(replace(live(1), adapters=(_adapter("198.18.0.2", text),))) is None


@pytest.mark.parametrize(
    "text",
    ["fe80::1%eth0", "fe80::1%x\ny", "0.0.0.0", "::", "127.0.0.1", "::1", "224.0.0.1", "ff0e::1"],
)
def test_an_address_that_reaches_no_server_is_left_out(text: str) -> None:
    assert sort_addresses([text, "198.18.0.2"]) == Addresses(ipv4=("198.18.0.2",))
