"""Windows and freezes as spans of time: when one that is open closes, when the next one opens.

A span counts from its first instant on, and its last one is the first that does not count. Several
rules at once belong to schedule.py.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.windows import DAY_MINUTES, Freeze, Window
from ccloud_apply.plan.windows.instants import find_zone, to_instant

_DAY = timedelta(days=1)
_BACK = 2 * _DAY
"""How many local days before a moment a span may have begun in which it lies: one over midnight
began the day before, and a zone that changes sides of the date line has skipped a day."""


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant on, up to another one; `end` is None where no end is known."""

    start: datetime
    end: datetime | None

    def covers(self, moment: datetime) -> bool:
        """True if the moment lies in it."""
        return self.start <= moment and (self.end is None or moment < self.end)

    def lasts_beyond(self, moment: datetime) -> bool:
        """True if any of it lies at or after the moment. Clocks can skip all of a span."""
        return self.end is None or max(self.start, moment) < self.end


def find_freeze_span(freeze: Freeze) -> Span:
    """The whole days of a freeze. Raises ValueError for a name of no zone."""
    end = None if freeze.last is None else to_instant(freeze.last, DAY_MINUTES, freeze.zone)
    return Span(to_instant(freeze.first, 0, freeze.zone), end)


def list_spans(window: Window, moment: datetime) -> Iterator[Span]:
    """The spans of a window that end after the moment, in order; they go on without an end.

    Raises ValueError for a name of no zone.
    """
    day = moment.astimezone(find_zone(window.zone)).date() - _BACK
    while True:
        if day.weekday() in window.days:
            span = _span_on(window, day)
            if span.lasts_beyond(moment):
                yield span
        day += _DAY


def _span_on(window: Window, day: date) -> Span:
    """The span that opens on that local day."""
    is_over_midnight = window.closes <= window.opens
    closes = window.closes + DAY_MINUTES if is_over_midnight else window.closes
    return Span(to_instant(day, window.opens, window.zone), to_instant(day, closes, window.zone))
