"""What a server costs: the shape that a quote is asked for, and the quote.

Amounts are exact, a month's where the operation says so, in the account's currency, which it does
not name.
"""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """All of a server that its price depends on. Sizes in GB; `ostype` is the image's."""

    pool: str
    cores: int
    memory_gb: int
    disk_gb: int
    addons: tuple[tuple[str, int], ...] = ()
    ostype: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePreview:
    """The answer of `preview_invoice`: the servers that are billed by themselves this month, by
    their hostnames, whether subscriptions are billed too, and what all of it comes to."""

    servers: frozenset[str] = frozenset()
    has_subscriptions: bool = False
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The answer of `create_quote`: a month's total, all setup fees, and those of each addon."""

    monthly_total: Decimal
    setup_fee_total: Decimal
    addon_fees: Mapping[str, Decimal] = field(default_factory=dict)
