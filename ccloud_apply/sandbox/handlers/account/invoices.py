"""Chapter Customers: invoices, and the preview of the current month.

The invoices are those of the seed: the emulator closes no month. Prices belong to
sandbox/rules/billing.py.
"""

from typing import Any

from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.http.errors import not_found
from ccloud_apply.sandbox.rules.billing import bill


async def list_invoices(call: Call) -> list[dict[str, Any]]:
    """The summaries of the invoices, oldest first."""
    names = ("id", "month", "year", "total")
    return [
        {name: value for name, value in invoice.items() if name in names}
        for invoice in call.store.ledger.list_invoices()
    ]


async def get_invoice(call: Call) -> list[Any]:
    """One invoice with its details, documented as a list of one."""
    invoice = call.store.ledger.find_invoice(int(call.path["invoice_id"]))
    if invoice is None:
        raise not_found(f"The invoice {call.path['invoice_id']}")
    return [invoice]


async def preview_invoice(call: Call) -> list[Any]:
    """The details of the current month, up to now, documented as a list of one."""
    return [bill(call.store, call.store.all_servers(), call.now, call.now)]
