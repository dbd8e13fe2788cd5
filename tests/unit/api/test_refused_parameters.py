"""`limit` and `sort` that an API refuses: once without, and then for the whole run."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import pytest

from ccloud_apply.api.client import Client
from ccloud_apply.errors import ApiError, StatusError
from tests.support.scripted_network import Network, reply, server, talk

TASK = {"id": 7, "status": "processing"}


class Picky:
    """An API that refuses some parameters with a status, and pages by three without a limit."""

    def __init__(self, status: int, *refused: str, says: bool = True) -> None:
        self.status = status
        self.refused = refused
        self.says = says

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        for name in self.refused:
            if name in asked:
                errors = {name: f"The selected {name} is invalid."} if self.says else {}
                return reply(self.status, {"message": "no", "errors": errors})
        if request.url.path.endswith("tasks"):
            return reply(body=[TASK] if asked.get("page", "1") == "1" else [])
        page, size = int(asked.get("page", "1")), int(asked.get("limit", "3"))
        ids = range(1, 8)[(page - 1) * size : page * size]
        return reply(body={"data": [server(n) for n in ids], "meta": {"total": 7}})


async def list_all(client: Client) -> tuple[list[int], list[int]]:
    servers = [one.id for one in await client.list_servers()]
    tasks = [one.id for one in await client.list_tasks(limit=100)]
    return servers, tasks


def run(api: Callable[[httpx.Request], httpx.Response]) -> tuple[list[httpx.Request], Any]:
    network = Network(api)
    found = talk(network, list_all)
    return network.seen, found


REFUSALS = [400, 422, 500]


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("refused", [("limit",), ("sort",), ("limit", "sort")])
@pytest.mark.parametrize("says", [True, False])
def test_every_list_is_read_completely_without_what_is_refused(
    status: int, refused: tuple[str, ...], says: bool
) -> None:
    _, found = run(Picky(status, *refused, says=says))
    assert found == ([1, 2, 3, 4, 5, 6, 7], [7])


@pytest.mark.parametrize("status", REFUSALS)
def test_it_is_remembered_so_that_the_next_list_does_not_pay_again(status: int) -> None:
    seen, _ = run(Picky(status, "limit"))
    refused = [request for request in seen if "limit" in request.url.params]
    assert len(refused) == (5 if status == 500 else 1), "the usual repetitions of a 500"
    assert {request.url.path.rsplit("/")[-1] for request in refused} == {"servers"}


def test_what_an_answer_names_is_left_out_alone() -> None:
    seen, _ = run(Picky(422, "sort"))
    assert all(request.url.params["limit"] == "100" for request in seen)
    seen, _ = run(Picky(422, "limit"))
    assert all(request.url.params["sort"] == "id" for request in seen)


def test_a_list_that_was_taken_with_all_of_it_keeps_it_though_another_refuses_it() -> None:
    api = Picky(422, "limit")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("tasks"):
            return api(request)
        return reply(body={"data": [server(1)], "meta": {"last_page": 1, "total": 1}})

    async def read(client: Client) -> None:
        await client.list_servers()
        await client.list_tasks(limit=100)
        await client.list_servers()

    network = Network(answer)
    talk(network, read)
    servers = [r for r in network.seen if r.url.path.endswith("servers")]
    assert [r.url.params.get("limit") for r in servers] == ["100", "100"]


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_any_other_refusal_is_none_of_the_parameters(status: int) -> None:
    network = Network(Picky(status, "limit", "sort"))
    with pytest.raises(StatusError) as caught:
        talk(network, lambda client: client.list_servers(), retries=0)
    assert caught.value.status == status
    assert all("limit" in request.url.params for request in network.seen)


@pytest.mark.parametrize("status", REFUSALS)
def test_a_list_that_is_refused_without_them_too_is_an_error_after_one_more_try(
    status: int,
) -> None:
    network = Network(lambda _: reply(status, {"message": "broken"}))
    with pytest.raises(StatusError, match="broken"):
        talk(network, lambda client: client.list_servers(), retries=0)
    assert ["limit" in request.url.params for request in network.seen] == [True, False]


def test_another_parameter_that_is_refused_by_name_is_an_error_at_once() -> None:
    errors: Mapping[str, str] = {"status": "The selected status is invalid."}
    network = Network(lambda _: reply(422, {"message": "no", "errors": errors}))
    with pytest.raises(ApiError, match="selected status"):
        talk(network, lambda client: client.list_tasks(status="x", limit=100))
    assert len(network.seen) == 1


READS: Mapping[str, Callable[[Client], Awaitable[Any]]] = {
    "servers": lambda client: client.list_servers(),
    "subscriptions": lambda client: client.list_subscriptions(),
    "running tasks": lambda client: client.list_running_tasks(),
    "tasks": lambda client: client.list_tasks(limit=100),
    "customer": lambda client: client.find_customer(),
    "tasks of a server": lambda client: client.list_server_tasks("vs1", limit=5),
}


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_it_holds_in_every_list_that_can_be_asked_for_pages(
    read: Callable[[Client], Awaitable[Any]], status: int
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if {"limit", "sort"} & request.url.params.keys():
            return reply(status, {"message": "Bad Request"})
        return reply(body=[])

    assert not talk(Network(answer), read, retries=0)


def test_the_first_row_of_a_long_list_costs_one_request() -> None:
    meta = {"current_page": 1, "last_page": 250, "total": 250}
    row = {**server(1), "customer_id": "K1"}
    network = Network([reply(body={"data": [row], "meta": meta})])
    assert talk(network, lambda client: client.find_customer()) == "K1"
