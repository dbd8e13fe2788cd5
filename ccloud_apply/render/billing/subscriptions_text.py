"""Subscriptions as a table, or one of them in full."""

from collections.abc import Iterator, Sequence

from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.billing import SubscriptionContents, SubscriptionContract
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.lib.money import align, show_amount
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import render_table

_NOTHING = "-"


def render_subscriptions(contracts: Sequence[SubscriptionContract], style: Style = PLAIN) -> str:
    """A line for each subscription in the given order."""
    if not contracts:
        return "No subscriptions.\n"
    header, prices = align([show_amount(one.monthly_price) for one in contracts], "PER MONTH")
    rows = [
        (
            str(one.id),
            one.name,
            one.display_name if one.display_name not in (None, one.name) else _NOTHING,
            one.pool or _NOTHING,
            _show(one.contents.cores),
            _show(one.contents.memory_gb, " GB"),
            _show(one.contents.disk_gb, " GB"),
            price,
            moment_words(one.end_date or _NOTHING),
        )
        for one, price in zip(contracts, prices, strict=True)
    ]
    headers = ("ID", "NAME", "DISPLAY NAME", "POOL", "CORES", "MEMORY", "DISK", header, "ENDS")
    return render_table(headers, [[cell or _NOTHING for cell in row] for row in rows], style)


def render_subscription(contract: SubscriptionContract, style: Style = PLAIN) -> str:
    """All that is told of one, a line each; what is not told is left out."""
    title = f"{style.bold('Subscription ' + escape_short(contract.name))} (id {contract.id})\n"
    rows = [(name, text) for name, text in _lines(contract) if text]
    width = max(len(name) for name, _ in rows)
    body = "".join(f"  {name.ljust(width)}  {escape_short(text)}\n" for name, text in rows)
    return f"{title}{body}  No operation tells which servers are in it.\n"


def summarize(contract: SubscriptionContract) -> str:
    """A subscription on one line: name, pool, size, price, end. Not escaped."""
    shown = contract.display_name
    name = contract.name if shown in (None, contract.name) else f'{contract.name} "{shown}"'
    price = f"{show_amount(contract.monthly_price)} per month" if contract.monthly_price else ""
    end = f"until {moment_words(contract.end_date)}" if contract.end_date else ""
    parts = (name, f"id {contract.id}", contract.pool, show_size(contract.contents), price, end)
    return ", ".join(part for part in parts if part)


def _lines(contract: SubscriptionContract) -> Iterator[tuple[str, str]]:
    contents = contract.contents
    yield "display name", contract.display_name or ""
    yield "customer", contract.customer_id or ""
    yield "pool", contract.pool or ""
    yield "holds", show_size(contents) or "unknown"
    yield "support hours", _show(contents.support_hours)
    yield "full backup", _show(contents.full_backup)
    yield "licenses", ", ".join(f"{id}: {_show(count)}" for id, count in contents.licenses)
    yield "addons", ", ".join(f"{name}: {_show(count)}" for name, count in contents.addons)
    yield "monthly price", show_amount(contract.monthly_price)
    yield "discount", "" if contract.discount is None else f"{contract.discount:f}"
    yield "setup fee", _fee(contract)
    yield "confirmed", _word(contract.confirmed)
    yield "runtime", _show(contract.runtime)
    yield "starts", moment_words(contract.start_date or "")
    yield "ends", moment_words(contract.end_date or "")
    yield "valid to", moment_words(contract.valid_to or "")
    yield "renews", _word(contract.renew)
    yield "replacement", _show(contract.replacement)
    yield "created", moment_words(contract.created_at or "")
    yield "updated", moment_words(contract.updated_at or "")
    yield "deleted", moment_words(contract.deleted_at or "")
    yield "tags", ", ".join(contract.tags)


def _fee(contract: SubscriptionContract) -> str:
    if contract.setup_fee is None:
        return ""
    charged = {True: ", charged", False: ", not charged yet", None: ""}[contract.setup_fee_charged]
    return f"{show_amount(contract.setup_fee)}{charged}"


def show_size(contents: SubscriptionContents | LiveServer) -> str:
    """`1 core, 8 GB memory, 80 GB disk`, without what is not told; empty where nothing is."""
    parts = (
        (contents.cores, "core" if contents.cores == 1 else "cores"),
        (contents.memory_gb, "GB memory"),
        (contents.disk_gb, "GB disk"),
    )
    return ", ".join(f"{number:,} {unit}" for number, unit in parts if number is not None)


def _show(number: int | float | None, unit: str = "") -> str:
    return "" if number is None else f"{number:,}{unit}"


def _word(flag: bool | None) -> str:
    return {True: "yes", False: "no", None: ""}[flag]
