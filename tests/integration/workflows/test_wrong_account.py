"""What tells the customer of an account, and when another one than the expected shows."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ccloud_apply.api import connection as api_connection
from ccloud_apply.api.client import Client
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import WrongAccountError
from ccloud_apply.model.declared.project import ExpectedAccount
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.state.example_account import add_contracts
from ccloud_apply.workflows.account.expected import find_doubt
from ccloud_apply.workflows.account.sandbox_transport import SANDBOX_TOKEN, SandboxTransport
from tests.support.desk import ORDER

Value = TypeVar("Value")


def expect(customer: str | None) -> tuple[ExpectedAccount, ...]:
    place = SourceRange("ccloud-apply.yaml", 2, 1)
    return (ExpectedAccount(customer_id=customer, source=place),)


def run(
    tmp_path: Path,
    work: Callable[[Client], Awaitable[Value]],
    *,
    prepare: Callable[[Any], None] = lambda store: None,
    **options: Any,
) -> tuple[Value, dict[str, int]]:
    """What comes of the work at an account, and the requests that it took."""

    async def main() -> tuple[Value, dict[str, int]]:
        app = create_app(SandboxOptions(db=str(tmp_path / "account.db"), **options))
        address = api_connection.Connection(
            endpoint="https://c.example/api/v1", token=SANDBOX_TOKEN
        )
        store = app.state.sandbox.store
        with closing(store):
            prepare(store)
            transport = SandboxTransport(app)
            async with Client(address, clock=SystemClock(), transport=transport) as client:
                value = await work(client)
                return value, dict(client.requests_by_operation)

    return asyncio.run(main())


def test_one_server_tells_the_customer_with_one_request(tmp_path: Path) -> None:
    doubt, requests = run(tmp_path, lambda client: find_doubt(client, expect("328100")))
    assert doubt is None
    assert requests == {"list_servers": 1}


def test_where_any_customer_will_do_nothing_is_asked(tmp_path: Path) -> None:
    for expected in ((), expect(None)):
        doubt, requests = run(tmp_path, lambda client, e=expected: find_doubt(client, e))  # type: ignore[misc]
        assert (doubt, requests) == (None, {})


def test_an_account_without_servers_is_known_by_its_subscriptions(tmp_path: Path) -> None:
    doubt, requests = run(
        tmp_path,
        lambda client: find_doubt(client, expect("328100")),
        prepare=lambda store: add_contracts(store, [], datetime(2026, 5, 1, tzinfo=UTC)),
        seed="empty",
    )
    assert doubt is None
    assert requests == {"list_servers": 1, "list_tasks": 1, "list_subscriptions": 1}


def test_an_account_that_has_nothing_at_all_is_in_doubt(tmp_path: Path) -> None:
    doubt, _ = run(tmp_path, lambda client: find_doubt(client, expect("K1")), seed="empty")
    assert doubt is not None
    assert "customer K1 (ccloud-apply.yaml:2) is expected" in doubt


def test_a_server_of_another_customer_stops_a_run_whenever_it_shows(tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        assert await find_doubt(client, expect("K1")) is not None
        await client.send("create_server", "POST", "/ccloud/servers", ORDER)
        await client.list_servers()

    with pytest.raises(WrongAccountError, match="belongs to customer 328100, and customer K1"):
        run(tmp_path, work, seed="empty")
