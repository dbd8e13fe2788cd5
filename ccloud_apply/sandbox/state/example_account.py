"""The contracts and invoices of the example account; its servers are in seed.py."""

from datetime import datetime, timedelta
from typing import Any

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.options import CUSTOMER_ID
from ccloud_apply.sandbox.rules.billing import bill, month_start, next_month
from ccloud_apply.sandbox.state.record import InvoiceRecord, ServerRecord, SubscriptionRecord
from ccloud_apply.sandbox.state.store import Store

MONTHS = 3
RUNTIME_MONTHS = 12

_HELD: tuple[dict[str, Any], ...] = (
    {
        "pool": "pool_iw_ssd",
        "cores": 30,
        "memory": 64,
        "disk": 500,
        "monthly_price": 350.0,
        "licenses": [{"id": 12708, "count": 4}],
        "addons": [{"name": "monitoring", "count": 4}],
        "tags": ["production"],
    },
    {"pool": "pool_ip_ssd", "cores": 8, "memory": 32, "disk": 400, "monthly_price": 270.0},
    {"pool": "pool_iw_ssd", "cores": 8, "memory": 16, "disk": 200, "monthly_price": 95.0},
)


def add_contracts(store: Store, servers: list[ServerRecord], now: datetime) -> None:
    """Adds invoices and reports for the MONTHS before this one, and three subscriptions that began
    with the first of them.

    Existing subscriptions and invoices stay as they are.
    """
    start = month_start(now)
    months = _months_before(start)
    # Bills the servers as if they had existed all the time, so every month costs the same.
    earlier = [ServerRecord(**{**one, "created_at": to_wire(months[0])}) for one in servers]
    for number, held in enumerate(_HELD, start=1):
        store.ledger.add_subscription(_describe(number, held, months[0]))
    details = bill(store, earlier, months[0], start)
    for month in months:
        store.ledger.add_invoice(_write_invoice(month, details))


def first_month(now: datetime) -> datetime:
    """The start of the first month that has an invoice: when the account's servers were made."""
    return _months_before(month_start(now))[0]


def _months_before(start: datetime) -> list[datetime]:
    months: list[datetime] = []
    for _ in range(MONTHS):
        start = month_start(start - timedelta(days=1))
        months.insert(0, start)
    return months


def _write_invoice(month: datetime, details: dict[str, Any]) -> InvoiceRecord:
    return InvoiceRecord(
        id=0,
        month=month.month,
        year=month.year,
        total=float(details["total"]),
        customer_id=int(CUSTOMER_ID),
        details=details,
    )


def _describe(number: int, held: dict[str, Any], start: datetime) -> SubscriptionRecord:
    name = f"S{CUSTOMER_ID}-{number:03}"
    end = start
    for _ in range(RUNTIME_MONTHS):
        end = next_month(end)
    return SubscriptionRecord(
        id=0,
        customer_id=int(CUSTOMER_ID),
        pool=held["pool"],
        name=name,
        display_name=name,
        confirmed=True,
        runtime=RUNTIME_MONTHS,
        discount=10.0,
        monthly_price=held["monthly_price"],
        setup_fee=0.0,
        setup_fee_charged=True,
        valid_to=f"{start:%Y-%m-%d}",
        start_date=f"{start:%Y-%m-%d}",
        end_date=f"{end:%Y-%m-%d}",
        renew=True,
        data={
            **{resource: held[resource] for resource in ("cores", "memory", "disk")},
            "support_hours": 0,
            "full_backup": 0,
            "licenses": held.get("licenses", []),
            "addons": held.get("addons", []),
        },
        replacement=None,
        created_at=to_wire(start),
        updated_at=to_wire(start),
        deleted_at=None,
        tags=held.get("tags", []),
    )
