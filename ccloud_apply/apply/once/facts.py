"""Reads what an effect judges. Which reads those are is the effect's to say."""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.aspects.effects import (
    ACCOUNT_ADDONS_READ,
    ADDRESSES_READ,
    SERVER_READ,
    Effect,
    Facts,
    Sent,
)
from ccloud_apply.errors import NotFoundError


async def read_facts(
    api: Api, hostname: str, reads: AbstractSet[str], *, may_be_gone: bool = False
) -> Facts:
    """What these operations answer now, the server itself last.

    Whose the server is must not have had time to change. Raises ApiError; a server that is gone is
    no error where it `may_be_gone`.
    """
    facts = Facts(hostname=hostname)
    try:
        for read in sorted(reads - {SERVER_READ}):
            facts = replace(facts, parts={**facts.parts, read: await _read(api, hostname, read)})
    except NotFoundError:
        if may_be_gone and not await is_there(api, hostname):
            return Facts(hostname=hostname)
        raise
    if SERVER_READ not in reads:
        return facts
    try:
        return replace(facts, server=await api.get_server(hostname))
    except NotFoundError:
        if may_be_gone:
            return Facts(hostname=hostname)
        raise


async def read_trace(api: Api, hostname: str, effect: Effect, sent: Sent) -> Facts:
    """What tells whether the request has happened. Raises ApiError."""
    gone = effect.ends_server
    facts = await read_facts(api, hostname, effect.reads, may_be_gone=gone)
    more = effect.more_reads(facts, sent)
    if not more:
        return facts
    further = await read_facts(api, hostname, more)
    return replace(facts, parts={**facts.parts, **further.parts})


async def _read(api: Api, hostname: str, read: str) -> Any:
    if read == ACCOUNT_ADDONS_READ:
        return await api.list_customer_addons()
    if read == ADDRESSES_READ:
        return (await api.list_ips()).get(hostname, ())
    return await api.read_part(read, hostname)


async def is_there(api: Api, hostname: str) -> bool:
    """False if the server is known not to exist. Raises ApiError."""
    try:
        await api.get_server(hostname)
    except NotFoundError:
        return False
    return True
