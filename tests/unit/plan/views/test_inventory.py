"""The inventory of what was read: whose each server is, and that none is lost."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.stack import Policy, ServerSpec, Stack
from ccloud_apply.model.live.account import Account, LiveAdapter, LiveServer
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.inventory import Inventory, InventoryServer, Standing
from ccloud_apply.plan.matching.select import PlanOptions, match_account
from ccloud_apply.plan.views.inventory import (
    Costs,
    InventoryOptions,
    build_inventory,
    listed_servers,
    state_reads,
)
from ccloud_apply.render.inventory.text import render_inventory
from tests.support.builders import account, live, spec, stack


def inventory_of(
    stacks: list[Stack],
    lives: Account,
    costs: Costs | None = None,
    *,
    is_all: bool = False,
    has_cost: bool = False,
) -> Inventory:
    matched = match_account(stacks, lives, PlanOptions())
    options = InventoryOptions(is_all=is_all, has_cost=has_cost)
    return build_inventory(matched, options, costs or Costs())


def only(found: Inventory) -> InventoryServer:
    (server,) = found.servers
    return server


def repeated(base: str, *keys: str) -> list[ServerSpec]:
    return [replace(spec(key), base_key=base) for key in keys]


def test_a_server_of_the_file_is_declared_and_says_where() -> None:
    lives = account(live(10001, key="web", tags=("env:prod", "web"), is_protected=True))
    server = only(inventory_of([stack(spec("web"))], lives))
    assert (server.status, server.stack, server.key) == (Standing.DECLARED, "shop", "web")
    assert (server.name, server.hostname) == ("shop-web", "vs10001")
    assert (server.tags, server.marks) == (("env:prod", "web"), ("prevent-destroy",))
    assert server.declared is not None
    assert (server.cores, server.memory_gb, server.disk_gb) == (2, 4, 50)


def test_without_all_servers_of_other_stacks_and_of_none_are_not_listed() -> None:
    lives = account(
        live(10001, key="web"),
        live(10002, key="a", stack="other"),
        live(10003),
        live(10004, key="b"),
    )
    stacks = [stack(spec("web"))]
    found = {s.hostname: s.status for s in inventory_of(stacks, lives).servers}
    assert found == {"vs10001": Standing.DECLARED, "vs10004": Standing.UNDECLARED}
    everything = {s.hostname: s.status for s in inventory_of(stacks, lives, is_all=True).servers}
    assert everything == found | {"vs10002": Standing.OTHER_STACK, "vs10003": Standing.UNMANAGED}


def test_without_any_file_owned_servers_are_of_other_stacks() -> None:
    server = only(inventory_of([], account(live(10001, key="web")), is_all=True))
    assert (server.status, server.stack, server.key) == (Standing.OTHER_STACK, "shop", "web")


def test_a_declared_server_that_is_not_there_is_missing() -> None:
    server = only(inventory_of([stack(spec("web"))], account()))
    assert (server.status, server.id, server.addresses) == (Standing.MISSING, None, Addresses())


def test_a_bound_server_that_does_not_exist_is_missing_and_a_warning() -> None:
    found = inventory_of([stack(spec("web", hostname="vs1"))], account())
    assert only(found).status is Standing.MISSING
    assert [warning.code for warning in found.warnings] == ["hostname-unusable"]
    assert not any(warning.is_error for warning in found.warnings)


def test_a_server_that_is_bound_and_not_adopted_yet_is_declared() -> None:
    server = only(inventory_of([stack(spec("web", hostname="vs10001"))], account(live(10001))))
    assert (server.status, server.name) == (Standing.DECLARED, "shop-web")


def test_a_moved_server_has_its_new_key() -> None:
    found = inventory_of(
        [stack(spec("db"), moved={"database": "db"})], account(live(10001, key="database"))
    )
    assert (only(found).key, only(found).status) == ("db", Standing.DECLARED)


def test_the_base_key_is_that_of_the_file_also_for_a_server_that_it_makes_no_more() -> None:
    stacks = [stack(*repeated("web", "web-1"))]
    lives = account(live(10001, key="web-1"), live(10002, key="web-2"), live(10003, key="db-1"))
    bases = {s.key: s.base_key for s in inventory_of(stacks, lives).servers}
    assert bases == {"web-1": "web", "web-2": "web", "db-1": "db-1"}


def test_two_servers_of_one_identity_are_both_listed_under_names_of_their_own() -> None:
    found = inventory_of(
        [stack(spec("web"))], account(live(10001, key="web"), live(10002, key="web"))
    )
    assert [server.name for server in found.servers] == ["shop-web-vs10001", "shop-web-vs10002"]
    assert {warning.code for warning in found.warnings} == {
        "identity-duplicate",
        "host-name-shared",
    }


def test_tags_that_contradict_each_other_lose_no_server() -> None:
    tags = ("stack:shop", "stack:other", "server:web")
    found = inventory_of([stack(spec("web"))], account(live(10001, tags=tags)))
    server = only(found)
    assert (server.hostname, server.status) == ("vs10001", Standing.UNDECLARED)
    assert [warning.code for warning in found.warnings] == ["ownership-broken"]


def test_a_server_of_two_stacks_that_were_not_given_has_no_stack_of_a_made_up_name() -> None:
    found = inventory_of([], account(live(1, tags=("stack:a", "stack:b", "server:x"))), is_all=True)
    (server,) = found.servers
    assert (server.status, server.stack, server.key) == (Standing.OTHER_STACK, None, "x")
    assert server.name == "vs1"


def test_two_stacks_whose_names_with_keys_are_one_text_keep_both_hosts() -> None:
    stacks = [stack(spec("b-c"), name="a"), stack(spec("c"), name="a-b")]
    lives = account(live(10001, key="b-c", stack="a"), live(10002, key="c", stack="a-b"))
    names = [server.name for server in inventory_of(stacks, lives).servers]
    assert names == ["a-b-c-vs10001", "a-b-c-vs10002"]


def test_a_server_that_is_being_deleted_is_no_host_and_takes_no_name_from_its_successor() -> None:
    gone = live(10001, key="web", is_deleting=True)
    found = inventory_of([stack(spec("web"))], account(gone))
    assert {(s.status, s.is_host) for s in found.servers} == {
        (Standing.MISSING, False),
        (Standing.UNDECLARED, False),
    }
    assert found.hosts == ()
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("tags", "day"),
    [
        (("retire:2027-03-08",), date(2027, 3, 8)),
        (("Retire:2027-03-08", "retire-after:7d"), date(2027, 3, 8)),
        (("retire:2027-03-08", "retire:2027-04-01"), None),
        (("retire:soon",), None),
        ((), None),
    ],
)
def test_the_mark_of_a_retired_server_is_its_day(tags: tuple[str, ...], day: date | None) -> None:
    server = only(inventory_of([stack(spec("web"))], account(live(10001, key="web", tags=tags))))
    assert server.retires == day
    assert server.marks == tuple(sorted(tags))
    assert server.tags == ()


def test_an_image_that_is_not_certain_is_unknown() -> None:
    lives = account(live(10001, key="web"), live(10002, key="db", os_name="Something else"))
    found = inventory_of([stack(spec("web"), spec("db"))], lives)
    assert {s.key: s.image for s in found.servers} == {"web": "debian12_uefi", "db": None}
    unread = inventory_of([stack(spec("web"))], replace(lives, images=None))
    assert unread.servers[1].image is None


def test_a_size_in_another_unit_is_unknown_and_one_warning_says_so() -> None:
    lives = account(live(10001, memory_gb=4096), live(10002, memory_gb=2048), live(10003))
    found = inventory_of([], lives, is_all=True)
    assert [server.memory_gb for server in found.servers] == [None, None, 4]
    assert [(one.where, one.what) for one in found.warnings] == [
        (
            "memory",
            "it is unknown of 2 servers (vs10001, vs10002): this account speaks another version of"
            " the API: memory 4096 cannot be GB",
        )
    ]


def test_addresses_that_are_not_told_are_unknown_and_not_none() -> None:
    told = (LiveAdapter(id="a", addresses=()),)
    lives = account(live(10001, key="a", adapters=told), live(10002, key="b", adapters=None))
    found = inventory_of([stack(spec("a"), spec("b"))], lives)
    assert [server.addresses for server in found.servers] == [Addresses(), None]


def test_the_cost_of_a_server_is_known_or_unknown_and_the_total_is_of_what_is_known() -> None:
    lives = account(live(10001, key="a"), live(10002, key="b"))
    costs = Costs(amounts={10001: Decimal("39.5")})
    found = inventory_of([stack(spec("a"), spec("b"))], lives, costs, has_cost=True)
    assert [server.monthly_cost for server in found.servers] == ["39.50", None]
    assert found.monthly_total == "39.50"
    assert inventory_of([stack(spec("a"))], lives).monthly_total is None


def test_where_no_cost_is_known_the_sum_is_unknown_and_not_zero() -> None:
    found = inventory_of([stack(spec("a"))], account(live(10001, key="a")), has_cost=True)
    assert found.monthly_total is None
    assert "1 declared; the cost per month is unknown." in render_inventory(found)
    none = inventory_of([stack(spec("a"))], account(), has_cost=True)
    assert none.monthly_total == "0.00"


def test_costs_in_different_currencies_are_told_apart_and_never_added() -> None:
    lives = account(
        live(10001, key="a", stack="one"), live(10002, key="b", stack="two"), live(10003)
    )
    costs = Costs(amounts={10001: Decimal(10), 10002: Decimal(7), 10003: Decimal(5)})
    stacks = [
        stack(spec("a"), name="one", policy=Policy(currency="EUR")),
        stack(spec("b"), name="two", policy=Policy(currency="CHF")),
    ]
    found = inventory_of(stacks, lives, costs, has_cost=True, is_all=True)
    assert [server.currency for server in found.servers] == ["EUR", "CHF", None]
    assert (found.monthly_total, found.currency) == (None, None)
    assert found.monthly_totals == (("CHF", "7.00"), ("EUR", "10.00"), (None, "5.00"))
    words = "7.00 CHF and 10.00 EUR and 5.00 (currency not named) per month"
    assert words in render_inventory(found)
    same = inventory_of(stacks[:1], lives, costs, has_cost=True)
    assert (same.monthly_total, same.currency, same.monthly_totals) == ("10.00", "EUR", ())
    assert "10.00 EUR per month" in render_inventory(same)


def test_a_retired_server_still_costs_and_the_inventory_says_how_much() -> None:
    tags = ("retire:2027-03-08",)
    lives = account(
        live(10001, key="a"), live(10002, key="b", tags=tags), live(10003, key="c", tags=tags)
    )
    costs = Costs(amounts={10001: Decimal(10), 10002: Decimal(7)})
    found = inventory_of([stack(spec("a"))], lives, costs, has_cost=True)
    assert (found.monthly_total, found.retired_total) == ("17.00", "7.00")


def test_keys_are_in_the_order_of_their_numbers_and_servers_without_a_stack_last() -> None:
    lives = account(*(live(n, key=f"web-{n}") for n in (10, 2, 1)), live(5))
    names = [s.name for s in inventory_of([stack(spec("web-1"))], lives, is_all=True).servers]
    assert names == ["shop-web-1", "shop-web-2", "shop-web-10", "vs5"]


def test_the_state_is_read_of_servers_that_have_one() -> None:
    lives = account(
        live(10001), live(10002, is_building=True), live(10003, is_deleting=True), live(10004)
    )
    matched = match_account([], lives, PlanOptions())
    reads = state_reads(listed_servers(matched, is_all=True))
    assert {read.hostname for read in reads} == {"vs10001", "vs10004"}


@pytest.mark.parametrize(
    ("addresses", "reached"),
    [
        (Addresses(ipv4=("10.0.0.1", "185.14.233.5"), ipv6=("2a00::1",)), "185.14.233.5"),
        (Addresses(ipv4=("10.0.0.1",), ipv6=("2a00::1",)), "2a00::1"),
        (Addresses(ipv4=("10.0.0.1", "10.0.0.2")), "10.0.0.1"),
        (Addresses(), None),
        (None, None),
    ],
)
def test_a_server_is_reached_by_its_first_public_address(
    addresses: Addresses | None, reached: str | None
) -> None:
    server = InventoryServer(status=Standing.UNMANAGED, name="vs1", addresses=addresses)
    assert server.address == reached


_texts = st.sampled_from(["a", "a-b", "b", "b-c", "c", "x y", "\nHost *", "all", "localhost", ""])
_owned = st.lists(st.tuples(_texts, _texts, st.booleans()), max_size=6)


@given(_owned, st.booleans())
def test_every_live_server_is_listed_once_under_a_harmless_name_of_its_own(
    owned: list[tuple[str, str, bool]], has_files: bool
) -> None:
    lives: list[LiveServer] = []
    for number, (name, key, is_tagged) in enumerate(owned, 1):
        tags = (f"stack:{name}", f"server:{key}") if is_tagged else ()
        found = live(number, tags=tags)
        lives.append(replace(found, hostname=key) if key == "localhost" else found)
    stacks = [stack(spec("b-c"), name="a"), stack(spec("c"), name="a-b")] if has_files else []
    everything = inventory_of(stacks, account(*lives), is_all=True)
    listed = [server.id for server in everything.servers if server.id is not None]
    assert sorted(listed) == [server.id for server in lives]
    names = [server.name for server in everything.hosts]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert name.isascii()
        assert name[0].isalnum()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
        assert name not in ("all", "localhost")


def test_servers_stand_in_the_order_of_their_numbers_however_long_those_are() -> None:
    names = ["vs9", "vs10", "vs0011", "vs" + "1" * 5_000, "vs" + "2" * 5_000, "vsa"]
    lives = [replace(live(n), hostname=name, tags=()) for n, name in enumerate(reversed(names), 1)]
    found = inventory_of([], account(*lives), is_all=True)
    assert [server.hostname for server in found.servers] == names
