"""Chapter Customers: the account's addons, and the monthly reports of the addon `report`.

The document has no other addon of an account, so others are refused. The months with an invoice
have a report, which stays when the addon is cancelled: the emulator closes no month.
"""

from typing import Any

from starlette.responses import Response

from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.http.errors import Invalid, not_found
from ccloud_apply.sandbox.http.pdf import write_pdf
from ccloud_apply.sandbox.options import CUSTOMER_ID
from ccloud_apply.sandbox.state.record import InvoiceRecord


async def list_customer_addons(call: Call) -> list[Any]:
    """The account's addons: a list within a list, as in the example."""
    held = call.store.ledger.list_addons().items()
    return [[{"name": name, "count": count} for name, count in held]]


async def set_customer_addon(call: Call) -> None:
    """Sets how many of an addon the account has, one if no count is given.

    The option `addon_put` makes it add to what the account has.
    """
    name, count = call.path["addon"], call.body.get("count", 1)
    entry = call.store.read_entry("account_addons", name)
    if entry is None:
        raise Invalid({"addon": "The selected addon is invalid."})
    if not 1 <= count <= entry["max"]:
        raise Invalid({"count": f"The count of {name} must be between 1 and {entry['max']}."})
    if call.options.addon_put == "add":
        count += call.store.ledger.list_addons().get(name, 0)
    call.store.ledger.write_addon(name, count)


async def delete_customer_addon(call: Call) -> None:
    """Removes an addon; 404 for one that the account does not have."""
    name = call.path["addon"]
    if not call.store.ledger.remove_addon(name):
        raise not_found(f"The addon {name} of the account")


async def list_reports(call: Call) -> list[list[str]]:
    """The months that have a report, `2026-12`: a list within a list, as in the example."""
    return [list(_reports(call))]


async def get_report(call: Call) -> Response:
    """A month's report: application/pdf, whatever Accept says."""
    month = call.path["date"]
    invoice = _reports(call).get(month)
    if invoice is None:
        raise not_found(f"The report {month}")
    return Response(
        write_pdf(f"Report {month}", _write_lines(invoice)), media_type="application/pdf"
    )


def _reports(call: Call) -> dict[str, InvoiceRecord]:
    invoices = call.store.ledger.list_invoices()
    return {f"{one['year']:04}-{one['month']:02}": one for one in invoices}


def _write_lines(invoice: InvoiceRecord) -> list[str]:
    lines = [f"Customer {CUSTOMER_ID}, invoice {invoice['id']}", ""]
    for chapter in ("pools", "subscriptions"):
        parts = dict(invoice["details"][chapter])
        total = parts.pop("total")
        for name, part in parts.items():
            lines.append(f"{name}: {part['total']}")
            lines += [f"    {host}: {cost}" for host, cost in part.get("servers", {}).items()]
        lines += [f"All {chapter}: {total}", ""]
    return [*lines, f"Total: {invoice['details']['total']}"]
