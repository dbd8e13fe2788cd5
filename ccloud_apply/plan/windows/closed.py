"""Says why changes may not happen at a moment, and when they may.

Whether they may is told by schedule.py.
"""

from collections.abc import Collection
from datetime import UTC, datetime

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.model.declared.windows import Freeze, Window
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

OVERRIDE_HINT = "wait for it, or do it now with --override-window REASON"


def code_of(rules: Rules, moment: datetime) -> str:
    """The code of what holds them."""
    code = "outside-window"
    if find_frozen(rules, moment):
        code = "in-freeze"
    return code


def describe_closed(policy: Policy, classes: Collection[str], moment: datetime) -> str:
    """Why changes of these classes may not happen at the moment, and from when on: a clause."""
    rules = select_rules(policy, classes)
    zone = _find_rule(rules, moment).zone
    return f"{describe_rule(policy, classes, moment)}; {describe_opening(rules, moment, zone)}"


def describe_rule(policy: Policy, classes: Collection[str], moment: datetime) -> str:
    """The rule because of which they may not happen: a clause."""
    rules = select_rules(policy, classes)
    rule = _find_rule(rules, moment)
    if isinstance(rule, Freeze):
        reason = f": {rule.reason}" if rule.reason else ""
        return f"a freeze{_place(rule.source)} holds it{reason}"
    group = find_closed(rules, moment)[0]
    ruled = sorted(name for name in classes if group in select_rules(policy, (name,)).windows)
    return f"the window for {join_names(ruled)}{_place(rule.source)} is closed"


def _find_rule(rules: Rules, moment: datetime) -> Freeze | Window:
    frozen = find_frozen(rules, moment)
    return frozen[0] if frozen else find_closed(rules, moment)[0][0]


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
