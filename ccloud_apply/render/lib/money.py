"""Amounts of money for people: `39.00 EUR`, or `39.00` where nobody said which currency it is."""

from ccloud_apply.render.lib.escape import escape_short


def format_amount(amount: str, currency: str | None = None) -> str:
    """A decimal text with its ISO 4217 code; harmless whatever the text is."""
    shown = escape_short(amount)
    return shown if currency is None else f"{shown} {escape_short(currency)}"
