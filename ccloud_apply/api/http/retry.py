"""What may be sent again, and when. Pure: sleeping and sending belong to `transport.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ccloud_apply.api.http.exchange import Lost
from ccloud_apply.api.http.reply import Done, Garbled, Refused
from ccloud_apply.operations import Operation

Outcome = Done | Refused | Garbled | Lost

MAX_WISH_S = 120.0
"""The longest Retry-After that is waited for; beyond it the user is told instead."""

_GATEWAY_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waiting times that double, in seconds, each multiplied by chance (full jitter)."""

    first_s: float
    longest_s: float

    def wait_s(self, failures: int, chance: float) -> float:
        """How long to wait after so many failures in a row; `chance` is from 0 to 1."""
        # The exponent is bounded so that no number of failures overflows.
        return chance * min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 30))


TROUBLE = Backoff(first_s=1, longest_s=30)
THROTTLED = Backoff(first_s=5, longest_s=60)


def is_throttled(outcome: Outcome) -> bool:
    """True for a 429: refused before it was looked at, so anything may be sent again."""
    return isinstance(outcome, Refused) and outcome.status == 429


def may_have_acted(operation: Operation, outcome: Outcome) -> bool:
    """True if the platform may have done what was asked although no good answer came."""
    if operation.repeat == "read":
        return False
    if isinstance(outcome, Refused):
        # A gateway's 5xx can come while the platform goes on; a 500 can come after the insert.
        return outcome.status >= 500
    return outcome.was_sent if isinstance(outcome, Lost) else isinstance(outcome, Garbled)


def may_repeat(operation: Operation, outcome: Outcome) -> bool:
    """True if sending the same again is safe and may help. A 429 is judged elsewhere."""
    repeat = operation.repeat
    if isinstance(outcome, Lost):
        return not outcome.is_final and (repeat != "never" or not outcome.was_sent)
    if isinstance(outcome, Refused) and outcome.status in _GATEWAY_STATUSES:
        return repeat != "never"
    if isinstance(outcome, Refused):
        return repeat != "never" and outcome.status == 500
    return repeat != "never" and isinstance(outcome, Garbled) and not outcome.is_html


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The header's wish in seconds, from a number or a date; None where there is none."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    moment = _read_date(text)
    if moment is None:
        return None
    return max(0.0, (moment - now).total_seconds())


def read_exhausted(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds until the limit is lifted, for an answer after which no request is left; else 0.

    Both moments are the API's own where it says what time it is: clocks differ.
    """
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining", "").strip() != "0":
        return 0.0
    if not (reset.isascii() and reset.isdigit()):
        return 0.0  # not said: the 429 that follows will say it
    moment = _read_date(headers.get("date", "")) or now
    return min(MAX_WISH_S, max(0.0, float(reset[:12]) - moment.timestamp()))


def _read_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
