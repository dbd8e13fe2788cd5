"""Says why changes may not happen at a moment, and when they may.

Whether they may is told by schedule.py.
"""

from collections.abc import Collection
from datetime import UTC, datetime

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.windows.instants import find_zone
from ccloud_apply.plan.windows.schedule import (
    HORIZON,
    Rules,
    find_closed,
    find_frozen,
    find_opening,
    select_rules,
)

OVERRIDE_HINT = "wait for it, or repeat with --override-window REASON"


def code_of(rules: Rules, moment: datetime) -> str:
    """The code of what holds them."""
    return "in-freeze" if find_frozen(rules, moment) else "outside-window"


def describe_closed(policy: Policy, classes: Collection[str], moment: datetime) -> str:
    """Why changes of these classes may not happen at the moment, and from when on: a clause."""
    rules = select_rules(policy, classes)
    frozen = find_frozen(rules, moment)
    if frozen:
        reason = f": {frozen[0].reason}" if frozen[0].reason else ""
        return (
            f"a freeze{_place(frozen[0].source)} holds it{reason}"
            f"; {describe_opening(rules, moment, frozen[0].zone)}"
        )
    (window, *_), *_ = find_closed(rules, moment)
    names = join_names(sorted(name for name in classes if select_rules(policy, (name,))))
    when = describe_opening(rules, moment, window.zone)
    return f"the window for {names}{_place(window.source)} is closed; {when}"


def describe_opening(rules: Rules, moment: datetime, zone: str) -> str:
    """From when on they may happen, in the zone and in UTC."""
    opens = find_opening(rules, moment)
    if opens is None:
        return f"it may not be done within {HORIZON.days} days"
    told = f"{opens.astimezone(find_zone(zone)):%a %Y-%m-%d %H:%M} {zone}"
    utc = "" if zone == "UTC" else f" ({opens.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"
    return f"it may be done from {told}{utc} on"


def _place(source: SourceRange | None) -> str:
    return "" if source is None else f" ({source.path}:{source.line})"
