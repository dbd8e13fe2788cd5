"""Which requests may be retried, and after which wait.

Pure: sleeping and sending belong to `transport.py`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from ccloud_apply.api.http.door import NoResponse, RawResponse
from ccloud_apply.api.http.reply import ErrorStatus, Malformed, Success
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.operations import Operation

AttemptResult = Success | ErrorStatus | Malformed | NoResponse

MAX_RETRY_AFTER_S = 120.0
"""The longest Retry-After, in seconds, that is waited out; a longer one is an error."""

_GATEWAY_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Exponential backoff with full jitter, in seconds."""

    first_s: float
    longest_s: float

    def wait_s(self, failures: int, chance: float) -> float:
        """Seconds to wait after this many failures in a row; `chance` is a number from 0 to 1."""
        # The bounded exponent keeps many failures from an overflow.
        return chance * min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 30))


FAILURE_BACKOFF = Backoff(first_s=1, longest_s=30)
"""After a failed attempt."""

THROTTLE_BACKOFF = Backoff(first_s=5, longest_s=60)
"""After a 429 without Retry-After."""


def is_throttled(result: AttemptResult) -> bool:
    """True for a 429. The platform did not process the request, so any may be sent again."""
    return isinstance(result, ErrorStatus) and result.status == 429


def is_overload(answer: RawResponse | NoResponse) -> bool:
    """True for what a platform with too much to do answers: 429, 5xx, nothing in time, a connection
    that breaks off. What no retry can help says nothing about it."""
    if isinstance(answer, NoResponse):
        return not answer.is_final
    return answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= 500


def may_have_acted(operation: Operation, result: AttemptResult) -> bool:
    """True if the platform may have carried out the request although the attempt failed."""
    if operation.repeat == "read":
        return False
    if isinstance(result, ErrorStatus):
        # The platform may continue behind a gateway's 5xx, and may fail after its insert.
        return result.status >= 500
    return result.was_sent if isinstance(result, NoResponse) else isinstance(result, Malformed)


def may_repeat(operation: Operation, result: AttemptResult) -> bool:
    """True if a retry is safe and may help. For a 429 see `is_throttled`."""
    repeat = operation.repeat
    if isinstance(result, NoResponse):
        return not result.is_final and (repeat != "never" or not result.was_sent)
    if isinstance(result, ErrorStatus) and result.status in _GATEWAY_STATUSES:
        return repeat != "never"
    if isinstance(result, ErrorStatus):
        return repeat != "never" and result.status == 500
    return repeat != "never" and isinstance(result, Malformed) and not result.is_html


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Retry-After in seconds, from a number or a date; None if there is none."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    moment = _read_date(text)
    if moment is None:
        return None
    return max(0.0, (moment - now).total_seconds())


def read_reset_after(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds until the rate limit resets, if the response used its last request; else 0.

    The API's own Date header is the present, if it sends one: its clock may differ from ours.
    """
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining", "").strip() != "0":
        return 0.0
    if not (reset.isascii() and reset.isdigit()):
        return 0.0  # not given: the next request gets a 429 that says it
    moment = _read_date(headers.get("date", "")) or now
    return min(MAX_RETRY_AFTER_S, max(0.0, float(reset[:12]) - moment.timestamp()))


def _read_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
