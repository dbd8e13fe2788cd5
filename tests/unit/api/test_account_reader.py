"""The account as it is: in few requests, complete, or an error."""

import asyncio
from typing import Any

import httpx
import pytest

from ccloud_apply.api.account_reader import read as read_live
from ccloud_apply.api.client import Client
from ccloud_apply.errors import ApiError, NotFoundError, ServerError
from ccloud_apply.model.live.account import Account, LiveDisk, LiveServer, Schedule
from ccloud_apply.model.live.read import ALWAYS, Read
from tests.support.scripted_network import Network, reply, server, talk
from tests.support.virtual_time import START

ROWS: dict[str, Any] = {
    "/ccloud/servers": {
        "data": [server(1), server(2), server(3, hostname=None, build_in_progress=True)],
        "meta": {"last_page": 1, "total": 3},
    },
    "/ccloud/tasks": [{"id": 8, "action": "resize-server", "status": "processing"}],
    "/ccloud/customers/scheduled": [{"hostname": "vs1", "frequency": "6", "next_run": None}],
    "/ccloud/os": [{"image": "debian12_uefi", "name": "Linux Debian 12", "min_disk": "5"}],
    "/ccloud/servers/vs1/disks": [{"id": "sc0s0", "size": 50}],
    "/ccloud/servers/vs2/disks": [{"id": "sc0s1", "size": 60}],
    "/ccloud/servers/vs2/state": {"state": "Off"},
}
EVERYTHING = frozenset({"list_snapshot_schedules", "list_os"})


def answer(request: httpx.Request) -> httpx.Response:
    path = request.url.path.removeprefix("/api/v1")
    if request.url.params.get("page", "1") != "1":
        return reply(body=[])
    return reply(body=ROWS[path]) if path in ROWS else reply(404, {"message": "not found"})


def read(reads: frozenset[str], network: Network) -> Account:
    wanted = ALWAYS.union(map(Read, reads))
    return talk(network, lambda client: read_live(client, Account(), wanted))


def test_an_account_costs_the_server_list_and_the_running_tasks() -> None:
    network = Network(answer)
    account = read(frozenset(), network)
    assert sorted(set(network.lines)) == ["GET /ccloud/servers", "GET /ccloud/tasks"]
    assert [found.id for found in account.servers] == [1, 2, 3]
    assert [task.id for task in account.tasks] == [8]
    assert account.images is None
    assert account.read_at == START


def test_schedules_become_a_part_of_every_server() -> None:
    account = read(EVERYTHING, Network(answer))
    parts = [found.part("list_snapshot_schedules") for found in account.servers]
    assert parts == [Schedule(frequency=6, next_run=None), None, None]
    assert account.images is not None
    assert account.images[0].min_disk_gb == 5


def test_everything_is_asked_for_at_the_same_time() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1)
        return answer(request)

    network = Network(slow)
    read(EVERYTHING, network)
    assert network.times[:4] == [0] * 4


