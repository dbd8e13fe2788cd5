"""What a told time of a schedule may mean: the API takes and gives times without a zone.

Seen so far: a platform that takes a time in its local zone and tells it in UTC, and one that keeps
instants and shows local time, which moves by an hour when clocks change. A schedule is deleted and
posted for a difference, so one that another zone or a change of clocks explains is told and not
corrected. A stack file that names the zone of its time has fewer readings.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

_HOUR = timedelta(hours=1)


def find_zone(name: str) -> tzinfo:
    """The zone of that name. Raises ValueError for a name of none, and where none are known."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name} is not a time zone") from error


def is_skipped(run: datetime, zone: tzinfo) -> bool:
    """True for a local time that does not exist, because clocks go forward over it."""
    local = run.replace(tzinfo=zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != run.replace(tzinfo=None)


def explain(declared: datetime, told: datetime, frequency: int, zone: tzinfo | None) -> str | None:
    """Why two times without a zone may be of one phase: an empty text if they are, a clause if
    another zone or a change of clocks explains the difference, None if nothing does.

    `zone` is the one that the file names for the declared time, None where it names none.
    """
    declared, told = _plain(declared), _plain(told)

    def is_phase(one: datetime, other: datetime) -> bool:
        return (one - other) % (frequency * _HOUR) == timedelta(0)

    if is_phase(told, declared):
        return ""
    if zone is not None:
        in_zone = _plain(told.replace(tzinfo=UTC).astimezone(zone))
        if is_phase(in_zone, declared):
            return ""
        moved = _offset(told, zone) - _offset(declared, zone)
        instants = (declared - _offset(declared, zone), declared + moved)
        is_kept = bool(moved) and any(is_phase(told, run) for run in instants)
        return "it is another hour, as after a change of clocks" if is_kept else None
    return next(
        (why for why, shift in _list_shifts(declared, told) if is_phase(told, declared + shift)),
        None,
    )


def _list_shifts(declared: datetime, told: datetime) -> Iterator[tuple[str, timedelta]]:
    """What explains a told time: how far it is from the declared one then."""
    before, now = berlin_offset(declared), berlin_offset(told)
    yield _tell_zone(now), -now
    if before != now:
        for hours, word in ((1, "after"), (-1, "before")):
            yield f"it is 1 h {word}, as after a change of clocks", hours * _HOUR
        yield _tell_zone(before), -before


def _tell_zone(offset: timedelta) -> str:
    return f"it is {offset // _HOUR} h before, as one time is in Europe/Berlin and in UTC"


@cache
def berlin_offset(day: datetime) -> timedelta:
    """How far the vendor's local time is ahead of UTC on that day, by the rule of the EU: two hours
    from the last Sunday of March to the last one of October, else one."""
    start, end = (_last_sunday(day.year, month) for month in (3, 10))
    return 2 * _HOUR if start <= day.replace(tzinfo=None) < end else _HOUR


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 2, tzinfo=UTC).replace(tzinfo=None)  # a local time
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _offset(run: datetime, zone: tzinfo) -> timedelta:
    return run.replace(tzinfo=zone).utcoffset() or timedelta(0)


def _plain(run: datetime) -> datetime:
    return run.replace(tzinfo=None, second=0, microsecond=0)
