"""All pages of the server list under each reading of the document, or an error."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.http.page import read_page, says_anything
from ccloud_apply.errors import DecodeError
from tests.support.scripted_network import Network, reply, server, talk

Shape = Callable[[list[Any], int, int, int], Any]


def with_meta(rows: list[Any], page: int, size: int, total: int) -> Any:
    meta = {"current_page": page, "last_page": max(1, -(-total // size)), "per_page": size}
    return {"data": rows, "links": {"next": None}, "meta": {**meta, "total": total}}


def with_meta_without_total(rows: list[Any], page: int, size: int, total: int) -> Any:
    return {"data": rows, "meta": {"last_page": str(max(1, -(-total // size)))}}


def flat(rows: list[Any], page: int, size: int, total: int) -> Any:
    return {"data": rows, "last_page": max(1, -(-total // size)), "total": total}


def with_links(rows: list[Any], page: int, size: int, total: int) -> Any:
    has_more = page * size < total
    url = f"http://evil.example/steal?tag=x&page={page + 1}" if has_more else None
    return {"data": rows, "links": {"first": "x", "next": url}}


def flat_with_next(rows: list[Any], page: int, size: int, total: int) -> Any:
    return {"data": rows, "next_page_url": f"/?page={page + 1}" if page * size < total else None}


def bare(rows: list[Any], page: int, size: int, total: int) -> Any:
    return {"data": rows}


def naked(rows: list[Any], page: int, size: int, total: int) -> Any:
    return rows


SHAPES = [with_meta, with_meta_without_total, flat, with_links, flat_with_next, bare, naked]


class Listing:
    """An API with a list of servers, in pages of at most `cap`; `change` happens before a read."""

    def __init__(self, shape: Shape, count: int, cap: int = 100) -> None:
        self.shape = shape
        self.ids = list(range(1, count + 1))
        self.cap = cap
        self.reads = 0
        self.change: Callable[[int, list[int]], None] = lambda read, ids: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "api.example"
        self.reads += 1
        self.change(self.reads, self.ids)
        page = int(request.url.params["page"])
        size = min(self.cap, int(request.url.params["limit"]))
        rows = [server(n) for n in self.ids[(page - 1) * size : page * size]]
        return reply(body=self.shape(rows, page, size, len(self.ids)))


def list_ids(listing: Listing | Callable[[httpx.Request], httpx.Response]) -> list[int]:
    servers = talk(Network(listing), lambda client: client.list_servers())
    return [server.id for server in servers]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250, 300])
def test_every_server_is_read_once_under_every_reading(shape: Shape, count: int) -> None:
    assert list_ids(Listing(shape, count)) == list(range(1, count + 1))


@given(shape=st.sampled_from(SHAPES), count=st.integers(0, 70), cap=st.integers(1, 30))
def test_an_api_that_gives_less_than_asked_for_is_read_completely(
    shape: Shape, count: int, cap: int
) -> None:
    assert list_ids(Listing(shape, count, cap)) == list(range(1, count + 1))


@pytest.mark.parametrize(
    ("shape", "count", "requests"),
    [
        (with_meta, 250, 3),
        (with_meta, 100, 1),
        (flat, 1000, 10),
        (with_links, 100, 1),
        (bare, 0, 1),
        (bare, 5, 2),
    ],
)
def test_a_list_costs_as_many_requests_as_it_must(shape: Shape, count: int, requests: int) -> None:
    listing = Listing(shape, count)
    list_ids(listing)
    assert listing.reads == requests


def delete_first_before_read(number: int) -> Callable[[int, list[int]], None]:
    def change(read: int, ids: list[int]) -> None:
        if read == number:
            del ids[0]

    return change


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("read", [2, 3])
def test_a_server_that_slips_to_an_earlier_page_meanwhile_is_not_lost(
    shape: Shape, read: int
) -> None:
    listing = Listing(shape, 250)
    listing.change = delete_first_before_read(read)
    assert list_ids(listing) == list(range(2, 251))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_list_that_never_stands_still_is_an_error_and_never_a_part(shape: Shape) -> None:
    def change(read: int, ids: list[int]) -> None:
        del ids[0]

    listing = Listing(shape, 250)
    listing.change = change
    with pytest.raises(DecodeError, match="server list changed while it was read"):
        list_ids(listing)


def test_a_server_that_comes_twice_is_counted_once() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        rows = [1, 2] if request.url.params["page"] == "1" else [2, 3]
        return reply(body={"data": [server(n) for n in rows], "meta": {"last_page": 2, "total": 3}})

    assert list_ids(answer) == [1, 2, 3]


def test_fewer_servers_than_the_total_are_an_error() -> None:
    body = {"data": [server(1)], "meta": {"last_page": 1, "total": 2}}
    with pytest.raises(DecodeError, match="incomplete"):
        list_ids(lambda _: reply(body=body))


def test_an_api_that_ignores_the_page_number_ends() -> None:
    assert list_ids(lambda _: reply(body={"data": [server(1), server(2)]})) == [1, 2]


@pytest.mark.parametrize("link", ["https://[::1/?page=7", "https://api.example/other?cursor=x"])
def test_links_that_cannot_be_followed_are_replaced_by_counting(link: str) -> None:
    pages = {"1": [1, 2], "2": [3, 4], "3": [5]}

    def answer(request: httpx.Request) -> httpx.Response:
        rows = pages.get(request.url.params["page"], [])
        links = {"next": link if len(rows) > 1 else None}
        return reply(body={"data": [server(n) for n in rows], "links": links})

    assert list_ids(answer) == [1, 2, 3, 4, 5]


def test_a_list_that_never_ends_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccloud_apply.api.http.pages.MAX_PAGES", 5)

    def answer(request: httpx.Request) -> httpx.Response:
        return reply(body={"data": [server(int(request.url.params["page"]))]})

    with pytest.raises(DecodeError, match="more than 5 pages"):
        list_ids(answer)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"message": "hello"},
        {"data": None},
        {"data": {}},
        {"data": "x"},
        {"data": [None]},
        {"data": [[]]},
        {"data": [], "meta": {"last_page": "many"}},
        {"data": [server(1)], "meta": {"last_page": 99_999_999_999, "total": 1}},
        {"data": [{"hostname": "vs1", "data": {}}]},
        {"data": [{**server(1), "id": "x"}]},
        {"data": [{"id": 1, "hostname": "vs1"}]},
        "text",
        5,
    ],
)
def test_an_answer_that_is_no_server_list_is_an_error_and_never_an_empty_account(
    body: object,
) -> None:
    with pytest.raises(DecodeError, match="list servers"):
        list_ids(lambda _: reply(body=b"null" if body is None else body))


def test_pages_ask_for_a_stable_order_and_one_tag() -> None:
    network = Network(Listing(with_meta, 150))
    talk(network, lambda client: client.list_servers(tag="stack:web"))
    assert [dict(request.url.params) for request in network.seen] == [
        {"tag": "stack:web", "limit": "100", "sort": "id", "order": "asc", "page": page}
        for page in ("1", "2")
    ]


@pytest.mark.parametrize("told", [True, {"cursor": "x"}, ["x"]])
def test_a_next_page_without_a_place_is_more_and_never_the_end(told: object) -> None:
    body = {"data": [server(1), server(2)], "links": {"next": told}}
    with pytest.raises(DecodeError, match="says that there is more"):
        list_ids(lambda _: reply(body=body))


def _refuse(
    *names: str, rows: Callable[[httpx.Request], list[int]]
) -> Callable[[httpx.Request], httpx.Response]:
    """An API that refuses these parameters, and knows no pages."""

    def answer(request: httpx.Request) -> httpx.Response:
        refused = [name for name in names if name in request.url.params]
        if refused:
            return reply(422, body={"message": "x", "errors": {name: ["x"] for name in refused}})
        return reply(body={"data": [server(n) for n in rows(request)]})

    return answer


def _in_order(request: httpx.Request) -> list[int]:
    return [3, 2, 1] if request.url.params.get("order") == "desc" else [1, 2, 3]


def test_a_whole_list_without_pages_is_read_where_limit_is_refused() -> None:
    assert list_ids(_refuse("limit", rows=_in_order)) == [1, 2, 3]


def test_a_cut_list_without_pages_is_an_error_where_limit_is_refused() -> None:
    with pytest.raises(DecodeError, match="incomplete list"):
        list_ids(_refuse("limit", rows=lambda request: _in_order(request)[:2]))


def test_a_list_that_nothing_can_show_to_be_whole_is_an_error() -> None:
    with pytest.raises(DecodeError, match="neither `limit` nor `sort`"):
        list_ids(_refuse("limit", "sort", rows=_in_order))


@given(
    st.lists(st.integers(), max_size=5),
    st.dictionaries(
        st.sampled_from(["link", "x-total-count", "date", "x-total", "content-range"]),
        st.sampled_from(["", "3", '<https://a/b?page=2>; rel="next"']),
    ),
)
def test_a_plain_list_says_nothing_of_pages_but_by_headers_that_may(
    rows: list[int], headers: dict[str, str]
) -> None:
    page = read_page(rows, lambda row, _: row, headers)
    told = (page.last_page, page.total, page.next_page, page.next_query, page.has_more)
    if not says_anything(headers):
        assert told == (None,) * 5
