"""Addresses: at least so many per adapter, and never one too many."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.base import Comparison
from ccloud_apply.aspects.lib.addresses import count_addresses
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.live.account import LiveAdapter
from ccloud_apply.model.live.read import Read
from ccloud_apply.model.results.plan import Action
from tests.support.builders import (
    COMPLETE,
    account,
    errors,
    live,
    only_server,
    plan,
    spec,
    stack,
    why_not_compared,
)
from tests.support.reads import all_reads, parts

V4, V6 = "192.0.2.1", "2001:db8::1"


def adapter(id: str | None = "a-1", *addresses: str) -> LiveAdapter:
    return LiveAdapter(id=id, addresses=addresses)


@pytest.mark.parametrize(
    ("wanted", "listed", "network", "expected"),
    [
        ({"ipv4": 1}, (adapter("a-1", V4),), None, []),
        ({"ipv4": 1}, (adapter("a-1", V4, "192.0.2.2"),), None, []),
        ({}, None, None, []),
        ({"ipv4": 0}, None, None, []),
        ({"ipv6": 1}, (adapter("a-1", V4),), (adapter("a-1", V4),), ["1.ipv6.1"]),
        ({"ipv6": 1}, (adapter("a-1", V4),), (adapter("a-1", V4, "fe80::1"),), ["1.ipv6.1"]),
        ({"ipv4": 3}, None, (adapter("a-1", V4),), ["1.ipv4.2", "1.ipv4.3"]),
        # The larger number counts, by id or by place, and a server that is off shows none in use.
        ({"ipv4": 1}, (adapter("a-1", V4),), (adapter("a-1"),), []),
        ({"ipv4": 1}, (adapter("uuid", V4),), (adapter("a-1"),), []),
        ({"ipv4": 1}, (adapter("a-1"),), (adapter("a-1", V4),), []),
        (
            {"ipv4": 1, "ipv6": 1},
            (adapter("a-1", V4, V6), adapter("a-2", V4)),
            (adapter("a-1", V4, V6), adapter("a-2", V4)),
            ["2.ipv6.1"],
        ),
    ],
)
def test_what_is_missing_is_added_adapter_by_adapter(
    wanted: dict[str, int], listed: Any, network: Any, expected: list[str]
) -> None:
    server = live(key="web", adapters=listed, network=network)
    built, _ = plan(stack(spec(ips=wanted)), account(server))
    assert [step.id for step in built.steps] == [f"web/ips.{name}" for name in expected]
    for step in built.steps:
        place = step.id.split(".")[1]
        assert step.path == f"/ccloud/servers/vs10001/network/a-{place}/ip"
        assert step.body == {"protocol": "IPv6" if "ipv6" in step.id else "IPv4"}


def test_a_plan_that_adds_an_address_says_that_it_stays() -> None:
    server = live(key="web", network=(adapter("a-1", V4),))
    planned = only_server(stack(spec(ips={"ipv4": 2})), account(server))
    assert planned.action is Action.UPDATE
    (change,) = planned.changes
    assert (change.field, change.before, change.after) == ("ips", {"ipv4": 1}, {"ipv4": 2})
    assert planned.warnings == ("an address of vs10001 cannot be removed again by the API",)


def test_the_adapters_are_read_only_where_the_list_does_not_show_enough() -> None:
    desired = stack(spec("a", ips={"ipv4": 1}), spec("b", ips={"ipv4": 2}), spec("c", cores=2))
    lives = account(
        *(live(10001 + n, key=key, adapters=(adapter("a-1", V4),)) for n, key in enumerate("abc"))
    )
    reads = {"vs10002": {"list_server_network_adapters"}}
    assert parts(desired, lives) == reads


def test_addresses_that_are_not_told_are_neither_enough_nor_too_few() -> None:
    lives = account(live(key="web", network=(LiveAdapter(id="a-1", addresses=None),)))
    why = why_not_compared(stack(spec(ips={"ipv4": 1})), lives)
    assert why == "the API does not say what ips vs10001 has"


@pytest.mark.parametrize("network", [(), (adapter(None),)])
def test_a_server_without_an_adapter_is_an_error_and_gets_no_address(network: Any) -> None:
    (found,) = errors(stack(spec(ips={"ipv4": 1})), account(live(key="web", network=network)))
    assert found.code == "no-adapter"


def test_a_new_server_is_seen_to_get_its_addresses_once_it_is_there() -> None:
    # Internal subnets are for an image that the catalogue of these tests does not have.
    desired = stack(spec(**COMPLETE, subnets_intern=[3], ips={"ipv4": 1}))
    built, _ = plan(desired, account(), no_checks=frozenset({"CCA106"}))
    assert [(s.id, s.path, s.at_apply) for s in built.steps[1:]] == [
        (
            f"web/ips.{place}.ipv4.1",
            "/ccloud/servers/{hostname}/network/{adapter_id}/ip",
            {"adapter": place, "family": "ipv4", "at_least": 1},
        )
        for place in (1, 2)
    ]


ONE = (adapter("a-1", V4),)


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        ((), ["1.ipv4.2"]),
        ((V4,), ["1.ipv4.2"]),
        ((f" {V4}/24 ",), ["1.ipv4.2"]),
        ((V4, "192.0.2.9"), []),
        ((V6,), ["1.ipv4.2"]),
        (("169.254.0.1",), ["1.ipv4.2"]),
    ],
)
def test_an_address_that_only_the_accounts_list_shows_is_not_asked_for_again(
    shown: tuple[str, ...], missing: list[str]
) -> None:
    server = live(key="web", adapters=ONE, network=ONE)
    server = replace(server, parts={**server.parts, "list_ips": shown})
    built, _ = plan(stack(spec(ips={"ipv4": 2})), account(server))
    assert [step.id for step in built.steps] == [f"web/ips.{name}" for name in missing]


def test_the_same_address_in_another_spelling_is_no_second_one() -> None:
    six = (adapter("a-1", "2001:DB8:0:0::1"),)
    server = live(key="web", adapters=six, network=six)
    server = replace(server, parts={**server.parts, "list_ips": (V6,)})
    built, _ = plan(stack(spec(ips={"ipv6": 2})), account(server))
    assert len(built.steps) == 1


def test_an_address_of_no_adapter_counts_for_each_of_them() -> None:
    two = (adapter("a-1"), adapter("a-2"))
    server = live(key="web", network=two)
    server = replace(server, parts={**server.parts, "list_ips": (V4,)})
    planned = only_server(stack(spec(ips={"ipv4": 1})), account(server))
    assert planned.action is Action.UNCHANGED
    assert planned.warnings == (
        f"{V4} of vs10001 is in the account's list of addresses, but on no adapter; it counts",
    )


def test_the_accounts_addresses_are_read_only_where_the_adapters_do_not_show_enough() -> None:
    two = (adapter("a-1", V4, "192.0.2.2"),)
    desired = stack(spec("a", ips={"ipv4": 2}), spec("b", ips={"ipv4": 2}))
    enough = account(live(10001, key="a", network=two), live(10002, key="b", network=two))
    short = account(live(10001, key="a", network=two), live(10002, key="b", network=ONE))
    addresses = Read("list_ips")
    assert addresses not in all_reads(desired, enough)
    assert addresses in all_reads(desired, short)


@given(
    st.dictionaries(st.sampled_from(["ipv4", "ipv6"]), st.integers(0, 4)),
    st.lists(st.lists(st.sampled_from([V4, V6, "fe80::2"]), max_size=4), min_size=1, max_size=3),
)
def test_after_the_steps_each_adapter_has_enough_and_none_more_than_it_had(
    wanted: dict[str, int], there: list[list[str]]
) -> None:
    before = tuple(adapter(f"a-{n}", *addresses) for n, addresses in enumerate(there, 1))
    server = live(key="web", network=before)
    found = ASPECTS["ips"].compare(Comparison(spec=spec(ips=wanted), live=server))
    for place, one in enumerate(before, 1):
        for family in ("ipv4", "ipv6"):
            had = count_addresses(one, family)
            added = [d for d in found.drafts if d.name.startswith(f"ips.{place}.{family}.")]
            assert had + len(added) == max(had, wanted.get(family, 0))
            assert [d.at_apply["at_least"] for d in added] == list(
                range(had + 1, had + 1 + len(added))
            )
