"""Sizes of servers and disks, which the API document gives no unit.

A size that is no whole number is kept as the API spells it: one server of another kind must not
keep a plan from being made for all others. Whether a server can have a size is the field's to say.
"""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from ccloud_apply.api.decode.shape import Unreadable, to_int
from ccloud_apply.model.units import BYTES_PER_GB

SMALLEST_IN_BYTES = 1_048_576
"""A size from here on is in bytes: no disk has this many GB."""

_MAX_SPELLING = 20


def read_size(
    item: Mapping[str, Any],
    name: str,
    place: str,
    odd: MutableMapping[str, str],
    fact: str,
    to_unit: Callable[[int], int] = lambda size: size,
) -> int | None:
    """A whole number, in the unit that `to_unit` makes of it; None where it is null or missing.

    Anything else is None too, and stands in `odd` under the fact's name as the API spells it.
    Raises Unreadable for a list or an object, which is at `place`.
    """
    value = item.get(name)
    if value is None:
        return None
    try:
        size = to_int(value, f"{place}.{name}")
    except Unreadable:
        if not isinstance(value, str | int | float):
            raise
        odd[fact] = str(value).strip()[:_MAX_SPELLING]
        return None
    return None if size is None else to_unit(size)


def to_gb(size: int) -> int:
    """A disk's size in GB, from GB or bytes: the magnitude tells which.

    Bytes are rounded to the nearest GB, because an ordered disk of 50 GB may be reported as a
    little more or less. Rounding up would plan a shrink, rounding down a growth in every plan.
    """
    # Oddity: `GET .../disks`
    if size < SMALLEST_IN_BYTES:
        return size
    return max(1, (size + BYTES_PER_GB // 2) // BYTES_PER_GB)
