"""Compares the account of a connection with the one that is expected, before anything else.

What is compared with what belongs to plan/expected_account.py.
"""

from collections.abc import Sequence

from ccloud_apply.api.client import Client
from ccloud_apply.errors import WrongAccountError
from ccloud_apply.model.declared.project import ExpectedAccount
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.plan.expected_account import (
    accounts_at,
    describe_doubt,
    describe_expected,
    expected_customers,
)
from ccloud_apply.workflows.account.connection import Connection
from ccloud_apply.workflows.account.identity import place_of

_WAY_OUT = "use that account's credentials, or choose the environment that is meant: --env NAME"


def expect_endpoint(connection: Connection) -> tuple[ExpectedAccount, ...]:
    """The expected accounts that may be at this endpoint; nothing is sent.

    Raises WrongAccountError where an account is expected and none of them is at this endpoint.
    """
    if not connection.expected:
        return ()
    place = place_of(connection)
    found = accounts_at(connection.expected, place)
    if not found:
        raise WrongAccountError(
            f"the endpoint is {place}, and {describe_expected(connection.expected)} is expected",
            hint="set that endpoint with --endpoint or CCLOUD_ENDPOINT, or choose the environment"
            " that is meant: --env NAME",
        )
    return found


async def find_doubt(client: Client, expected: Sequence[ExpectedAccount]) -> str | None:
    """Why it is not certain that this is one of the expected accounts; None if it is.

    The customer is asked for where one is expected: one request, three in an account without
    servers. From then on every list of servers is looked at. Raises WrongAccountError, ApiError.
    """
    customers = expected_customers(expected)
    if customers is None:
        return None

    def check(servers: Sequence[LiveServer]) -> None:
        for server in servers:
            if server.customer_id is not None:
                _require(server.customer_id, f"{server.name} belongs to customer")

    def _require(customer: str, what: str) -> None:
        if customer not in customers:
            raise WrongAccountError(
                f"{what} {customer}, and {describe_expected(expected)} is expected", hint=_WAY_OUT
            )

    client.check_servers(check)
    told = await client.find_customer() or await client.find_customer_of_subscriptions()
    if told is None:
        return describe_doubt(expected)
    _require(told, "the account is that of customer")
    return None
