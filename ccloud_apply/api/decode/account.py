"""The account's own addons and subscriptions."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.api.decode.server import decode_customer
from ccloud_apply.api.decode.shape import (
    Unreadable,
    need_int,
    need_text,
    read_int,
    read_known_amount,
    read_list,
    read_object,
    read_text,
    unwrap,
)
from ccloud_apply.model.live.account import Subscription
from ccloud_apply.model.results.cost import InvoicePreview


def decode_customers(value: Any) -> tuple[str | None, ...]:
    """The customer of each row of a list of servers or tasks. Raises Unreadable."""
    rows = (read_object(row, "") for row in read_list(value))
    return tuple(map(_find_customer, rows))


def _find_customer(row: Mapping[str, Any]) -> str | None:
    inside = row.get("data")
    of_data = inside.get("customer_id") if isinstance(inside, dict) else None
    return decode_customer(row.get("customer_id"), of_data)


def decode_customer_addons(value: Any) -> Mapping[str, int]:
    """The counts of `list_customer_addons`, by name; addons with a count of 0 are left out."""
    # Oddity: `GET /ccloud/customers/addons` and `/reports`: a list within a list
    counts: dict[str, int] = {}
    for index, item in enumerate(read_list(value)):
        place = f"[{index}]"
        row = read_object(item, place)
        count = read_int(row, "count", place)
        count = 1 if count is None else count
        if count:
            name = need_text(row, "name", place)
            counts[name] = counts.get(name, 0) + count
    return counts


def decode_invoice_preview(value: Any) -> InvoicePreview:
    """The answer of `preview_invoice`: names of pools and subscriptions are keys beside `total`."""
    rows = read_list(value)
    if len(rows) != 1:
        raise Unreadable(f"expected one preview, got {len(rows)}")
    row = read_object(rows[0], "")
    pools, subscriptions = (
        read_object(row.get(name) or {}, name) for name in ("pools", "subscriptions")
    )
    servers = frozenset(
        hostname
        for pool in pools.values()
        if isinstance(pool, dict) and isinstance(pool.get("servers"), dict)
        for hostname in pool["servers"]
    )
    return InvoicePreview(
        servers=servers,
        has_subscriptions=bool(subscriptions.keys() - {"total"}),
        total=read_known_amount(row, "total"),
    )


def decode_subscription(value: Any, place: str = "") -> Subscription:
    """A subscription of `list_subscriptions`. Raises Unreadable."""
    row = unwrap(read_object(value, place))
    return Subscription(
        id=need_int(row, "id", place),
        name=need_text(row, "name", place),
        display_name=read_text(row, "display_name", place),
        is_told="display_name" in row,
    )
