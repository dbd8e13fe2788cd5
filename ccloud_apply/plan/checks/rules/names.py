"""Custom names that two servers would have. The platform allows it, so it is a warning.

A name that a server of nobody's stack has is an error of its own, `custom-name-taken`: that server
is most likely the one that is meant.
"""

from collections.abc import Iterator

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.plan.checks.lib.base import Check, Finding, Planned, Subject
from ccloud_apply.plan.matching.match import custom_name_at_create

_FIELD = "custom_name"


def _find_twice(planned: Planned) -> Iterator[Finding]:
    named = {
        subject.live.id
        for subject in planned.changed
        if subject.live is not None and _new_name(subject) is not None
    }
    taken = {
        name: server.name
        for server in planned.account.servers
        if server.id not in named
        and read_ownership(server.tags).stacks
        and (name := clean_text(server.custom_name))
    }
    for subject in planned.changed:
        name = _new_name(subject)
        if name is None:
            continue
        other = taken.setdefault(name, subject.spec.key)
        if other != subject.spec.key:
            yield Finding(
                subject=subject,
                field=_FIELD,
                what=f"{other} also has the custom name {name}",
                hint='names are told apart by "${key}" or "${index}" in them',
                severity=Severity.WARNING,
            )


def _new_name(subject: Subject) -> str | None:
    """The custom name that a plan gives a server, if it gives it any."""
    if subject.is_created:
        return clean_text(custom_name_at_create(subject.stack, subject.spec))
    changes = () if subject.diff is None else subject.diff.changes
    return next((clean_text(c.after) for c in changes if c.field == _FIELD), None)


TWICE = Check(code="CCA160", title="no two servers have one custom name", find=_find_twice)
