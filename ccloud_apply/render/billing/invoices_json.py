"""Invoices as JSON; amounts are decimal strings, null where they are not known."""

from collections.abc import Sequence
from typing import Any

from ccloud_apply.model.live.billing import Invoice, InvoiceDetails, InvoiceSummary
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.account_json import dump_of_account
from ccloud_apply.render.lib.money import encode_amount


def render_invoices_json(
    invoices: Sequence[InvoiceSummary], account: PlanAccount | None = None
) -> str:
    """`{"format_version", "account", "invoices": [{"id", "year", "month", "total"}]}`."""
    return dump_of_account(account, {"invoices": list(map(_encode_summary, invoices))})


def render_invoice_json(invoice: Invoice, account: PlanAccount | None = None) -> str:
    """`{"format_version", "account", "invoice": {...}}`; a preview has no id, year or month."""
    summary = invoice.summary
    return dump_of_account(
        account,
        {
            "invoice": {
                "id": None if summary is None else summary.id,
                "year": None if summary is None else summary.year,
                "month": None if summary is None else summary.month,
                "total": encode_amount(invoice.total),
                "preview": invoice.is_preview,
                "customer_id": invoice.customer_id,
                "details": None if invoice.details is None else _encode_details(invoice.details),
            },
        },
    )


def _encode_summary(invoice: InvoiceSummary) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "year": invoice.year,
        "month": invoice.month,
        "total": encode_amount(invoice.total),
    }


def _encode_details(details: InvoiceDetails) -> dict[str, Any]:
    return {
        "pools": [
            {
                "name": pool.name,
                "servers": [
                    {"hostname": hostname, "amount": encode_amount(amount)}
                    for hostname, amount in pool.servers.items()
                ],
                "total": encode_amount(pool.total),
            }
            for pool in details.pools
        ],
        "pools_total": encode_amount(details.pools_total),
        "subscriptions": [
            {"name": name, "amount": encode_amount(amount)}
            for name, amount in details.subscriptions.items()
        ],
        "subscriptions_total": encode_amount(details.subscriptions_total),
        "total": encode_amount(details.total),
    }
