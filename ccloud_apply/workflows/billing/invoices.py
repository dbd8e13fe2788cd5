"""The account's invoices: all of them, one in detail, or the preview of the next."""

from collections.abc import Sequence

from ccloud_apply.api import billing
from ccloud_apply.errors import NotFoundError
from ccloud_apply.model.live.billing import Invoice, InvoiceSummary
from ccloud_apply.workflows.account.run import Run


async def list_invoices(run: Run) -> Sequence[InvoiceSummary]:
    """Every invoice, the newest first. Raises ApiError."""
    found = await billing.list_invoices(run.client)
    return sorted(found, key=_when, reverse=True)


def _when(invoice: InvoiceSummary) -> tuple[int, int, int]:
    return (invoice.year or 0, invoice.month or 0, invoice.id)


async def read_invoice(run: Run, number: int) -> Invoice:
    """One invoice with its details. Raises ApiError."""
    try:
        return await billing.read_invoice(run.client, number)
    except NotFoundError as error:
        error.hint = "`ccloud-apply invoices` lists the invoices"
        raise


async def preview_invoice(run: Run) -> Invoice:
    """The invoice of the current month as it stands. Raises ApiError."""
    return await billing.read_preview(run.client)
