"""Why a quote is not what a live server costs; what is not told is not taken for none."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from ccloud_apply.api.client import Client
from ccloud_apply.model.results.cost import Shape
from ccloud_apply.plan.cost.shapes import Shapes
from ccloud_apply.workflows.planning.own_prices import CUSTOM, NOT_TOLD, OwnPrices
from tests.support.builders import account, live
from tests.support.scripted_network import Network, reply, server, talk

SMALL = Shape(pool="pool_iw_ssd", cores=2, memory_gb=4, disk_gb=50)
CHANGING = Shapes(before=SMALL, after=None, hostname="vs10001")


def reasons(details: httpx.Response) -> Mapping[str, str]:
    """What is said of a server whose details are this answer; no subscription is billed."""

    def answer(request: httpx.Request) -> httpx.Response:
        is_server = request.url.path.endswith("/servers/vs10001")
        return details if is_server else reply(404, {"message": "Not Found"})

    async def read(client: Client) -> Mapping[str, str]:
        prices = OwnPrices(client)
        await prices.read(account(live(key="web")), {("shop", "web"): CHANGING})
        return prices.why

    return talk(Network(answer), read)


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        ({"custom_price": True}, {"vs10001": CUSTOM}),
        ({"custom_price": False}, {}),
        ({"custom_price": None}, {"vs10001": NOT_TOLD}),
        ({}, {"vs10001": NOT_TOLD}),
    ],
)
def test_a_flag_that_is_not_told_leaves_the_price_unknown(
    flag: dict[str, Any], why: dict[str, str]
) -> None:
    assert reasons(reply(200, server(10001, **flag))) == why


def test_details_that_cannot_be_read_leave_the_price_unknown() -> None:
    assert reasons(reply(403, {"message": "Forbidden"})) == {"vs10001": NOT_TOLD}
