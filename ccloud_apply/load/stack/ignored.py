"""Reads `lifecycle.ignore_changes`: fields, parts of fields, each perhaps with an end and a reason.

What may be written there is in `load/schema/lifecycle.py`.
"""

from collections.abc import Callable
from datetime import date

from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import quote
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.declared.ignored import IgnoredChange


def read_ignored(
    node: Node, where: Callable[[], str], collector: DiagnosticCollector
) -> tuple[IgnoredChange, ...]:
    """The entries of a valid list; `where` spells the path to it, once that is to be told.

    A day that no calendar has, and an entry that another one contradicts, are reported.
    """
    found: list[IgnoredChange] = []
    ends: dict[str, date | None] = {}
    for index, item in enumerate(node.value or ()):
        until = item.child("until")
        day = None if until is None else _read_day(until)
        if until is not None and day is None:
            what = f"{quote(until.value)} is not a day of the calendar"
            collector.add("bad-value", f"{where()}[{index}].until", what, until.place)
            continue
        entry = _read_entry(item, day)
        if ends.setdefault(entry.name, day) != day:
            what = f"{quote(entry.name)} is listed twice, with different last days"
            hint = "remove one of them"
            collector.add("bad-value", f"{where()}[{index}]", what, item.place, hint=hint)
        found.append(entry)
    return tuple(found)


def _read_day(until: Node) -> date | None:
    try:
        return date.fromisoformat(until.value)
    except ValueError:
        return None


def _read_entry(item: Node, until: date | None) -> IgnoredChange:
    name, reason = item.child("field") or item, item.child("reason")
    field, _, part = str(name.value).partition(".")
    return IgnoredChange(
        field=field,
        part=part,
        until=until,
        reason="" if reason is None else reason.value.strip(),
        source=item.place,
    )
