"""How many addresses a subnet has left, and what CCA133 says of it."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.stack import Lifecycle, Stack
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.catalog import Subnet, SubnetAddress
from ccloud_apply.plan.checks.lib.networks import count_free, may_be_full, read_network
from tests.support.builders import live, spec, stack
from tests.support.finding import EVERYTHING, found, new

SMALL = Subnet(
    id=12, type="IPv4", network="10.0.0.0", gateway="10.0.0.1", mask_bits=29, name="small"
)
"""Six addresses, one of which is the gateway's."""


def rows(*ips: str) -> tuple[SubnetAddress, ...]:
    return tuple(SubnetAddress(ip=ip, hostname=f"vs-{ip}") for ip in ips)


def with_addresses(*listed: SubnetAddress, subnet: Subnet = SMALL, **more: Any) -> Account:
    return replace(EVERYTHING, subnets=(subnet,), subnet_ips={"12": listed}, **more)


def free(subnet: Subnet, *listed: SubnetAddress, gone: frozenset[str] = frozenset()) -> int | None:
    return count_free(subnet, with_addresses(*listed, subnet=subnet), gone)


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        ((), 5),
        (rows("10.0.0.2", "10.0.0.3"), 3),
        (rows("10.0.0.2", "10.0.0.2/29", "10.0.0.1", "10.0.0.0"), 4),
        (rows("10.0.1.2", "not an address", "2001:db8::1"), 5),
        ((SubnetAddress(ip="10.0.0.2"), SubnetAddress(ip="10.0.0.3", server_id=0)), 5),
        ((SubnetAddress(ip="10.0.0.3", server_id=7),), 4),
    ],
)
def test_what_is_told_to_be_in_use_is_not_left(
    listed: tuple[SubnetAddress, ...], left: int
) -> None:
    assert free(SMALL, *listed) == left


def test_addresses_of_servers_that_go_are_left_again() -> None:
    assert free(SMALL, *rows("10.0.0.2", "10.0.0.3"), gone=frozenset({"vs-10.0.0.2"})) == 4


@pytest.mark.parametrize(
    "values",
    [
        {"network": None},
        {"mask_bits": None},
        {"network": "?"},
        {"mask_bits": 40},
        {"mask_bits": -1},
    ],
)
def test_a_size_that_is_not_told_is_not_known(values: dict[str, Any]) -> None:
    unknown = replace(SMALL, **values)
    assert read_network(unknown) is None
    assert free(unknown) is None
    assert not may_be_full(unknown)


def test_addresses_that_were_not_read_leave_the_number_unknown() -> None:
    assert count_free(SMALL, replace(EVERYTHING, subnets=(SMALL,)), frozenset()) is None


def test_a_usual_subnet_of_ipv6_is_worth_no_request() -> None:
    assert not may_be_full(Subnet(id=1, network="2001:db8::", mask_bits=64))
    assert may_be_full(Subnet(id=1, network="2001:db8::", mask_bits=120))
    assert may_be_full(Subnet(id=1, network="10.0.0.0", mask_bits=8))


@given(bits=st.integers(24, 32), used=st.sets(st.integers(0, 255)), gateway=st.integers(0, 255))
def test_the_number_is_that_of_the_addresses_which_nothing_has(
    bits: int, used: set[int], gateway: int
) -> None:
    subnet = replace(SMALL, mask_bits=bits, gateway=f"10.0.0.{gateway}")
    network = ip_network(f"10.0.0.0/{bits}")
    own = {network.network_address, network.broadcast_address} if bits < 31 else set()
    taken = {f"10.0.0.{number}" for number in {*used, gateway}} | {f"{one}" for one in own}
    left = sum(f"{one}" not in taken for one in network)
    assert free(subnet, *rows(*(f"10.0.0.{number}" for number in used))) == left


# The check


def many(count: int, *, first: int = 0, **fields: Any) -> Stack:
    wished = {"subnets": [12], **fields}
    return stack(*(new(f"web-{first + n}", **wished) for n in range(count)))


def test_servers_that_fit_are_no_matter() -> None:
    assert found("CCA133", many(5), with_addresses()) == []


def test_more_servers_than_addresses_are_an_error_at_the_first_that_lacks_one() -> None:
    (error,) = found("CCA133", many(4), with_addresses(*rows("10.0.0.2", "10.0.0.3", "10.0.0.4")))
    assert error.severity is Severity.ERROR
    assert error.where == "servers.web-2.subnets"
    assert error.what == (
        "the subnet 12 (IPv4 10.0.0.0) has 2 addresses left at most, and 4 servers would be"
        " created in it"
    )


def test_a_server_that_is_replaced_gives_its_address_back() -> None:
    full = rows(*(f"10.0.0.{number}" for number in range(2, 7)))
    own = SubnetAddress(ip="10.0.0.6", hostname="vs10001")
    lives = with_addresses(
        *full[:-1], own, servers=(live(key="web", pool="pool_gpu", snapshots=()),)
    )
    wish = Lifecycle(on_create_only_change="replace")
    again = stack(new(subnets=[12]))
    again = replace(again, servers=(replace(again.servers[0], lifecycle=wish),))
    assert found("CCA133", again, lives) == []
    (error,) = found("CCA133", stack(*again.servers, new("more", subnets=[12])), lives)
    assert "has 1 address left at most, and 2 servers would be created" in error.what


def test_both_fields_count_and_a_live_server_does_not() -> None:
    full = with_addresses(*rows("10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"))
    intern = new(image="pfsense27", subnets_intern=[12])
    (error,) = found("CCA133", intern, full)
    assert error.where == "servers.web.subnets_intern"
    there = replace(full, servers=(live(key="web"),))
    assert found("CCA133", spec(subnets=[12]), there) == []


def test_an_unknown_size_is_told_and_neither_passed_as_fine_nor_refused() -> None:
    (warning,) = found("CCA133", many(1), with_addresses(subnet=replace(SMALL, mask_bits=None)))
    assert warning.severity is Severity.WARNING
    assert warning.what == (
        "it is not known whether the subnet 12 (IPv4 10.0.0.0) has addresses for 1 server: the API"
        " does not tell its size"
    )
