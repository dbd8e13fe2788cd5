"""Invoices as tables: one line for each, or what one is made of."""

from collections.abc import Iterator, Sequence

from ccloud_apply.model.live.billing import Invoice, InvoiceDetails, InvoiceSummary
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.money import align, show_amount
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import render_table

_NO_MONTH = "-"
_TOTAL = "total"

Row = tuple[str, str, str]


def render_invoices(invoices: Sequence[InvoiceSummary], style: Style = PLAIN) -> str:
    """A line for each invoice in the given order."""
    if not invoices:
        return "No invoices.\n"
    header, totals = align([show_amount(one.total) for one in invoices], "TOTAL")
    rows = [
        (str(one.id), show_month(one), total) for one, total in zip(invoices, totals, strict=True)
    ]
    return render_table(("ID", "MONTH", header), rows, style)


def show_month(invoice: InvoiceSummary) -> str:
    """`2026-11`; a dash where the API tells none."""
    if invoice.year is None or invoice.month is None:
        return _NO_MONTH
    return f"{invoice.year:04}-{invoice.month:02}"


def render_invoice(invoice: Invoice, style: Style = PLAIN) -> str:
    """What the invoice is about, then a line for each server and subscription, with the sums."""
    lines = f"{style.bold(_heading(invoice))}\n"
    if invoice.details is None:
        return f"{lines}The API tells no details.\n"
    rows = list(_rows(invoice.details))
    header, amounts = align([amount for _, _, amount in rows], "AMOUNT")
    table = [(part, item, one) for (part, item, _), one in zip(rows, amounts, strict=True)]
    return f"{lines}\n" + render_table(("PART", "SERVER OR SUBSCRIPTION", header), table, style)


def _heading(invoice: Invoice) -> str:
    if invoice.summary is None:
        return f"Preview of this month's invoice: {show_amount(invoice.total)}"
    customer = "" if invoice.customer_id is None else f", customer {invoice.customer_id}"
    month = show_month(invoice.summary)
    about = "" if month == _NO_MONTH else f" of {month}"
    total = show_amount(invoice.total)
    return f"Invoice {invoice.summary.id}{about}{escape_short(customer)}: {total}"


def _rows(details: InvoiceDetails) -> Iterator[Row]:
    for pool in details.pools:
        for hostname, amount in pool.servers.items():
            yield f"pool {pool.name}", hostname, show_amount(amount)
        yield f"pool {pool.name}", _TOTAL, show_amount(pool.total)
    yield "pools", _TOTAL, show_amount(details.pools_total)
    for name, amount in details.subscriptions.items():
        yield "subscriptions", name, show_amount(amount)
    yield "subscriptions", _TOTAL, show_amount(details.subscriptions_total)
    yield "all", _TOTAL, show_amount(details.total)
