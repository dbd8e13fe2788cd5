"""Which accounts a process has open, and when their credentials are read again."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.config import AccountConfig, FleetConfig, Rule
from ccloud_apply.fleet.open_accounts import UNUSED_S, YOUNG_S, OpenAccounts
from ccloud_apply.fleet.store.database import Database
from tests.support.fleet_rows import fleet_database


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.s = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self.s

    async def sleep(self, seconds: float) -> None:
        self.s += seconds


def build(folder: Path, clock: Clock, database: Database) -> OpenAccounts:
    shop = AccountConfig(name="shop", endpoint="sandbox", sandbox_db=str(folder / "shop.db"))
    config = FleetConfig(
        path="fleet.yaml", accounts={"shop": shop}, sources=(), rules=(Rule(mode="apply"),)
    )
    return OpenAccounts(config, {}, database=database, clock=clock, work_dir=str(folder))


def test_everybody_shares_one_client_of_an_account(tmp_path: Path) -> None:
    async def test() -> None:
        async with fleet_database(tmp_path) as database:
            accounts = build(tmp_path, Clock(), database)
            one, other = await asyncio.gather(accounts.open("shop"), accounts.open("shop"))
            assert one is other
            with pytest.raises(UsageError, match=r"there is no account blog in fleet\.yaml"):
                await accounts.open("blog")
            await accounts.close()

    asyncio.run(test())


def test_refused_credentials_are_read_again_but_not_all_the_time(tmp_path: Path) -> None:
    async def test() -> None:
        clock = Clock()
        async with fleet_database(tmp_path) as database:
            accounts = build(tmp_path, clock, database)
            first = await accounts.open("shop")
            accounts.renew("shop")
            assert await accounts.open("shop") is first
            clock.s += YOUNG_S + 1
            accounts.renew("shop")
            accounts.renew("shop")
            second = await accounts.open("shop")
            assert second is not first
            await first.client.list_pools()  # whoever uses it may end what it does
            clock.s += UNUSED_S + 1
            assert await accounts.open("shop") is second
            with pytest.raises(Exception):  # noqa: B017 - closed, in whatever words
                await first.client.list_addons()
            await second.client.list_addons()
            await accounts.close()

    asyncio.run(test())
