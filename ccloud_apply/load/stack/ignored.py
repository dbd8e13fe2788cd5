"""Reads `lifecycle.ignore_changes`: fields, parts of fields, each perhaps with an end and a reason.

What may be written there is in `load/schema/lifecycle.py`.
"""

from datetime import date

from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import quote
from ccloud_apply.load.text.node import Node, to_source
from ccloud_apply.model.declared.ignored import IgnoredChange


def read_ignored(
    node: Node, where: str, collector: DiagnosticCollector
) -> tuple[IgnoredChange, ...]:
    """The entries of a valid list. A day that no calendar has, and an entry that another one
    contradicts, are reported."""
    found: list[IgnoredChange] = []
    for index, item in enumerate(node.value or ()):
        entry = _read_entry(item, f"{where}[{index}]", collector)
        if entry is None:
            continue
        if any(one.name == entry.name and one.until != entry.until for one in found):
            what = f"{quote(entry.name)} is listed twice, with different last days"
            collector.add(
                "bad-value", f"{where}[{index}]", what, item.place, hint="remove one of them"
            )
        found.append(entry)
    return tuple(found)


def _read_entry(item: Node, where: str, collector: DiagnosticCollector) -> IgnoredChange | None:
    until, reason = item.child("until"), item.child("reason")
    name = item.child("field") or item
    field, _, part = str(name.value).partition(".")
    day = None
    if until is not None:
        try:
            day = date.fromisoformat(until.value)
        except ValueError:
            what = f"{quote(until.value)} is not a day of the calendar"
            collector.add("bad-value", f"{where}.until", what, until.place)
            return None
    return IgnoredChange(
        field=field,
        part=part,
        until=day,
        reason="" if reason is None else reason.value.strip(),
        source=to_source(item.place),
    )
