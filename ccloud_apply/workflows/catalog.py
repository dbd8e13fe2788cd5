"""What the account offers, by kind, as rows of plain values."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccloud_apply.api.client import Client
    from ccloud_apply.workflows.account.run import Run

Rows = Sequence[Mapping[str, Any]]


async def _read_prices(client: "Client") -> Rows:
    from ccloud_apply.concurrency import map_bounded

    pools = await client.list_pools()
    names = [pool.pool for pool in pools]
    return _rows(await map_bounded(names, client.get_pool_prices, client.concurrency))


async def _read_limits(client: "Client") -> Rows:
    info = await client.get_resource_info()
    used, limits = asdict(info.usage), asdict(info.limits)
    return [
        {
            "resource": name,
            "used": used[name],
            "limit": limits[name] if info.is_limited else None,
        }
        for name in used
    ]


def _reader(
    read: "Callable[[Client], Awaitable[Iterable[Any]]]",
) -> "Callable[[Client], Awaitable[Rows]]":
    async def read_rows(client: "Client") -> Rows:
        return _rows(await read(client))

    return read_rows


def _rows(values: Iterable[Any]) -> Rows:
    return [asdict(value) for value in values]


KINDS: Mapping[str, "Callable[[Client], Awaitable[Rows]]"] = {
    "pools": _reader(lambda client: client.list_pools()),
    "images": _reader(lambda client: client.list_os()),
    "addons": _reader(lambda client: client.list_addons()),
    "rollouts": _reader(lambda client: client.list_rollouts()),
    "subnets": _reader(lambda client: client.list_subnets()),
    "vpcs": _reader(lambda client: client.list_vpcs()),
    "ips": _reader(lambda client: client.list_account_addresses()),
    "gpus": _reader(lambda client: client.list_gpus()),
    "licenses": _reader(lambda client: client.list_licenses()),
    "prices": _read_prices,
    "limits": _read_limits,
}


async def read_catalog(run: "Run", kind: str) -> Rows:
    """The rows of one of KINDS. Raises ApiError."""
    return await KINDS[kind](run.client)
