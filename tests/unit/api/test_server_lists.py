"""Servers by their tags: as many as the whole list shows, or the whole list."""

import asyncio
from typing import Any

import httpx
import pytest

from ccloud_apply.api.client import Client
from ccloud_apply.api.server_lists import ServerList
from ccloud_apply.errors import StatusError, WrongAccountError
from tests.support.scripted_network import Network, reply, talk
from tests.support.tag_filter import Filter, PagedAccount, Told, owned, plain

TAG, OTHER = "stack:shop", "stack:blog"
WHOLE = [("", "1"), ("", "2"), ("", "3"), ("", "4")]
ROWS = [
    *(plain(number) for number in (1, 2, 3)),
    owned(4, "shop", "web"),
    owned(5, "blog", "web"),
    *(plain(number) for number in (6, 7, 8)),
]


def read(account: PagedAccount, **expected: int) -> ServerList:
    wanted = {f"stack:{name}": count for name, count in (expected or {"shop": 1}).items()}
    return talk(Network(account), lambda client: client.list_servers_of(wanted))


def ids(found: ServerList) -> list[int]:
    return [server.id for server in found.servers]


def test_tags_cost_page_1_and_a_page_each() -> None:
    account = PagedAccount(ROWS)
    found = read(account, shop=1, blog=1)
    assert (ids(found), found.of_tags) == ([4, 5], frozenset({TAG, OTHER}))
    assert account.asked == [("", "1"), (OTHER, "1"), (TAG, "1")]


def test_a_list_of_one_page_is_all_that_is_read() -> None:
    account = PagedAccount(ROWS, page_size=8)
    found = read(account)
    assert (ids(found), found.of_tags) == ([1, 2, 3, 4, 5, 6, 7, 8], None)
    assert account.asked == [("", "1")]


@pytest.mark.parametrize(("expected", "is_whole"), [(3, False), (4, True), (9, True)])
def test_tags_are_read_only_where_they_are_cheaper_than_the_rest(
    expected: int, is_whole: bool
) -> None:
    """Three pages are left: three servers and one more are two pages, four are as many."""
    rows = [owned(number, "shop", f"web-{number}") for number in range(1, 4)]
    rows += [plain(number) for number in (4, 5, 6)]
    account = PagedAccount([*rows, plain(7), plain(8)])
    found = read(account, shop=expected)
    assert (found.of_tags is None) == is_whole
    assert len(account.asked) == (4 if is_whole else 3)


def test_the_pages_that_have_to_be_there_do_not_wait_for_each_other() -> None:
    rows = [owned(number, "shop", f"web-{number}") for number in range(1, 6)]
    account = PagedAccount(rows + [plain(number) for number in range(6, 16)])
    network = Network(account)
    found = talk(network, lambda client: client.list_servers_of({TAG: 5}))
    assert ids(found) == [1, 2, 3, 4, 5]
    assert account.asked == [("", "1"), (TAG, "1"), (TAG, "2"), (TAG, "3")]


@pytest.mark.parametrize("told", ["total", "nothing"])
def test_where_nothing_tells_the_number_of_pages_the_whole_list_is_read(told: Told) -> None:
    account = PagedAccount(ROWS, told=told)
    found = read(account)
    if told == "nothing":
        assert (ids(found), found.of_tags) == ([1, 2, 3, 4, 5, 6, 7, 8], None)
        assert all(not tag for tag, _ in account.asked)
    else:
        assert (ids(found), found.of_tags) == ([4], frozenset({TAG}))


@pytest.mark.parametrize(
    ("filter", "is_whole", "again"),
    [
        ("exact", False, 2),
        ("substring", False, 2),
        ("any-case", False, 2),
        ("ignored", True, 4),
        ("refused", True, 4),
        ("broken", True, 5),
        ("others", True, 7),
    ],
)
def test_a_filter_that_does_not_serve_brings_the_whole_list(
    filter: Filter, is_whole: bool, again: int
) -> None:
    """One that is ignored or refused is not tried a second time."""
    rows = [*ROWS, owned(9, "shop-2", "web"), plain(10, tags=["Stack:shop"])]
    account = PagedAccount(rows, filter=filter, page_size=3)

    async def twice(client: Client) -> tuple[ServerList, int]:
        await client.list_servers_of({TAG: 1})
        first = len(account.requests)
        return await client.list_servers_of({TAG: 1}), first

    found, first = talk(Network(account), twice)
    assert ids(found) == ([*range(1, 11)] if is_whole else [4])
    assert (found.of_tags is None) == is_whole
    assert len(account.requests) - first == again
    pages = [page for tag, page in account.asked if not tag]
    assert pages.count("2") == pages.count("4") == (2 if is_whole else 0)


