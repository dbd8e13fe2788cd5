"""Invoices, reports, subscriptions and performance: what one command alone reads of the account.

All of it raises ApiError. How a request is sent belongs to client.py, what an answer means to
`decode/`.
"""

from typing import Any

from ccloud_apply.api.client import Client
from ccloud_apply.api.decode.billing import (
    decode_contract,
    decode_invoice,
    decode_invoices,
    decode_preview,
    decode_report,
    decode_reports,
)
from ccloud_apply.api.decode.performance import decode_performance
from ccloud_apply.api.decode.shape import Unreadable
from ccloud_apply.model.live.billing import Invoice, InvoiceSummary, SubscriptionContract
from ccloud_apply.model.live.performance import Measured


async def list_contracts(client: Client) -> tuple[SubscriptionContract, ...]:
    """Every subscription of the account, by id, with all that is told of it."""
    return await client.read_list(
        "list_subscriptions", decode_contract, lambda one: one.id, what="subscriptions"
    )


async def read_contract(client: Client, number: int) -> SubscriptionContract:
    """One subscription. Raises DecodeError for an answer about another one."""

    def decode(value: Any) -> SubscriptionContract:
        contract = decode_contract(value)
        if contract.id != number:
            raise Unreadable("the answer is about another subscription")
        return contract

    return await client.read("get_subscription", decode, id=str(number))


async def list_invoices(client: Client) -> tuple[InvoiceSummary, ...]:
    """Every invoice of the account, in the API's order."""
    return await client.read("list_invoices", decode_invoices)


async def read_invoice(client: Client, number: int) -> Invoice:
    """One invoice with its details. Raises DecodeError for an answer about another one."""

    def decode(value: Any) -> Invoice:
        invoice = decode_invoice(value)
        if invoice.summary is None or invoice.summary.id != number:
            raise Unreadable("the answer is about another invoice")
        return invoice

    return await client.read("get_invoice", decode, invoice_id=str(number))


async def read_preview(client: Client) -> Invoice:
    """The invoice of the current month as it stands, with its amounts."""
    return await client.read("preview_invoice", decode_preview)


async def list_reports(client: Client) -> tuple[str, ...]:
    """The months that have a report."""
    return await client.read("list_reports", decode_reports)


async def read_report(client: Client, month: str) -> bytes:
    """The report of a month, a whole PDF file."""
    return await client.read_file("get_report", decode_report, date=month)


async def read_performance(client: Client, hostname: str, resource: str, period: str) -> Measured:
    """The values of one of RESOURCES over one of PERIODS."""
    return await client.read(
        "get_server_performance",
        lambda value: decode_performance(value, resource),
        hostname=hostname,
        resource=resource,
        period=period,
    )
