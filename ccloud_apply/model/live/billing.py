"""What the account is billed for: invoices, the preview of the next one, and subscriptions.

Amounts are exact, in the account's currency, which no operation names. None is what was not told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSummary:
    """An entry of `list_invoices`."""

    id: int
    year: int | None = None
    month: int | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledPool:
    """A pool of an invoice: its servers that are billed by themselves, by their hostnames."""

    name: str
    servers: Mapping[str, Decimal | None] = field(default_factory=lambda: NOTHING)
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDetails:
    """What an invoice is made of: pools with servers, and subscriptions by name."""

    pools: tuple[BilledPool, ...] = ()
    pools_total: Decimal | None = None
    subscriptions: Mapping[str, Decimal | None] = field(default_factory=lambda: NOTHING)
    subscriptions_total: Decimal | None = None
    total: Decimal | None = None

    def servers(self) -> Iterator[str]:
        """The hostnames of all servers that are billed by themselves."""
        return (hostname for pool in self.pools for hostname in pool.servers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """The answer of `get_invoice`; or of `preview_invoice`, which has details alone."""

    summary: InvoiceSummary | None
    customer_id: str | None = None
    details: InvoiceDetails | None = None

    @property
    def is_preview(self) -> bool:
        """True for the current month's, which is no invoice yet."""
        return self.summary is None

    @property
    def total(self) -> Decimal | None:
        """What it comes to; a preview tells it in its details."""
        if self.summary is not None:
            return self.summary.total
        return None if self.details is None else self.details.total


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionContents:
    """The resources that a subscription holds. Sizes in GB."""

    cores: int | float | None = None
    memory_gb: int | float | None = None
    disk_gb: int | float | None = None
    support_hours: int | float | None = None
    full_backup: int | float | None = None
    licenses: tuple[tuple[int, int | float | None], ...] = ()
    addons: tuple[tuple[str, int | float | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionContract:
    """All that `get_subscription` tells. Which servers are in it, no operation tells.

    The document gives `runtime`, `discount` and the price neither unit nor period.
    """

    id: int
    name: str
    display_name: str | None = None
    pool: str | None = None
    contents: SubscriptionContents = field(default_factory=SubscriptionContents)
    monthly_price: Decimal | None = None
    discount: Decimal | None = None
    setup_fee: Decimal | None = None
    setup_fee_charged: bool | None = None
    confirmed: bool | None = None
    runtime: int | float | None = None
    start_date: str | None = None
    end_date: str | None = None
    valid_to: str | None = None
    renew: bool | None = None
    replacement: int | None = None
    customer_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    deleted_at: str | None = None
    tags: tuple[str, ...] = ()
