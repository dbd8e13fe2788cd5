"""Lists that cannot be followed or trusted are errors that name the list, never a part of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import pytest

from ccloud_apply.api.client import Client
from ccloud_apply.errors import DecodeError
from tests.support.scripted_network import Network, reply, server, talk

Asked = Mapping[str, str]
Choose = Callable[[Asked], Sequence[int]]


def list_ids(network: httpx.AsyncBaseTransport) -> list[int]:
    return [one.id for one in talk(network, lambda client: client.list_servers())]


def answering(choose: Choose, wrap: Callable[[list[Any]], Any] | None = None) -> Network:
    """An API that sends the servers of the numbers that `choose` gives for a query."""

    def answer(request: httpx.Request) -> httpx.Response:
        rows = [server(number) for number in choose(request.url.params)]
        return reply(body=wrap(rows) if wrap else {"data": rows})

    return Network(answer)


def ignore_page(asked: Asked) -> Sequence[int]:
    """The first three of ten, whatever page is asked for; a smaller limit is honoured."""
    return range(1, 1 + min(3, int(asked["limit"])))


URL = "https://api.example/api/v1/ccloud/servers"

MORE: Mapping[str, Any] = {
    "a link without a page": {"links": {"next": f"{URL}/other?cursor=abc"}},
    "a link that is no URL": {"links": {"next": "https://[::1/?page=2"}},
    "a link as an object": {"_links": {"next": {"href": "https://[::1/"}}},
    "a link to the same page": {"links": {"next": f"{URL}?page=1"}},
    "a cursor": {"next_cursor": "abc"},
    "a cursor in meta": {"meta": {"next_cursor": "abc", "prev_cursor": None}},
    "a cursor object": {"meta": {"cursor": {"current": 0, "nextCursor": "abc", "count": 3}}},
    "a token": {"nextPageToken": "abc"},
    "a flag": {"has_more": True},
    "a flag as a text": {"meta": {"has_more": "true"}},
    "a flag of a number": {"pagination": {"hasMore": 1}},
    "a total": {"meta": {"total": 10}},
    "a total as a text": {"total": "10"},
    "a total of a pagination": {"meta": {"pagination": {"total": 10, "count": 3}}},
    "a number of pages": {"meta": {"last_page": 4, "current_page": 1}},
    "a number of pages and a total": {"meta": {"pagination": {"total": 10, "total_pages": 4}}},
    "a last page of 0": {"meta": {"last_page": 0, "total": 10}},
}


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_a_list_that_says_that_there_is_more_and_repeats_page_1_is_an_error(more: Any) -> None:
    network = answering(ignore_page, lambda rows: {"data": rows, **more})
    with pytest.raises(DecodeError, match=r"list servers .*server list.*incomplete list"):
        list_ids(network)


@pytest.mark.parametrize("link", [f'<{URL}?cursor=x>; rel="next"', "<?a=b>;rel=next"])
def test_a_link_in_a_header_says_so_too(link: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return reply(body={"data": [server(1), server(2)]}, Link=link)

    with pytest.raises(DecodeError, match="nothing new"):
        list_ids(Network(answer))


def test_a_total_in_a_header_is_held_against_what_came() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        rows = [server(1)] if request.url.params["page"] == "1" else []
        return reply(body=rows, X_Total_Count="7")

    with pytest.raises(DecodeError, match="1 of 7 came"):
        list_ids(Network(answer))


@pytest.mark.parametrize("count", ["", "all", "\u00b2", "-1", "1.5"])
def test_a_total_in_a_header_that_is_no_number_says_nothing(count: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        rows = [server(1)] if request.url.params["page"] == "1" else []
        return httpx.Response(200, json=rows, headers=[(b"X-Total-Count", count.encode("latin-1"))])

    assert list_ids(Network(answer)) == [1]


# An API that ignores `page` and says nothing about it


def test_one_that_takes_limit_but_no_page_could_hide_the_rest() -> None:
    network = answering(ignore_page)
    with pytest.raises(DecodeError, match="same rows for page 1 and page 2"):
        list_ids(network)
    assert [request.url.params["limit"] for request in network.seen] == ["100", "100", "1"]


def test_one_that_knows_no_pages_at_all_has_sent_everything() -> None:
    assert list_ids(answering(lambda asked: [1, 2, 3])) == [1, 2, 3]
    assert list_ids(answering(lambda asked: [1])) == [1]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_one_that_ignores_limit_and_page_but_sorts_shows_by_another_order_that_it_hides_some(
    size: int,
) -> None:
    def choose(asked: Asked) -> Sequence[int]:
        ids = sorted(range(1, 11), reverse=asked["order"] == "desc")
        return ids[:size]

    with pytest.raises(DecodeError, match="same rows for page 1 and page 2"):
        list_ids(answering(choose))


@pytest.mark.parametrize("count", [2, 3, 7])
def test_one_that_repeats_its_last_page_for_those_after_it_has_sent_everything(count: int) -> None:
    def choose(asked: Asked) -> Sequence[int]:
        size = min(3, int(asked["limit"]))
        pages = -(-count // size)
        start = (min(int(asked["page"]), pages) - 1) * size
        return range(start + 1, min(start + size, count) + 1)

    assert list_ids(answering(choose)) == list(range(1, count + 1))


# Pages that are not alike


def paged(*pages: Sequence[int]) -> Choose:
    return lambda asked: pages[int(asked["page"]) - 1] if int(asked["page"]) <= len(pages) else ()


def test_a_short_page_in_the_middle_ends_nothing() -> None:
    assert list_ids(answering(paged([1, 2, 3], [4], [5, 6, 7]))) == [1, 2, 3, 4, 5, 6, 7]


def test_rows_that_come_in_two_pages_leave_no_certainty_without_a_total() -> None:
    with pytest.raises(DecodeError, match="rows came twice"):
        list_ids(answering(paged([1, 2, 3], [3, 4, 5])))


def test_a_page_in_the_middle_that_repeats_an_earlier_one_is_an_error() -> None:
    with pytest.raises(DecodeError, match="repeats itself"):
        list_ids(answering(paged([1, 2], [3, 4], [1, 2], [5])))


def test_more_after_the_page_that_is_called_the_last_is_an_error() -> None:
    body = {"data": [server(1)], "meta": {"last_page": 1}, "links": {"next": f"{URL}?page=2"}}
    with pytest.raises(DecodeError, match="calls the last"):
        list_ids(Network(lambda _: reply(body=body)))


# Links with a cursor are followed, below the endpoint alone


def with_cursor(origin: str, size: int = 3, count: int = 10) -> Network:
    """Pages by cursor; the links are of `origin`, and without the query of the request."""

    def answer(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("cursor", "0"))
        stop = min(count, start + size)
        link = f"{origin}?cursor={stop}" if stop < count else None
        body = {
            "data": [server(number) for number in range(start + 1, stop + 1)],
            "links": {"first": None, "next": link},
            "meta": {"next_cursor": str(stop) if link else None, "per_page": size},
        }
        return reply(body=body)

    return Network(answer)


@pytest.mark.parametrize(
    "origin",
    [URL, "", "http://10.0.0.1/api/v1/ccloud/servers", "http://evil.example/ccloud/servers"],
)
def test_a_cursor_of_the_same_list_is_followed_and_only_the_endpoint_is_asked(origin: str) -> None:
    network = with_cursor(origin)
    assert list_ids(network) == list(range(1, 11))
    assert {(request.url.scheme, request.url.host) for request in network.seen} == {
        ("https", "api.example")
    }
    assert {request.url.path for request in network.seen} == {"/api/v1/ccloud/servers"}
    assert all(request.url.params["limit"] == "100" for request in network.seen)


def test_a_cursor_beside_the_number_of_the_page_that_was_asked_for_is_followed() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("cursor", "0"))
        link = f"{URL}?limit=100&page=1&cursor={start + 1}" if start < 2 else None
        return reply(body={"data": [server(start + 1)], "links": {"next": link}})

    assert list_ids(Network(answer)) == [1, 2, 3]


def test_a_link_cannot_change_what_is_asked_for() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_first = "cursor" not in request.url.params
        rows = [server(1 if is_first else 2)]
        link = f"{URL}?cursor=1&tag=stack:other&order=desc" if is_first else None
        return reply(body={"data": rows, "links": {"next": link}})

    network = Network(answer)
    talk(network, lambda client: client.list_servers(tag="stack:web"))
    assert {request.url.params["tag"] for request in network.seen} == {"stack:web"}
    assert {request.url.params["order"] for request in network.seen} == {"asc"}


# Every list


SCHEDULE = {"hostname": "vs1", "frequency": "6", "next_run": "2027-01-01T03:00:00Z"}
LISTS: Mapping[str, tuple[Callable[[Client], Any], Any]] = {
    "list_snapshot_schedules": (lambda c: c.list_snapshot_schedules(), SCHEDULE),
    "list_customer_addons": (lambda c: c.list_customer_addons(), {"name": "report", "count": 1}),
    "list_subscriptions": (lambda c: c.list_subscriptions(), {"id": 1, "name": "S1"}),
    "list_running_tasks": (lambda c: c.list_running_tasks(), {"id": 1, "status": "processing"}),
    "list_os": (lambda c: c.list_os(), {"name": "a", "image": "b"}),
    "list_subnets": (lambda c: c.list_subnets(), {"id": 12}),
    "list_server_snapshots": (lambda c: c.list_server_snapshots("vs1"), {"id": "a", "name": "b"}),
    "list_server_disks": (lambda c: c.list_server_disks("vs1"), {"id": "sc0s0", "size": 50}),
    "list_server_tags": (lambda c: c.list_server_tags("vs1"), "web"),
}


@pytest.mark.parametrize(("read", "row"), LISTS.values(), ids=LISTS)
@pytest.mark.parametrize(
    "more",
    [
        {"links": {"next": "https://api.example/x?cursor=1"}},
        {"next_cursor": "x"},
        {"has_more": True},
        {"meta": {"total": 2}},
        {"meta": {"last_page": 2}},
    ],
    ids=str,
)
def test_a_wrapper_that_says_that_there_is_more_is_an_error_in_every_list(
    read: Callable[[Client], Any], row: Any, more: Any
) -> None:
    with pytest.raises(DecodeError, match="incomplete list"):
        talk(Network(lambda _: reply(body={"data": [row], **more})), read)


@pytest.mark.parametrize("style", ["meta", "links", "cursor"])
def test_schedules_in_pages_are_all_read(style: str) -> None:
    hosts = ["vs1", "vs2", "vs3"]

    def answer(request: httpx.Request) -> httpx.Response:
        place = int(request.url.params.get("cursor" if style == "cursor" else "page", "1"))
        rows = [{**SCHEDULE, "hostname": hosts[place - 1]}]
        name = "cursor" if style == "cursor" else "page"
        path = "/api/v1/ccloud/customers/scheduled"
        body: dict[str, Any] = {"data": rows}
        if style == "meta":
            body["meta"] = {"current_page": place, "last_page": 3, "total": 3}
        else:
            body["links"] = {"next": f"{path}?{name}={place + 1}" if place < 3 else None}
        return reply(body=body)

    network = Network(answer)
    assert sorted(talk(network, lambda client: client.list_snapshot_schedules())) == hosts


def test_a_wrapper_that_has_everything_costs_one_request() -> None:
    meta = {"current_page": 1, "last_page": 1, "total": 1}
    network = Network([reply(body={"data": [SCHEDULE], "links": {"next": None}, "meta": meta})])
    assert list(talk(network, lambda client: client.list_snapshot_schedules())) == ["vs1"]
