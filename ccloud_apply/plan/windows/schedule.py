"""Whether changes of certain classes may happen at a moment, when they may, and until when.

Every level of a policy has to allow a class that it has a window for, and no freeze may hold it.
Which classes a plan's change belongs to, and what is told of it, belong to hold.py. All instants
are UTC.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.model.declared.windows import Freeze, Window
from ccloud_apply.plan.windows.spans import find_freeze_span, list_spans

HORIZON = timedelta(days=400)
"""How far ahead a time is looked for; what does not open until then never opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of a policy for some classes of change.

    `windows` are groups: in each of them one window has to be open. `freezes` all have to be over,
    or not to have begun.
    """

    windows: tuple[tuple[Window, ...], ...] = ()
    freezes: tuple[Freeze, ...] = ()

    def __bool__(self) -> bool:
        """False where nothing is ruled, so that anything may happen at any time."""
        return bool(self.windows or self.freezes)


def select_rules(policy: Policy, classes: Iterable[str]) -> Rules:
    """The rules for changes that belong to all of these classes. Those of no class are free."""
    wanted = tuple(dict.fromkeys(classes))
    groups = (
        tuple(window for window in level if not window.classes or name in window.classes)
        for level in policy.windows
        for name in wanted
    )
    return Rules(
        windows=tuple(dict.fromkeys(group for group in groups if group)),
        freezes=tuple(
            freeze
            for freeze in policy.freezes
            if wanted and (not freeze.classes or not freeze.classes.isdisjoint(wanted))
        ),
    )


def find_closed(rules: Rules, moment: datetime) -> tuple[tuple[Window, ...], ...]:
    """The groups of which no window is open at the moment."""
    return tuple(group for group in rules.windows if _find_group_opening(group, moment) > moment)


def find_frozen(rules: Rules, moment: datetime) -> tuple[Freeze, ...]:
    """The freezes in which the moment lies."""
    return tuple(one for one in rules.freezes if find_freeze_span(one).covers(moment))


def is_allowed(rules: Rules, moment: datetime) -> bool:
    """True if changes under these rules may happen at the moment."""
    return not find_frozen(rules, moment) and not find_closed(rules, moment)


def find_opening(rules: Rules, moment: datetime) -> datetime | None:
    """The first instant, from the moment on, at which the changes may happen; None if there is none
    within the HORIZON."""
    limit = moment + HORIZON
    while moment <= limit:
        waits = tuple(_list_openings(rules, moment))
        later = max((one for one in waits if one is not None), default=moment)
        if None in waits:
            return None
        if later == moment:
            return moment
        moment = later
    return None


def find_closing(rules: Rules, moment: datetime) -> datetime | None:
    """The first instant, from the moment on, at which the changes may not happen; None if there is
    none within the HORIZON."""
    limit = moment + HORIZON
    spans = map(find_freeze_span, rules.freezes)
    ends = [max(span.start, moment) for span in spans if span.lasts_beyond(moment)]
    ends += [_find_group_closing(group, moment, limit) for group in rules.windows]
    first = min(ends, default=limit)
    return first if first < limit else None


def _list_openings(rules: Rules, moment: datetime) -> Iterator[datetime | None]:
    """Per rule the first instant, from the moment on, at which it allows the changes."""
    for freeze in rules.freezes:
        span = find_freeze_span(freeze)
        yield span.end if span.covers(moment) else moment
    for group in rules.windows:
        yield _find_group_opening(group, moment)


def _find_group_opening(group: tuple[Window, ...], moment: datetime) -> datetime:
    firsts = (next(list_spans(window, moment)) for window in group)
    return max(moment, min(span.start for span in firsts))


def _find_group_closing(group: tuple[Window, ...], moment: datetime, limit: datetime) -> datetime:
    """Windows that follow each other without a gap are one."""
    while moment < limit:
        firsts = (next(list_spans(window, moment)) for window in group)
        ends = [span.end for span in firsts if span.end is not None and span.covers(moment)]
        if not ends:
            break
        moment = max(ends)
    return moment
