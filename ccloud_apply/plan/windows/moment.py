"""Reads the moment of an option such as `--at`: a day and a time, in a zone."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.plan.windows.instants import find_zone, read_local

_MOMENT = lazy_pattern(
    r"(?P<day>2[0-9]{3}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?"
    r"\s*(?P<zone>[A-Za-z][A-Za-z0-9_+/-]*|[+-][0-9]{2}:?[0-9]{2})?"
)
_HINT = 'such as {option} "2027-01-02T03:00 Europe/Berlin"; without a zone it is UTC'


def parse_moment(text: str, option: str = "--at") -> datetime:
    """The instant (UTC) of a text such as `2027-01-02T03:00 Europe/Berlin`, `2027-01-02T03:00Z`,
    `2027-01-02T03:00+01:00` or `2027-01-02`, which is the beginning of that day.

    Without a zone it is UTC. Raises UsageError for any other text.
    """
    hint = _HINT.format(option=option)
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise UsageError(f'{option}: "{text}" is not a moment', hint=hint)
    day, time, name = match["day"], match["time"] or "00:00", match["zone"] or "Z"
    try:
        local = datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        what = f'{option}: "{day} {time}" is not a time of the calendar'
        raise UsageError(what, hint=hint) from None
    try:
        return read_local(local, _read_zone(name))
    except ValueError as error:
        raise UsageError(f"{option}: {error}", hint=hint) from None


def _read_zone(name: str) -> tzinfo:
    """The zone. Raises ValueError with a sentence."""
    if name in ("Z", "z", "UTC"):
        return UTC
    if name[0] in "+-":
        hours, minutes = int(name[1:3]), int(name[-2:])
        if hours > 14 or minutes > 59:
            raise ValueError(f'"{name}" is not an offset from UTC')
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if name[0] == "-" else offset)
    try:
        return find_zone(name)
    except ValueError:
        raise ValueError(f'"{name}" is not a time zone') from None
