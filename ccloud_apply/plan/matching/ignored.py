"""Ignored changes on a day: those that have ended are taken out, and told. Pure: the day is given.

What an ignored field or part means for a comparison belongs to the field's aspect.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from ccloud_apply.model.declared.ignored import IgnoredChange, IgnoredField
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.text import count_of

WARN_BEFORE = timedelta(days=7)
"""How long before the last day a plan begins to warn."""


def settle_ignored(stack: Stack, day: date) -> Stack:
    """The stack as it counts on that day (UTC): without ignored changes that have ended."""
    servers = tuple(settle_server(spec, day) for spec in stack.servers)
    is_same = all(new is old for new, old in zip(servers, stack.servers, strict=True))
    return stack if is_same else replace(stack, servers=servers)


def settle_server(spec: ServerSpec, day: date) -> ServerSpec:
    """One server as it counts on that day."""
    lifecycle = spec.lifecycle
    counting = tuple(one for one in lifecycle.ignore_changes if one.counts_on(day))
    if len(counting) == len(lifecycle.ignore_changes):
        return spec
    return replace(spec, lifecycle=replace(lifecycle, ignore_changes=counting))


def find_ignored(spec: ServerSpec) -> Iterator[IgnoredField]:
    """What is ignored of a server for a time or for a reason; what is ignored for good, and without
    a word, needs none."""
    for one in spec.lifecycle.ignore_changes:
        if one.until is not None or one.reason:
            yield IgnoredField(key=spec.key, field=one.name, until=one.until, reason=one.reason)


def warn_ignored(specs: Iterable[ServerSpec], day: date) -> Iterator[Diagnostic]:
    """A warning for each ignored change that has ended, or that ends within a week. `specs` are
    those of the file, before `settle_ignored`; servers that share an entry have one warning."""
    told: set[tuple[SourceRange | None, str]] = set()
    for spec in specs:
        lasting = {one.name for one in spec.lifecycle.ignore_changes if one.until is None}
        for one in spec.lifecycle.ignore_changes:
            if one.until is None or one.name in lasting or one.field in lasting:
                continue
            found = _warn_of_end(spec, one, one.until, day)
            entry = (one.source, one.name)
            if found is not None and (one.source is None or entry not in told):
                told.add(entry)
                yield found


def _warn_of_end(spec: ServerSpec, one: IgnoredChange, until: date, day: date) -> Diagnostic | None:
    if until - day > WARN_BEFORE:
        return None
    if day > until:
        what = f"changes of {one.name} were ignored until {until}, and are compared again"
        hint = "remove the entry, or give it a later day"
    else:
        what = f"changes of {one.name} are ignored until {until}, {_tell_left(until - day)}"
        hint = "write into the file what is live, or give the entry a later day"
    return Diagnostic(
        code="ignore-ends",
        where=f"servers.{spec.base_key}.lifecycle.ignore_changes",
        what=what,
        hint=hint,
        severity=Severity.WARNING,
        source=one.source or spec.source,
    )


def _tell_left(left: timedelta) -> str:
    return f"which is {count_of(left.days, 'day')} from now" if left.days else "which is today"
