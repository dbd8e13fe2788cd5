"""Local times of a zone as instants.

A local time that clocks skip is the instant of the change; one that they show twice is the first of
the two. What the times are for belongs to spans.py.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from ccloud_apply.aspects.lib.told_time import find_zone as _find_zone

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)

find_zone = lru_cache(maxsize=64)(_find_zone)
"""As in told_time.py. Raises ValueError for a name of none."""


@lru_cache(maxsize=8192)
def to_instant(day: date, minutes: int, zone: str) -> datetime:
    """The instant (UTC) so many minutes after midnight by the clocks of that day in the zone.

    A number beyond the 1,440 of a day is a time of the next one. Raises ValueError for a name of no
    zone.
    """
    local = datetime.combine(day, time()) + minutes * _MINUTE
    return read_local(local, find_zone(zone))


def read_local(local: datetime, zone: tzinfo) -> datetime:
    """The instant (UTC) of a local time, which has no zone itself."""
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    # Of a time that is skipped, the readings lie on both sides of the change, the later one first.
    return first if first <= second else _find_change(second, first, zone)


def _find_change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The first instant at which the zone has the offset that it has at `after`."""
    offset = after.astimezone(zone).utcoffset()
    low, high = 0, (after - before) // _SECOND
    while low < high:
        middle = (low + high) // 2
        if (before + middle * _SECOND).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle + 1
    return before + low * _SECOND
