"""Amounts of money a month: before, after, and what is paid once."""

from decimal import Decimal

from ccloud_apply.lazy_dataclass import dataclass

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What servers cost a month before and after a plan, and the setup fees of it."""

    before: Decimal = ZERO
    after: Decimal = ZERO
    fees: Decimal = ZERO


def spell_amount(amount: Decimal) -> str:
    """The amount with two decimals, or with as many more as it has; nothing is rounded."""
    exponent = amount.normalize().as_tuple().exponent
    digits = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{amount:.{digits}f}"
