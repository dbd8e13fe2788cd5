"""Invoices, reports and subscriptions as the API spells them, and as it does not."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

DETAILS: dict[str, Any] = {
    "pools": {
        "worker": {"servers": {"vs1": "1.10", "vs2": 2.2}, "total": "3.30"},
        "total": "3.30",
    },
    "subscriptions": {"S1-001": {"total": "500.00"}, "total": "500.00"},
    "total": "503.30",
}
INVOICE = {"id": 7, "month": 11, "year": 2026, "total": 503.3, "customer_id": 328100}


def test_amounts_are_exact_whether_they_are_numbers_or_texts() -> None:
    invoice = decode_invoice([{**INVOICE, "details": DETAILS}])
    assert invoice.summary is not None
    assert invoice.details is not None
    (worker,) = invoice.details.pools
    assert worker.servers == {"vs1": Decimal("1.10"), "vs2": Decimal("2.2")}
    assert invoice.details.subscriptions == {"S1-001": Decimal("500.00")}
    assert (invoice.summary.total, invoice.details.total) == (Decimal("503.3"), Decimal("503.30"))
    assert invoice.customer_id == "328100"
    assert not invoice.is_preview


def test_an_amount_that_is_missing_or_no_number_is_unknown_and_never_nothing() -> None:
    details = {**DETAILS, "total": "string", "subscriptions": {"S1-001": {}}}
    preview = decode_preview([details])
    assert preview.details is not None
    assert preview.details.total is None
    assert preview.details.subscriptions == {"S1-001": None}
    assert preview.is_preview


def test_what_php_sends_for_an_empty_object_is_empty() -> None:
    empty: dict[str, Any] = {"pools": [], "subscriptions": None, "total": "0.00"}
    details = decode_preview([empty]).details
    assert details is not None
    assert (details.pools, dict(details.subscriptions)) == ((), {})
    assert details.total == Decimal("0.00")


@pytest.mark.parametrize("value", [[], [INVOICE, INVOICE]])
def test_a_list_of_none_or_of_two_is_no_invoice(value: Any) -> None:
    with pytest.raises(Unreadable, match="expected one invoice"):
        decode_invoice(value)


def test_an_invoice_without_details_has_none() -> None:
    assert decode_invoice([INVOICE]).details is None


@pytest.mark.parametrize("value", [["2026-10"], [["2026-10"]], {"data": ["2026-10"]}])
def test_reports_are_a_list_or_a_list_within_a_list(value: Any) -> None:
    assert decode_reports(value) == ("2026-10",)


def test_a_subscription_has_whole_numbers_where_the_document_has_doubles() -> None:
    told = {"id": 2.0, "name": "S1-001", "pool": "p", "discount": 12.5, "monthly_price": 500}
    data = {"cores": 30.0, "memory": "64", "disk": 0.5, "addons": [{"name": "m", "count": 4.0}]}
    found = decode_contract({**told, "data": data, "deleted_at": None})
    assert (found.id, found.contents.cores, found.contents.memory_gb) == (2, 30, 64)
    assert found.contents.disk_gb == 0.5
    assert found.contents.addons == (("m", 4),)
    assert (found.monthly_price, found.discount) == (Decimal(500), Decimal("12.5"))
    assert found.setup_fee is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html>login</html>", "not a PDF"),
        (b"{}", "not a PDF"),
        (b"%PDF-1.7 and then it broke off", "without its end"),
    ],
)
def test_what_is_not_a_whole_pdf_is_no_report(content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        decode_report(content)


def test_a_whole_pdf_is_given_back_as_it_came() -> None:
    content = b"%PDF-1.4\n\x00\xff\n%%EOF\n"
    assert decode_report(content) == content


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "name", "total", "pools", "servers", "data", "perfdata", "units", "time"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "decode",
    [
        decode_invoices,
        decode_invoice,
        decode_preview,
        decode_reports,
        decode_contract,
        lambda value: decode_performance(value, "cpu"),
    ],
    ids=["invoices", "invoice", "preview", "reports", "subscription", "performance"],
)
def test_any_json_is_a_value_or_unreadable_and_never_a_crash(decode: Callable[[Any], Any]) -> None:
    @given(json_values)
    def check(value: Any) -> None:
        with suppress(Unreadable):
            decode(value)

    check()
