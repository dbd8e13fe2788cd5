"""Times for people, in one style: `2027-01-01 03:00 UTC`. JSON documents keep ISO 8601."""

import re
from datetime import UTC, datetime

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.render.lib.escape import escape_short

_MOMENT = lazy_pattern(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)


def moment_words(moment: datetime | str) -> str:
    """The time in UTC, to the minute.

    Of a time without a zone nobody knows what it is in UTC: it is shown as it is told. A text that
    is no date and time stays as it is, harmless and on one line.
    """
    told = moment if isinstance(moment, datetime) else _read(moment)
    if told is None:
        return escape_short(str(moment))
    if told.tzinfo is None:
        return f"{told:%Y-%m-%d %H:%M}"
    try:
        return f"{told.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except OverflowError:  # the first or the last day that there is
        return escape_short(str(moment))


def _read(text: str) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
