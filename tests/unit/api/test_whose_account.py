"""Whose account it is: what no list tells for certain is not known, and no reason to end."""

import httpx
import pytest

from ccloud_apply.api.client import Client
from ccloud_apply.errors import StatusError
from tests.support.scripted_network import Network, reply, server, talk


def test_subscriptions_of_several_customers_tell_none() -> None:
    def ask(*customers: str | None) -> str | None:
        body = [{"id": n, "customer_id": one} for n, one in enumerate(customers)]
        network = Network([reply(body=body)])
        found: str | None = talk(network, lambda c: c.find_customer_of_subscriptions())
        assert len(network.seen) == 1
        return found

    assert ask("K1", "K1") == "K1"
    assert ask("K1", "K2") is None
    assert ask("K1", None) is None
    assert ask() is None


def test_a_customer_that_is_known_is_not_asked_for_again() -> None:
    async def ask_twice(client: Client) -> tuple[str | None, str | None]:
        return await client.find_customer(), await client.find_customer()

    network = Network([reply(body=[{**server(1), "customer_id": "K1"}])])
    assert talk(network, ask_twice) == ("K1", "K1")
    assert len(network.seen) == 1


async def _ask_all(client: Client) -> tuple[str | None, str | None]:
    return await client.find_customer(), await client.find_customer_of_subscriptions()


@pytest.mark.parametrize("status", [403, 404])
def test_a_list_that_these_credentials_may_not_read_tells_none(status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_of_servers = request.url.path.endswith("/servers")
        return reply(body=[]) if is_of_servers else reply(status, {"message": "no"})

    assert talk(Network(answer), _ask_all) == (None, None)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_servers_that_cannot_be_read_and_wrong_credentials_are_errors(status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_of_servers = request.url.path.endswith("/servers")
        return reply(body=[]) if status == 401 and is_of_servers else reply(status, {})

    with pytest.raises(StatusError) as caught:
        talk(Network(answer), _ask_all)
    assert caught.value.status == status
