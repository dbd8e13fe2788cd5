"""`catalog KIND`: what the account offers, for people who write stack files."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from ccloud_apply.api.client import Client
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import Flags, connection_options, format_option
from ccloud_apply.cli.settings import Settings, read_settings
from ccloud_apply.cli.signals import run_until_signal
from ccloud_apply.cli.wiring import open_client
from ccloud_apply.model.results.listing import Listing
from ccloud_apply.render.registry import formats_of

Rows = Sequence[Mapping[str, Any]]


async def _read_prices(client: Client) -> Rows:
    pools = await client.list_pools()
    return _rows(await asyncio.gather(*(client.get_pool_prices(pool.pool) for pool in pools)))


async def _read_limits(client: Client) -> Rows:
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
    read: Callable[[Client], Awaitable[Iterable[Any]]],
) -> Callable[[Client], Awaitable[Rows]]:
    async def read_rows(client: Client) -> Rows:
        return _rows(await read(client))

    return read_rows


def _rows(values: Iterable[Any]) -> Rows:
    return [asdict(value) for value in values]


KINDS: Mapping[str, Callable[[Client], Awaitable[Rows]]] = {
    "pools": _reader(Client.list_pools),
    "images": _reader(Client.list_os),
    "addons": _reader(Client.list_addons),
    "rollouts": _reader(Client.list_rollouts),
    "subnets": _reader(Client.list_subnets),
    "gpus": _reader(Client.list_gpus),
    "licenses": _reader(Client.list_licenses),
    "prices": _read_prices,
    "limits": _read_limits,
}


@click.command(name="catalog")
@click.argument("kind", metavar="KIND", type=click.Choice(tuple(KINDS)))
@format_option(*formats_of("catalog"))
@connection_options
@click.pass_obj
def command(flags: Flags, kind: str, format_name: str) -> int:
    """List what the account offers.

    KIND is pools, images, addons, rollouts, subnets, gpus, licenses, prices or limits.
    """
    settings = read_settings(flags, os.environ)
    rows = run_until_signal(lambda stop: _read(settings, kind))
    show(Terminal(), "catalog", format_name, Listing(kind=kind, rows=rows))
    return 0


async def _read(settings: Settings, kind: str) -> Rows:
    async with open_client(settings) as client:
        return await KINDS[kind](client)
