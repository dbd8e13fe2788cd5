"""Invoices, reports and subscriptions in full. What a plan reads of them belongs to account.py."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ccloud_apply.api.decode.server import decode_customer
from ccloud_apply.api.decode.shape import (
    Unreadable,
    need_int,
    need_text,
    read_amount,
    read_flag,
    read_int,
    read_known_amount,
    read_list,
    read_object,
    read_text,
    read_texts,
    to_texts,
    unwrap,
)
from ccloud_apply.model.live.billing import (
    BilledPool,
    Invoice,
    InvoiceDetails,
    InvoiceSummary,
    SubscriptionContents,
    SubscriptionContract,
)

_TOTAL = "total"

_NEAR_BYTES = 1024
"""A reader of PDF looks for the first and the last mark this far from either end."""


def decode_invoices(value: Any) -> tuple[InvoiceSummary, ...]:
    """The answer of `list_invoices`, in its order."""
    return tuple(
        _read_summary(read_object(row, f"[{index}]"), f"[{index}]")
        for index, row in enumerate(read_list(value))
    )


def _read_summary(row: Mapping[str, Any], place: str) -> InvoiceSummary:
    return InvoiceSummary(
        id=need_int(row, "id", place),
        year=read_int(row, "year", place),
        month=read_int(row, "month", place),
        total=read_known_amount(row, _TOTAL),
    )


def decode_invoice(value: Any) -> Invoice:
    """The answer of `get_invoice`: one invoice, documented as a list of one."""
    row = _read_only(value, "invoice")
    details = row.get("details")
    return Invoice(
        summary=_read_summary(row, ""),
        customer_id=decode_customer(row.get("customer_id")),
        details=None if details is None else _read_details(read_object(details, "details")),
    )


def decode_preview(value: Any) -> Invoice:
    """The answer of `preview_invoice`, with its amounts."""
    return Invoice(summary=None, details=_read_details(_read_only(value, "preview")))


def _read_only(value: Any, what: str) -> Mapping[str, Any]:
    # Oddity: `GET /ccloud/customers/invoices/{invoice_id}` and `/preview`: a list of one
    rows = read_list(value)
    if len(rows) != 1:
        raise Unreadable(f"expected one {what}, got {len(rows)}")
    return read_object(rows[0], "")


def _read_details(row: Mapping[str, Any]) -> InvoiceDetails:
    pools, subscriptions = (_read_named(row, name, "") for name in ("pools", "subscriptions"))
    return InvoiceDetails(
        pools=tuple(
            _read_pool(name, _read_named(pools, name, "pools")) for name in pools if name != _TOTAL
        ),
        pools_total=read_known_amount(pools, _TOTAL),
        subscriptions={
            name: read_known_amount(_read_named(subscriptions, name, "subscriptions"), _TOTAL)
            for name in subscriptions
            if name != _TOTAL
        },
        subscriptions_total=read_known_amount(subscriptions, _TOTAL),
        total=read_known_amount(row, _TOTAL),
    )


def _read_pool(name: str, row: Mapping[str, Any]) -> BilledPool:
    servers = _read_named(row, "servers", name)
    return BilledPool(
        name=name,
        servers={host: read_known_amount(servers, host) for host in servers},
        total=read_known_amount(row, _TOTAL),
    )


def _read_named(row: Mapping[str, Any], name: str, place: str) -> Mapping[str, Any]:
    """An object whose keys are names. PHP encodes an empty one as a list; null is empty too."""
    return read_object(row.get(name) or {}, f"{place}.{name}" if place else name)


def decode_reports(value: Any) -> tuple[str, ...]:
    """The months that have a report, as `get_report` takes them."""
    # Oddity: `GET /ccloud/customers/addons` and `/reports`
    return to_texts(read_list(value), "")


def decode_report(content: bytes) -> bytes:
    """The file, if it is a whole PDF by its beginning and its end. Raises Unreadable."""
    if b"%PDF-" not in content[:_NEAR_BYTES]:
        raise Unreadable("the answer is not a PDF")
    if b"%%EOF" not in content[-_NEAR_BYTES:]:
        raise Unreadable("the answer is a PDF without its end")
    return content


def decode_contract(value: Any, place: str = "") -> SubscriptionContract:
    """A subscription of `list_subscriptions` or `get_subscription`, in full."""
    row = unwrap(read_object(value, place))
    return SubscriptionContract(
        id=need_int(row, "id", place),
        name=need_text(row, "name", place),
        display_name=read_text(row, "display_name", place),
        pool=read_text(row, "pool", place),
        contents=_read_contents(row, place),
        monthly_price=read_amount(row, "monthly_price", place),
        discount=read_amount(row, "discount", place),
        setup_fee=read_amount(row, "setup_fee", place),
        setup_fee_charged=read_flag(row, "setup_fee_charged", place),
        confirmed=read_flag(row, "confirmed", place),
        runtime=_read_number(row, "runtime", place),
        renew=read_flag(row, "renew", place),
        replacement=read_int(row, "replacement", place),
        customer_id=decode_customer(row.get("customer_id")),
        tags=read_texts(row, "tags", place),
        **{name: read_text(row, name, place) for name in _DATES},
    )


_DATES = ("start_date", "end_date", "valid_to", "created_at", "updated_at", "deleted_at")


def _read_contents(row: Mapping[str, Any], place: str) -> SubscriptionContents:
    data, where = _read_named(row, "data", place), f"{place}.data" if place else "data"
    licenses = [read_object(one, where) for one in read_list(data.get("licenses") or [], where)]
    addons = [read_object(one, where) for one in read_list(data.get("addons") or [], where)]
    return SubscriptionContents(
        cores=_read_number(data, "cores", where),
        memory_gb=_read_number(data, "memory", where),
        disk_gb=_read_number(data, "disk", where),
        support_hours=_read_number(data, "support_hours", where),
        full_backup=_read_number(data, "full_backup", where),
        licenses=tuple(
            (need_int(one, "id", where), _read_number(one, "count", where)) for one in licenses
        ),
        addons=tuple(
            (need_text(one, "name", where), _read_number(one, "count", where)) for one in addons
        ),
    )


def _read_number(row: Mapping[str, Any], name: str, place: str) -> int | float | None:
    """A number, whole where it is; the document has doubles for numbers of cores."""
    number: Decimal | None = read_amount(row, name, place)
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)