@pytest.mark.parametrize("missing", ["/servers", "/tasks", "/scheduled", "/os"])
@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_an_account_of_which_a_part_cannot_be_read_is_an_error(missing: str, status: int) -> None:
    def partly(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(missing):
            return reply(status, {"message": "no"})
        return answer(request)

    with pytest.raises(ApiError, match=str(status)):
        read(EVERYTHING, Network(partly))


def test_all_running_tasks_are_read_however_many_a_page_holds() -> None:
    def pages(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/tasks"):
            return answer(request)
        assert request.url.params["status"] == "processing"
        page = int(request.url.params["page"])
        ids = range(1, 36)[(page - 1) * 10 : page * 10]
        return reply(body=[{"id": n, "status": "processing"} for n in ids])

    account = read(frozenset(), Network(pages))
    assert [task.id for task in account.tasks] == list(range(1, 36))


def test_a_read_that_is_not_the_accounts_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="list_server_disks"):
        read(frozenset({"list_server_disks"}), Network(answer))


def build_account(*numbers: int) -> Account:
    names = [LiveServer(id=n, hostname=f"vs{n}", parts={"x": n}) for n in numbers]
    return Account(servers=tuple(names))


def read_more(network: Network, account: Account, **reads: set[str]) -> Account:
    wanted = [Read(part, hostname) for hostname, parts in reads.items() for part in parts]
    return talk(network, lambda client: read_live(client, account, wanted))


def test_parts_are_read_only_where_they_are_asked_for() -> None:
    network = Network(answer)
    account = read_more(
        network,
        build_account(1, 2, 3),
        vs1={"list_server_disks"},
        vs2={"list_server_disks", "get_server_state"},
    )
    one, two, three = account.servers
    assert one.parts == {"x": 1, "list_server_disks": (LiveDisk(id="sc0s0", size_gb=50),)}
    assert two.part("get_server_state") == "Off"
    assert three.parts == {"x": 3}
    assert len(network.seen) == 3


def test_no_parts_cost_nothing() -> None:
    network = Network(answer)
    account = build_account(1)
    assert read_more(network, account) == account
    assert network.seen == []


def test_a_server_that_vanished_meanwhile_is_an_error_that_says_so() -> None:
    with pytest.raises(NotFoundError, match="vs9 vanished while the account was read") as caught:
        read_more(Network(answer), build_account(9), vs9={"list_server_disks"})
    assert "404" in str(caught.value)


def test_one_failed_read_ends_the_others() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        if "vs1/" in request.url.path:
            return reply(500, {"message": "Server Error"})
        await asyncio.sleep(3600)
        return answer(request)

    async def run(client: Client) -> float:
        reads = [Read("list_server_disks", f"vs{n}") for n in range(1, 50)]
        with pytest.raises(ServerError):
            await read_live(client, build_account(*range(1, 50)), reads)
        return asyncio.get_running_loop().time()

    assert talk(Network(slow), run, retries=0) < 1


def test_parts_of_a_stranger_are_a_mistake() -> None:
    with pytest.raises(KeyError, match="vs7"):
        read_more(Network(answer), build_account(1), vs7={"list_server_disks"})


def test_a_part_that_no_server_has_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="list_os"):
        read_more(Network(answer), build_account(1), vs1={"list_os"})


def read_lacking(answer: Any, reads: set[str], account: Account, hostname: str = "vs1") -> Account:
    wanted = [Read(part, hostname) for part in reads]
    return talk(Network(answer), lambda client: read_live(client, account, wanted, may_lack=True))


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        (reply(403, {"message": "no"}), "403: no"),
        (reply(404, {"message": "no"}), "vs1 vanished while the account was read"),
        (reply(422, {"message": "no"}), "422: no"),
        (reply(500, {"message": "no"}), "500: no"),
        (reply(body=[{"id": "sc0s0"}]), "a number is missing"),
    ],
)
def test_what_is_refused_for_one_server_is_noted_there(refusal: httpx.Response, says: str) -> None:
    def partly(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/disks"):
            return httpx.Response(refusal.status_code, content=refusal.content)
        return reply(body={"state": "Off"})

    reads = {"list_server_disks", "get_server_state"}
    account = read_lacking(partly, reads, build_account(1, 2))
    found, other = account.servers
    assert says in found.unread["list_server_disks"]
    assert found.parts == {"x": 1, "get_server_state": "Off"}
    assert (other.unread, other.parts) == ({}, {"x": 2})
    assert {read.operation_id for read in account.known} == reads


@pytest.mark.parametrize("status", [302, 401, 429])
def test_what_is_refused_to_everybody_is_an_error(status: int) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return reply(status, {"message": "no"})

    with pytest.raises(ApiError):
        read_lacking(refuse, {"list_server_disks"}, build_account(1))


def test_no_reply_is_an_error() -> None:
    def drop(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with pytest.raises(ApiError):
        read_lacking(drop, {"list_server_disks"}, build_account(1))


def test_the_accounts_own_addons_may_lack_and_its_servers_may_not() -> None:
    def partly(request: httpx.Request) -> httpx.Response:
        return reply(403, {"message": "no"})

    account = read_lacking(partly, {"list_customer_addons"}, Account(), "")
    assert "403: no" in account.unread["list_customer_addons"]
    assert account.customer_addons is None
    for whole in ("list_servers", "list_tasks", "list_os", "list_snapshot_schedules"):
        with pytest.raises(ApiError):
            read_lacking(partly, {whole}, Account(), "")
