"""Reads the moment of `--at`: a day and a time, in a zone."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.plan.windows.instants import find_zone, read_local

_MOMENT = lazy_pattern(
    r"(?P<day>2[0-9]{3}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?"
    r"\s*(?P<zone>[A-Za-z][A-Za-z0-9_+/-]*|[+-][0-9]{2}:?[0-9]{2})?"
)
_HINT = 'such as --at "2027-01-02T03:00 Europe/Berlin"; without a zone it is UTC'


def parse_moment(text: str) -> datetime:
    """The instant (UTC) of a text such as `2027-01-02T03:00 Europe/Berlin`, `2027-01-02T03:00Z`,
    `2027-01-02T03:00+01:00` or `2027-01-02`, which is the beginning of that day.

    Without a zone it is UTC. Raises UsageError for any other text.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise UsageError(f'--at: "{text}" is not a moment', hint=_HINT)
    day, time, name = match["day"], match["time"] or "00:00", match["zone"] or "Z"
    try:
        local = datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        what = f'--at: "{day} {time}" is not a time of the calendar'
        raise UsageError(what, hint=_HINT) from None
    return read_local(local, _read_zone(name))


def _read_zone(name: str) -> tzinfo:
    if name in ("Z", "z", "UTC"):
        return UTC
    if name[0] in "+-":
        hours, minutes = int(name[1:3]), int(name[-2:])
        if hours > 14 or minutes > 59:
            raise UsageError(f'--at: "{name}" is not an offset from UTC', hint=_HINT)
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if name[0] == "-" else offset)
    try:
        return find_zone(name)
    except ValueError:
        raise UsageError(f'--at: "{name}" is not a time zone', hint=_HINT) from None
