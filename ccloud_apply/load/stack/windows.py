"""Reads `policy.windows` and `policy.freeze`, valid against the schema: days, times and zones.

What may be written there is in `load/schema/window_schema.py`; when one is open, in
`plan/windows/`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ccloud_apply.aspects.lib.told_time import find_zone
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import quote
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.classes import CLASSES
from ccloud_apply.model.declared.windows import (
    DAY_MINUTES,
    DAY_NAMES,
    EVERY_DAY,
    Freeze,
    Window,
    spell_minutes,
)

_UTC = "UTC"
_ZONE_HINT = "name one of the IANA time zones, such as Europe/Berlin or UTC"


def read_windows(
    node: Node | None, where: str, collector: DiagnosticCollector
) -> tuple[Window, ...]:
    """The windows of one policy. Reports a zone that does not exist, and times that do not go
    together; `where` is the path to the policy."""
    found = (
        _read_window(item, f"{where}.windows[{index}]", collector)
        for index, item in enumerate(_items(node))
    )
    return tuple(window for window in found if window is not None)


def read_freezes(
    node: Node | None, where: str, collector: DiagnosticCollector
) -> tuple[Freeze, ...]:
    """The freezes of one policy. Reports a zone or a day that does not exist, and days in the wrong
    order."""
    found = (
        _read_freeze(item, f"{where}.freeze[{index}]", collector)
        for index, item in enumerate(_items(node))
    )
    return tuple(freeze for freeze in found if freeze is not None)


def spell_window(window: Window) -> Mapping[str, Any]:
    """The window as a file has it, without what it need not say."""
    spelled: dict[str, Any] = _spell_classes(window.classes)
    if window.days != EVERY_DAY:
        spelled["days"] = tuple(DAY_NAMES[day] for day in sorted(window.days))
    if (window.opens, window.closes) != (0, DAY_MINUTES):
        spelled |= {"from": spell_minutes(window.opens), "to": spell_minutes(window.closes)}
    return spelled | _spell_zone(window.zone)


def spell_freeze(freeze: Freeze) -> Mapping[str, Any]:
    """The freeze as a file has it, without what it need not say."""
    spelled: dict[str, Any] = {"from": freeze.first.isoformat()}
    if freeze.last is not None:
        spelled["until"] = freeze.last.isoformat()
    spelled |= _spell_classes(freeze.classes) | _spell_zone(freeze.zone)
    return spelled | ({"reason": freeze.reason} if freeze.reason else {})


def _spell_classes(classes: frozenset[str]) -> dict[str, Any]:
    return {"for": tuple(name for name in CLASSES if name in classes)} if classes else {}


def _spell_zone(zone: str) -> dict[str, Any]:
    return {} if zone == _UTC else {"zone": zone}


def _items(node: Node | None) -> Iterable[Node]:
    return () if node is None else node.value or ()


def _read_window(item: Node, where: str, collector: DiagnosticCollector) -> Window | None:
    opens, closes = item.child("from"), item.child("to")
    zone = _read_zone(item, where, collector)
    if (opens is None) != (closes is None):
        missing, example = ("to", "24:00") if closes is None else ("from", "00:00")
        what = f'"{missing}" is missing: a window that does not last the whole day has both'
        hint = f'add {missing}, such as {missing}: "{example}"'
        collector.add("missing-key", where, what, item.place, hint=hint)
        return None
    if opens is not None and closes is not None and opens.value == closes.value:
        what = f"it closes at {closes.value}, when it opens"
        hint = 'for the whole day, leave out from and to, or write from: "00:00" and to: "24:00"'
        collector.add("bad-value", f"{where}.to", what, closes.place, hint=hint)
        return None
    days = item.child("days")
    return Window(
        classes=_read_classes(item),
        days=EVERY_DAY if days is None else frozenset(DAY_NAMES.index(d.value) for d in days.value),
        opens=0 if opens is None else _read_minutes(opens),
        closes=DAY_MINUTES if closes is None else _read_minutes(closes),
        zone=zone,
        source=item.place,
    )


def _read_freeze(item: Node, where: str, collector: DiagnosticCollector) -> Freeze | None:
    zone = _read_zone(item, where, collector)
    first = _read_day(item, "from", where, collector)
    last, until = _read_day(item, "until", where, collector), item.child("until")
    if first is None or (until is not None and last is None):
        return None
    if until is not None and last is not None and last < first:
        what = f"the last day is {last}, before the first one, {first}"
        collector.add("bad-value", f"{where}.until", what, until.place, hint="exchange the two")
        return None
    reason = item.child("reason")
    return Freeze(
        first=first,
        last=last,
        classes=_read_classes(item),
        zone=zone,
        reason="" if reason is None else reason.value.strip(),
        source=item.place,
    )


def _read_classes(item: Node) -> frozenset[str]:
    named = item.child("for")
    return frozenset() if named is None else frozenset(one.value for one in named.value)


def _read_minutes(time: Node) -> int:
    hour, _, minute = time.value.partition(":")
    return int(hour) * 60 + int(minute)


def _read_day(item: Node, name: str, where: str, collector: DiagnosticCollector) -> date | None:
    day = item.child(name)
    if day is None:
        return None
    try:
        return date.fromisoformat(day.value)
    except ValueError:
        what = f"{quote(day.value)} is not a day of the calendar"
        collector.add("bad-value", f"{where}.{name}", what, day.place)
        return None


def _read_zone(item: Node, where: str, collector: DiagnosticCollector) -> str:
    zone = item.child("zone")
    if zone is None:
        return _UTC
    try:
        find_zone(zone.value)
    except ValueError:
        what = f"{quote(zone.value)} is not a time zone"
        collector.add("bad-value", f"{where}.zone", what, zone.place, hint=_ZONE_HINT)
    return str(zone.value)
