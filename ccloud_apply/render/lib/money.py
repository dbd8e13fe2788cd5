"""Amounts of money: exact in documents, with two places and aligned for people.

The API names no currency; a stack's `policy.currency` may.
"""

from collections.abc import Sequence
from decimal import Decimal

from ccloud_apply.render.lib.escape import escape_short

UNKNOWN = "unknown"
_CENTS = -2


def encode_amount(amount: Decimal | None) -> str | None:
    """The amount as a decimal string, never in powers of ten; None where it is not known."""
    return None if amount is None else f"{amount:f}"


def show_amount(amount: Decimal | None) -> str:
    """`1,234.50`, with more places where the amount has them; `unknown` where it is not known."""
    if amount is None:
        return UNKNOWN
    exponent = amount.as_tuple().exponent
    is_coarse = isinstance(exponent, int) and exponent > _CENTS
    return f"{amount:,.2f}" if is_coarse else f"{amount:,f}"


def align(amounts: Sequence[str], header: str) -> tuple[str, tuple[str, ...]]:
    """The header and the amounts of a column, set against its right side."""
    width = max(map(len, (header, *amounts)))
    return header.rjust(width), tuple(one.rjust(width) for one in amounts)


def format_amount(amount: str, currency: str | None = None) -> str:
    """A decimal text with its ISO 4217 code; harmless whatever the text is."""
    shown = escape_short(amount)
    return shown if currency is None else f"{shown} {escape_short(currency)}"
