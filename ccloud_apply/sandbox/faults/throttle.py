"""A limit of requests per minute like Laravel's: a window begins with its first request.

Which requests count belongs to the rules of plan.py.
"""

from dataclasses import field
from datetime import datetime, timedelta
from math import ceil

from ccloud_apply.lazy_dataclass import dataclass

WINDOW = timedelta(seconds=60)


@dataclass(slots=True, kw_only=True)
class Throttle:
    """One limit and its current window."""

    per_minute: int
    _opened: datetime | None = field(default=None, init=False)
    _count: int = field(default=0, init=False)

    def take(self, now: datetime) -> tuple[bool, dict[str, str]]:
        """Whether a request may pass, and the headers that describe the limit."""
        if self._opened is None or now - self._opened >= WINDOW:
            self._opened, self._count = now, 0
        headers = {"X-RateLimit-Limit": str(self.per_minute)}
        if self._count < self.per_minute:
            self._count += 1
            headers["X-RateLimit-Remaining"] = str(self.per_minute - self._count)
            return True, headers
        opens = self._opened + WINDOW
        headers["X-RateLimit-Remaining"] = "0"
        headers["Retry-After"] = str(max(1, ceil((opens - now).total_seconds())))
        headers["X-RateLimit-Reset"] = str(ceil(opens.timestamp()))
        return False, headers
