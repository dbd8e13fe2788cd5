"""`--until` of a pause -> how long it lasts."""

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.config.durations import DURATION_PATTERN, read_duration
from ccloud_apply.lazy_pattern import lazy_pattern

RESUMED = "resumed"
"""What `--until` says where somebody has to end the pause."""

_HINT = 'write 2h, 7d, "2027-01-02T03:00 Europe/Berlin" or resumed; without a zone it is UTC'
_DURATION = lazy_pattern(DURATION_PATTERN)


def read_pause(text: str) -> float | None:
    """Seconds from now on; None for a pause that somebody has to end. Raises UsageError."""
    if text == RESUMED:
        return None
    if _DURATION.fullmatch(text):
        return read_duration(text)
    from ccloud_apply.clock import SystemClock
    from ccloud_apply.plan.windows.moment import parse_moment

    try:
        until = parse_moment(text, "--until")
    except UsageError as error:
        raise UsageError(error.message, hint=_HINT) from None
    for_s = (until - SystemClock().now()).total_seconds()
    if for_s <= 0:
        raise UsageError(f'--until: "{text}" is over', hint="give a later time, or 2h or 7d")
    return for_s
