"""Prices: the monthly price of a server, and the details of a month's invoice.

The API document gives prices neither a currency nor a period. Sums are decimals; only the replies
convert them to numbers or strings. Replies belong to the handlers.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

from ccloud_apply.sandbox.clock import from_wire
from ccloud_apply.sandbox.state.record import ServerRecord, disk_sum_gb
from ccloud_apply.sandbox.state.store import Store

WINDOWS_LICENSE = "Microsoft Windows Server Standard"
_HOUR = timedelta(hours=1)
_CENT = Decimal("0.01")


def amount(price: float, count: int) -> Decimal:
    """The price times the count, in decimals, so that no sum is rounded."""
    return Decimal(str(price)) * count


def license_price(store: Store) -> Decimal:
    """The monthly price of the licence that a Windows server needs."""
    licenses = store.read_catalogue("licenses")
    return amount(next(one["price"] for one in licenses if one["title"] == WINDOWS_LICENSE), 1)


def price_server(store: Store, server: ServerRecord) -> Decimal:
    """A server's monthly price, as a quote for it. It costs the same switched off."""
    prices = store.read_entry("prices", server["pool"]) or {"cores": 0, "memory": 0, "disk": 0}
    total = amount(prices["cores"], server["cores"]) + amount(prices["memory"], server["memory"])
    total += amount(prices["disk"], disk_sum_gb(server))
    for addon in server["addons"]:
        entry = store.read_entry("addons", addon["name"])
        total += amount(entry["price"], addon["count"]) if entry else 0
    return total + license_price(store) if server["ostype"] == "Windows" else total


def month_start(moment: datetime) -> datetime:
    """The first moment of a moment's month."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(moment: datetime) -> datetime:
    """The first moment of the month after a moment's month."""
    return month_start(month_start(moment) + timedelta(days=31))


def bill(store: Store, servers: list[ServerRecord], month: datetime, until: datetime) -> Any:
    """The details of a month's invoice, up to `until`: the schema InvoiceDetails.

    A server is billed by started hours, under its kind of pool. A server in a subscription is not
    billed, because the subscription is billed as a whole. Names of pools are keys next to `total`:
    `worker` and `performance`, as in the document's example, whether there are servers or not.
    """
    start, end = month_start(month), min(until, next_month(month))
    hours = (next_month(month) - start) / _HOUR
    kinds = {one["tag"]: one["_invoiced_as"] for one in store.read_catalogue("pools")}
    pools: dict[str, dict[str, Decimal]] = {name: {} for name in sorted({*kinds.values()})[::-1]}
    for server in servers:
        if server["building"] or server.get("subscription"):
            continue
        used = (end - max(start, from_wire(server["created_at"]))) / _HOUR
        if used > 0:
            cost = price_server(store, server) * ceil(used) / Decimal(hours)
            kind = kinds.get(server["pool"], server["pool"])
            pools.setdefault(kind, {})[server["hostname"]] = cost.quantize(_CENT)
    subscriptions = {
        one["name"]: amount(one["monthly_price"], 1)
        for one in store.ledger.list_subscriptions()[0]
        if _read_date(one["start_date"]) < end and _read_date(one["end_date"]) > start
    }
    in_pools = sum((sum(costs.values(), Decimal(0)) for costs in pools.values()), Decimal(0))
    in_subscriptions = sum(subscriptions.values(), Decimal(0))
    return {
        "pools": {**{name: _show_pool(costs) for name, costs in pools.items()}, **_sum(in_pools)},
        "subscriptions": {
            **{name: _sum(cost) for name, cost in subscriptions.items()},
            **_sum(in_subscriptions),
        },
        **_sum(in_pools + in_subscriptions),
    }


def _read_date(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _show_pool(costs: dict[str, Decimal]) -> dict[str, Any]:
    servers = {hostname: str(cost) for hostname, cost in costs.items()}
    return {"servers": servers, **_sum(sum(costs.values(), Decimal(0)))}


def _sum(total: Decimal) -> dict[str, Any]:
    # The document has strings within the details, numbers outside.
    return {"total": str(total.quantize(_CENT))}
