"""Permits that a client shares with others: asked before each request, told of each pause."""

from dataclasses import dataclass, field

from ccloud_apply.api.client import Client
from tests.support.scripted_network import Network, reply, server, talk
from tests.support.virtual_time import VirtualClock

OK = {"data": [server(1)], "meta": {"last_page": 1, "total": 1}}


@dataclass
class Counted:
    """Permits that take a second each."""

    acquired: int = 0
    pauses: list[float] = field(default_factory=list)

    async def acquire(self) -> None:
        self.acquired += 1
        await VirtualClock().sleep(1)

    async def close_for(self, seconds: float) -> None:
        self.pauses.append(seconds)


async def read(client: Client) -> None:
    await client.list_servers()


def test_each_request_waits_for_a_permit_also_one_that_is_sent_again() -> None:
    network = Network([reply(503), reply(429, Retry_After="7"), reply(body=OK)])
    permits = Counted()
    talk(network, read, permits=permits)
    assert permits.acquired == len(network.seen) == 3
    assert network.times[0] == 1


def test_what_the_api_asks_of_one_client_is_told_to_the_others() -> None:
    limited = reply(
        body=OK,
        X_RateLimit_Remaining="0",
        X_RateLimit_Reset="1798761645",
        Date="Fri, 01 Jan 2027 00:00:00 GMT",
    )
    permits = Counted()
    talk(Network([reply(429, Retry_After="7"), limited]), read, permits=permits)
    assert permits.pauses == [7, 45]
