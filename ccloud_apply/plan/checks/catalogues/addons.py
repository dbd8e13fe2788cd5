"""Addons that are ordered, raised or given up."""

from collections.abc import Iterable, Iterator

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.catalog import Addon
from ccloud_apply.plan.checks.lib.base import (
    Check,
    Finding,
    Planned,
    Subject,
    find_image,
    judge_absence,
    suggest,
)
from ccloud_apply.plan.checks.lib.systems import Support, System, judge_support, read_system

MONITORING = "monitoring"
"""The one addon that the API document itself names for servers; catalogues may leave it out."""

_READS = frozenset({"list_addons"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AddonChange:
    """How many of an addon a server has before and after the plan."""

    subject: Subject
    name: str
    before: int
    after: int


def find_changes(subjects: Iterable[Subject]) -> Iterator[AddonChange]:
    """Every addon that a plan orders, changes or gives up; all of them for a new server."""
    for subject in subjects:
        if subject.is_created:
            for name, count in (subject.spec.value("addons") or {}).items():
                yield AddonChange(subject=subject, name=name, before=0, after=count)
            continue
        for change in () if subject.diff is None else subject.diff.changes:
            field, _, name = change.field.partition(".")
            if field == "addons":
                before, after = change.before or 0, change.after or 0
                yield AddonChange(subject=subject, name=name, before=before, after=after)


def _by_name(account: Account) -> dict[str, Addon]:
    return {addon.name: addon for addon in account.addons or ()}


def _find_unknown(planned: Planned) -> Iterator[Finding]:
    known = _by_name(planned.account)
    gpus = [gpu.addon for gpu in planned.account.gpus or () if gpu.addon]
    for change in find_changes(planned.changed) if known else ():
        if change.after and change.name not in {*known, *gpus, MONITORING}:
            addable = [name for name, addon in known.items() if addon.is_addable is not False]
            yield Finding(
                subject=change.subject,
                field="addons",
                path=(change.name,),
                what=f"there is no addon {change.name}",
                hint=suggest(change.name, [*addable, *gpus], what="addons"),
                severity=judge_absence(known),
            )


def _find_not_addable(planned: Planned) -> Iterator[Finding]:
    known = _by_name(planned.account)
    addable = [name for name, addon in known.items() if addon.is_addable is not False]
    for change in find_changes(planned.changed) if known else ():
        addon = known.get(change.name)
        if addon is None or addon.is_addable is not False or change.after <= change.before:
            continue
        is_new = change.before == 0
        yield Finding(
            subject=change.subject,
            field="addons",
            path=(change.name,),
            what=f"the addon {change.name} can no longer be ordered"
            if is_new
            else f"the addon {change.name} can no longer be ordered, and more of it may be refused",
            hint=suggest(change.name, addable, what="addons that can be ordered")
            if is_new
            else f"leave it at {change.before}",
            severity=Severity.ERROR if is_new else Severity.WARNING,
        )


def _find_not_deletable(planned: Planned) -> Iterator[Finding]:
    known = _by_name(planned.account)
    for change in find_changes(planned.changed) if known else ():
        addon = known.get(change.name)
        if addon is not None and addon.is_deletable is False and not change.after:
            yield Finding(
                subject=change.subject,
                field="addons",
                what=f"the addon {change.name} cannot be given up",
                hint=f"write {change.name}: {change.before} under addons, or leave addons out",
            )


def _find_other_systems(planned: Planned) -> Iterator[Finding]:
    known = _by_name(planned.account)
    for change in find_changes(planned.changed) if known else ():
        addon = known.get(change.name)
        if addon is None or change.after <= change.before:
            continue
        system = _read_system(change.subject, planned.account)
        support = judge_support(addon.supported_os, system, planned.account.images or ())
        if support is Support.YES:
            continue
        names = ", ".join(addon.supported_os[:8])
        is_sure = support is Support.NO
        verb = "is not" if is_sure else "may not be"
        yield Finding(
            subject=change.subject,
            field="addons",
            path=(change.name,),
            what=f"the addon {change.name} {verb} available for {_name_system(change.subject)}",
            hint=f"it supports {names}",
            severity=Severity.ERROR if is_sure else Severity.WARNING,
        )


def _read_system(subject: Subject, account: Account) -> System:
    """The system that the server has, or gets."""
    if subject.is_created or subject.is_reinstalled:
        return read_system(find_image(subject, account), None, ())
    os_name = None if subject.live is None else subject.live.os_name
    return read_system(None, os_name, account.images or ())


def _name_system(subject: Subject) -> str:
    if subject.is_created or subject.is_reinstalled or subject.live is None:
        return str(subject.spec.value("image"))
    return subject.live.os_name or subject.live.ostype or subject.live.name


def _find_monitoring_offline(subject: Subject) -> Iterator[Finding]:
    if subject.spec.value("type") == "managed" and MONITORING in (
        subject.spec.value("addons") or {}
    ):
        yield _monitoring(subject)


def _find_monitoring(planned: Planned) -> Iterator[Finding]:
    for change in find_changes(planned.changed):
        live = change.subject.live
        kind = live.type if live is not None and not change.subject.is_created else None
        kind = kind or change.subject.spec.value("type")
        if change.name == MONITORING and change.after > change.before and kind == "managed":
            yield _monitoring(change.subject)


def _monitoring(subject: Subject) -> Finding:
    return Finding(
        subject=subject,
        field="addons",
        path=(MONITORING,),
        what="a managed server cannot have the addon monitoring",
        hint="leave the addon out, or set type: unmanaged",
    )


UNKNOWN = Check(
    code="CCA110", title="the addon is known", find=_find_unknown, use="addons", reads=_READS
)
ADDABLE = Check(
    code="CCA111",
    title="the addon can be ordered",
    find=_find_not_addable,
    use="addons",
    reads=_READS,
)
DELETABLE = Check(
    code="CCA112",
    title="an addon that goes can be given up",
    find=_find_not_deletable,
    use="addons",
    reads=_READS,
)
SYSTEM = Check(
    code="CCA113",
    title="the addon is for the server's system",
    find=_find_other_systems,
    use="addons",
    reads=_READS,
)
MANAGED = Check(
    code="CCA114",
    title="a managed server has no addon `monitoring`",
    find=_find_monitoring,
    find_offline=_find_monitoring_offline,
)
