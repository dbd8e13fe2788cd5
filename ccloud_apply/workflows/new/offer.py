"""What an account offers for a first stack: catalogues, prices, limits, and its own servers.

Each is read by itself, and none has to be there: without a catalogue a person types what they know.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import field, replace
from typing import TypeVar

from ccloud_apply.api.account_reader import read
from ccloud_apply.api.client import Client
from ccloud_apply.concurrency import map_bounded, task_group
from ccloud_apply.errors import ApiError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.limits import Limits
from ccloud_apply.model.live.account import Account, Image, LiveServer
from ccloud_apply.model.live.catalog import Pool, PoolPrices, ResourceInfo
from ccloud_apply.model.live.read import ALWAYS, Read
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.planning.plan import set_limits

Value = TypeVar("Value")

_PATIENCE_S = 30.0
"""Seconds for all of it together: somebody waits for the first question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What can be chosen. What is None could not be read; `unread` says why, by its name.

    `account` has the servers, and all else that a plan need not read again. `prices` are by pool.
    """

    account: Account | None = None
    pools: tuple[Pool, ...] | None = None
    images: tuple[Image, ...] | None = None
    resources: ResourceInfo | None = None
    prices: Mapping[str, PoolPrices] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def adoptable(self) -> tuple[LiveServer, ...]:
        """The servers of the account that no stack owns and that can be adopted."""
        servers = () if self.account is None else self.account.every_server
        return tuple(
            server
            for server in servers
            if server.hostname and not (server.is_deleting or server.is_building)
            if not read_ownership(server.tags).stacks
        )

    def has_stack(self, name: str) -> bool:
        """True if live servers carry the tag of a stack of this name."""
        servers = () if self.account is None else self.account.every_server
        return any(name in read_ownership(server.tags).stacks for server in servers)


async def read_offer(run: Run, limits: Limits, *, has_prices: bool) -> Offer:
    """All that can be read of it. Nothing is raised for what cannot."""
    reading = _Reading(run.client)
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            await reading.read_all(has_prices=has_prices)
    return reading.conclude(limits)


class _Reading:
    """What was read so far."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._account: Account | None = None
        self._pools: tuple[Pool, ...] | None = None
        self._images: tuple[Image, ...] | None = None
        self._resources: ResourceInfo | None = None
        self._prices: dict[str, PoolPrices] = {}
        late = f"no answer within {_PATIENCE_S:g} s"
        self._unread = dict.fromkeys(("servers", "pools", "images", "limits"), late)

    async def read_all(self, *, has_prices: bool) -> None:
        async with task_group() as group:
            group.create_task(self._read_account())
            group.create_task(self._read_images())
            group.create_task(self._read_resources())
            group.create_task(self._read_pools(has_prices=has_prices))

    async def _read_account(self) -> None:
        self._account = await self._try("servers", lambda client: read(client, Account(), ALWAYS))

    async def _read_images(self) -> None:
        self._images = await self._try("images", Client.list_os)

    async def _read_resources(self) -> None:
        self._resources = await self._try("limits", Client.get_resource_info)

    async def _read_pools(self, *, has_prices: bool) -> None:
        self._pools = await self._try("pools", Client.list_pools)
        if has_prices:
            names = [pool.pool for pool in self._pools or () if pool.is_active is not False]
            await map_bounded(names, self._read_price, self._client.concurrency)

    async def _read_price(self, pool: str) -> None:
        with suppress(ApiError):  # a choice without its price is still one
            self._prices[pool] = await self._client.get_pool_prices(pool)

    async def _try(self, name: str, call: Callable[[Client], Awaitable[Value]]) -> Value | None:
        try:
            value = await call(self._client)
        except ApiError as error:
            self._unread[name] = error.message
            return None
        del self._unread[name]
        return value

    def conclude(self, limits: Limits) -> Offer:
        """What has come by now."""
        return Offer(
            account=None if self._account is None else self._with_catalogues(limits),
            pools=self._pools,
            images=self._images,
            resources=self._resources,
            prices=self._prices,
            unread=self._unread,
        )

    def _with_catalogues(self, limits: Limits) -> Account:
        """The account, with what a plan would read of it otherwise."""
        assert self._account is not None
        known = set(self._account.known)
        for value, one in (
            (self._images, Read("list_os")),
            (self._pools, Read("list_pools", is_optional=True)),
            (self._resources, Read("get_resource_info", is_optional=True)),
        ):
            if value is not None:
                known.add(one)
        return replace(
            set_limits(self._account, limits),
            images=self._images,
            pools=self._pools,
            resources=self._resources,
            known=frozenset(known),
        )
