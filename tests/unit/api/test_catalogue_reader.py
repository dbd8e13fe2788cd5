"""The catalogues of checks: side by side, and none of them fails anything."""

import asyncio

import httpx
import pytest

from ccloud_apply.api.catalogue_reader import (
    CATALOGUES,
    CATALOGUES_OF_ONE,
    Catalogues,
    read_catalogues,
)
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.catalog import AvailableGpu, Pool
from ccloud_apply.model.live.read import Read
from ccloud_apply.operations import OPERATIONS
from tests.support.scripted_network import Network, reply, talk
from tests.unit.api.test_api_document import DocumentedApi

EVERY = frozenset(CATALOGUES)
OF_SERVER = sorted(CATALOGUES_OF_ONE.keys() - {"list_subnet_ips"})
POOLS = [{"tag": "pool_iw_ssd", "nagios_active": 1, "gpu_supported": "false"}]
GPUS = [{"addon_name": "gpu_x", "count": "2"}]


def answer(request: httpx.Request) -> httpx.Response:
    path = request.url.path.removeprefix("/api/v1")
    if path.endswith("/vs1/gpus"):
        return reply(body=GPUS)
    return reply(body=POOLS) if path == "/ccloud/pools" else reply(403, {"message": "no"})


def read(reads: frozenset[str], network: httpx.AsyncBaseTransport, *hosts: str) -> Catalogues:
    """The catalogues of the account, and all of these servers."""
    wanted = [Read(operation, is_optional=True) for operation in reads]
    wanted += [Read(name, host, is_optional=True) for name in OF_SERVER for host in hosts]
    return talk(network, lambda client: read_catalogues(client, wanted))


def test_every_catalogue_fits_the_document_and_has_a_place_in_the_account() -> None:
    api = DocumentedApi()
    found = read(EVERY, Network(api), "vs10000")
    assert set(api.called) == {*EVERY, *OF_SERVER}
    assert found.unread == {}
    account = found.add_to(Account())
    assert all(getattr(account, name) for name, _ in CATALOGUES.values())
    assert set(account.available_gpus) == set(account.isos) == {"vs10000"}


def test_the_addresses_of_a_subnet_are_kept_by_its_id() -> None:
    api = DocumentedApi()
    wanted = [Read("list_subnet_ips", subnet="12", is_optional=True)]
    found = talk(Network(api), lambda client: read_catalogues(client, wanted))
    assert api.called == ["list_subnet_ips"]
    assert found.add_to(Account()).subnet_ips.keys() == {"12"}


def test_nothing_is_asked_for_where_nothing_is_needed() -> None:
    network = Network(answer)
    assert read(frozenset(), network).add_to(Account()) == Account()
    assert network.seen == []


def test_all_of_them_are_asked_for_at_the_same_time() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1)
        return answer(request)

    network = Network(slow)
    read(EVERY, network, "vs1", "vs2")
    assert network.times == [0] * (len(EVERY) + 4)


@pytest.mark.parametrize(
    "failing",
    [
        reply(403, {"message": "no"}),
        reply(404, {"message": "no"}),
        reply(500, {"message": "no"}),
        reply(200, b"<html>a proxy</html>", content_type="text/html"),
        reply(200, "null"),
        reply(200, [{"name": "without a tag"}]),
    ],
    ids=["403", "404", "500", "html", "text", "odd"],
)
def test_one_that_cannot_be_read_is_noted_and_the_others_are_there(failing: httpx.Response) -> None:
    def partly(request: httpx.Request) -> httpx.Response:
        is_odd = request.url.path.endswith(("/subnets", "/pools"))
        if request.url.path.endswith("/subnets"):
            return reply(403, {"message": "no"})
        return failing if is_odd else answer(request)

    reads = frozenset({"list_pools", "list_subnets"})
    found = read(reads, Network(partly), "vs1")
    assert set(found.unread) == reads | {"list_server_isos"}
    account = found.add_to(Account())
    assert account.pools is None
    assert account.available_gpus == {"vs1": (AvailableGpu(addon="gpu_x", count=2),)}


def test_what_was_read_is_in_the_account() -> None:
    account = read(frozenset({"list_pools", "list_addons"}), Network(answer)).add_to(Account())
    assert account.pools == (Pool(pool="pool_iw_ssd", is_active=True, has_gpus=False),)
    assert set(account.unread) == {"list_addons"}
    assert "403" in account.unread["list_addons"]


def test_full_pools_are_asked_for_and_a_refusal_leaves_the_pools_unread() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("inactive") == "1":
            return reply(422, {"message": "The inactive field is prohibited."})
        return answer(request)

    account = read(frozenset({"list_pools"}), Network(refuse)).add_to(Account())
    assert account.pools is None
    assert "422" in account.unread["list_pools"]


def test_every_one_of_them_is_an_operation() -> None:
    assert OPERATIONS.keys() >= EVERY
