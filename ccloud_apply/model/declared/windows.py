"""When a policy lets changes happen: windows, and freezes in which nothing does.

Whether one is open at an instant, and when the next one opens, belongs to `plan/windows/`.
"""

import dataclasses
from datetime import date

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.source import SourceRange

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As a file spells the days of the week; their numbers are their places."""

EVERY_DAY = frozenset(range(len(DAY_NAMES)))
"""Monday is 0."""

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time of the week in which the classes that it names may happen.

    `classes` are those of `model/classes.py`, all of them if empty. `days` are those on which it
    opens. `opens` and `closes` are minutes since midnight of the local day in `zone`; one that
    closes at or before it opens goes over midnight.
    """

    classes: frozenset[str] = frozenset()
    days: frozenset[int] = EVERY_DAY
    opens: int = 0
    closes: int = DAY_MINUTES
    zone: str = "UTC"
    source: SourceRange | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Days on which the classes that it names may not happen: all of them if `classes` is empty.

    `first` and `last` are whole days in `zone`; `last` is None while no end is known.
    """

    first: date
    last: date | None = None
    classes: frozenset[str] = frozenset()
    zone: str = "UTC"
    reason: str = ""
    source: SourceRange | None = dataclasses.field(default=None, compare=False)


def spell_minutes(minutes: int) -> str:
    """Minutes since midnight as clocks show them: `02:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
