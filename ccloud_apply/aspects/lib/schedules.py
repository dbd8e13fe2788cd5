"""Schedules of snapshots: their requests, their phases and their first runs.

A phase is all that two dates share that are a whole number of periods apart. Times have no zone:
the API gives none. What a stack file declares of them is the field's, `scheduled_snapshots.py`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zlib import crc32

from ccloud_apply.aspects.lib.told_time import find_zone
from ccloud_apply.model.live.account import Schedule

TIME_FORMAT = "%Y-%m-%d %H:%M"
"""How files and requests spell a time."""

TIME_LENGTH = 16
"""Characters of a time in that spelling."""

_LEAD = timedelta(hours=3)
"""How far ahead a first run is put: the API's time zone is unknown, and a run that lies in the past
of its local time (two hours ahead of UTC in summer) would be refused or skipped."""

_DST_HOUR = 2
"""02:00 to 02:59 does not exist in the night in which clocks go forward, and comes twice in the one
in which they go back: no run that is chosen here lies there."""


def read_body(body: Mapping[str, Any]) -> Schedule:
    """The schedule that a request asks for."""
    run = read_time(body["next_run"]).replace(tzinfo=None)
    return Schedule(frequency=body["frequency"], next_run=run)


def build_body(schedule: Schedule, now: datetime) -> Mapping[str, Any]:
    """A request for this schedule, with its first run in the future: of its own phase, or of any
    where it tells none. `now` is in UTC."""
    frequency = schedule.frequency
    if schedule.next_run is None:
        return write_body(frequency, spread("", frequency, now))
    return write_body(frequency, find_next(schedule.next_run.replace(tzinfo=UTC), frequency, now))


def is_same(one: Schedule, other: Schedule) -> bool:
    """True for two schedules of one frequency and one phase; a phase that is not told is none."""
    if one.frequency != other.frequency:
        return False
    if one.next_run is None or other.next_run is None:
        return one.next_run is other.next_run
    distance = _to_minute(one.next_run) - _to_minute(other.next_run)
    return distance % timedelta(hours=one.frequency) == timedelta(0)


@cache
def read_time(text: str) -> datetime:
    """A date and time of a file or a request, without the zone that a file may name behind it.

    Raises ValueError for a text that is none.
    """
    digits = text[:TIME_LENGTH]
    return datetime.strptime(digits, TIME_FORMAT).replace(tzinfo=UTC)


def read_zone(text: str) -> tzinfo | None:
    """The zone that a file names behind a time, None where it names none. Raises ValueError."""
    name = text[TIME_LENGTH:].strip()
    return find_zone(name) if name else None


def _to_minute(run: datetime) -> datetime:
    return run.replace(tzinfo=UTC, second=0, microsecond=0)


def write_body(frequency: int, run: datetime) -> dict[str, Any]:
    """The request for a schedule with this first run."""
    return {"frequency": frequency, "next_run": run.strftime(TIME_FORMAT)}


def spread(key: str, frequency: int, read_at: datetime) -> datetime:
    """A first run of our own, at another hour for another key: none of its runs is in the hour that
    clocks skip. Where it runs every hour that cannot be, but the first one is not."""
    start = (read_at + _LEAD).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    hours = [start + timedelta(hours=hour) for hour in range(max(frequency, 2))]
    safe = [run for run in hours if (run.hour - _DST_HOUR) % frequency]
    safe = safe or [run for run in hours if run.hour != _DST_HOUR][:1]
    return safe[crc32(key.encode()) % len(safe)]


def find_next(run: datetime, frequency: int, read_at: datetime) -> datetime:
    """The run itself if it is still to come, else the first of its phase that is, and that is not
    in the hour that clocks skip if its phase has another one."""
    earliest = read_at + _LEAD
    if run >= earliest:
        return run
    period = timedelta(hours=frequency)
    run += -((run - earliest) // period) * period
    is_skipped = run.hour == _DST_HOUR and period < timedelta(days=1)
    return run + period if is_skipped else run