@pytest.mark.parametrize("expected", [1, 5, 20])
def test_tags_take_no_more_round_trips_than_the_whole_list(expected: int) -> None:
    """Page 1, and all else at once: the list by a tag is long, or the whole one is read."""
    rows = [owned(number, "shop", f"web-{number}") for number in range(1, expected + 1)]
    account = PagedAccount(rows + [plain(number) for number in range(100, 116)])

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1)
        return account(request)

    network = Network(slow)
    found = talk(network, lambda client: client.list_servers_of({TAG: expected}))
    assert {*range(1, expected + 1)} <= {*ids(found)}
    assert {*network.times} == {0, 1}


def test_fewer_servers_than_are_expected_bring_the_rest_of_the_whole_list() -> None:
    account = PagedAccount(ROWS, hidden={4})
    found = read(account)
    assert (ids(found), found.of_tags) == ([1, 2, 3, 4, 5, 6, 7, 8], None)
    assert account.asked == [*WHOLE, (TAG, "1")]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500, 501, 502, 504, None])
def test_whatever_the_filter_alone_is_refused_with_the_whole_list_is_read(
    status: int | None,
) -> None:
    account = PagedAccount(ROWS)

    def answer(request: httpx.Request) -> httpx.Response:
        if "tag" not in request.url.params:
            return account(request)
        if status is None:
            raise httpx.ReadError("gone")
        return reply(status, {"message": "no"})

    found = talk(Network(answer), lambda client: client.list_servers_of({TAG: 1}))
    assert (ids(found), found.of_tags) == ([1, 2, 3, 4, 5, 6, 7, 8], None)


@pytest.mark.parametrize("status", [401, 429])
def test_what_says_nothing_of_the_filter_is_an_error(status: int) -> None:
    account = PagedAccount(ROWS)

    def answer(request: httpx.Request) -> httpx.Response:
        return reply(status) if "tag" in request.url.params else account(request)

    with pytest.raises(StatusError):
        talk(Network(answer), lambda client: client.list_servers_of({TAG: 1}))


def test_a_server_that_page_1_shows_as_nobodys_brings_the_whole_list() -> None:
    account = PagedAccount(ROWS)

    def answer(request: httpx.Request) -> httpx.Response:
        if "tag" not in request.url.params:
            return account(request)
        return reply(body={"data": [owned(1, "shop", "web")], "meta": {"last_page": 1}})

    found = talk(Network(answer), lambda client: client.list_servers_of({TAG: 1}))
    assert found.of_tags is None


def test_a_server_of_page_1_that_the_filter_leaves_out_brings_the_whole_list() -> None:
    rows = [owned(1, "shop", "old"), *ROWS[1:]]
    account = PagedAccount(rows, hidden={1})
    assert read(account).of_tags is None


@pytest.mark.parametrize(
    ("first", "own", "is_whole"),
    [("K1", "K1", False), ("K2", "K1", True), ("K1", None, True), (None, "K1", False)],
)
def test_where_customers_disagree_the_whole_list_says_whose_account_it_is(
    first: str | None, own: str | None, is_whole: bool
) -> None:
    rows: list[dict[str, Any]] = [{**row, "customer_id": first} for row in ROWS]
    rows[3] = {**rows[3], "customer_id": own}
    assert (read(PagedAccount(rows)).of_tags is None) == is_whole


@pytest.mark.parametrize("strange", [1, 4])
def test_what_is_read_is_held_against_the_expected_customer(strange: int) -> None:
    """Page 1 and the servers of the tags are."""
    rows = [{**row, "customer_id": "K2" if row["id"] == strange else "K1"} for row in ROWS]

    def require(servers: Any) -> None:
        if any(server.customer_id != "K1" for server in servers):
            raise WrongAccountError("another customer's")

    async def check(client: Client) -> ServerList:
        client.check_servers(require)
        return await client.list_servers_of({TAG: 1})

    with pytest.raises(WrongAccountError):
        talk(Network(PagedAccount(rows)), check)
