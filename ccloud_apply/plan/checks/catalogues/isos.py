"""ISO images that are to be mounted. Only a server tells which it can mount.

A server that is not there yet can most likely mount what another server of the account can.
"""

from collections.abc import Iterator

from ccloud_apply.aspects.lib.drives import ISOS
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.catalog import Iso
from ccloud_apply.plan.checks.lib.base import (
    Check,
    Finding,
    Planned,
    Subject,
    judge_absence,
    suggest,
)

_MOUNTS = frozenset({"add_server_dvd", "update_server_dvd"})


def _find_unknown(planned: Planned) -> Iterator[Finding]:
    for subject in planned.changed:
        wanted = [step.body["name"] for step in subject.steps if step.operation_id in _MOUNTS]
        isos = _find_isos(subject, planned.account) if wanted else ()
        known = {iso.name.casefold() for iso in isos}
        declared = list(subject.spec.value("dvds") or ())
        for name in wanted:
            if not known or name.casefold() in known or name not in declared:
                continue
            is_sure = not subject.is_created
            yield Finding(
                subject=subject,
                field="dvds",
                path=(declared.index(name),),
                what=f"there is no ISO image {name}"
                if is_sure
                else f"no other server of this account can mount an ISO image {name}",
                hint=suggest(name, (iso.name for iso in isos), what="ISO images"),
                severity=judge_absence(isos) if is_sure else Severity.WARNING,
            )


def _find_isos(subject: Subject, account: Account) -> tuple[Iso, ...]:
    if subject.is_created:
        return tuple(iso for isos in account.isos.values() for iso in isos)
    live = subject.live
    if live is None:
        return ()
    read: tuple[Iso, ...] = live.parts.get(ISOS, ())
    return read or account.isos.get(live.hostname or "", ())


UNKNOWN = Check(
    code="CCA180",
    title="the ISO image is known",
    find=_find_unknown,
    reads=frozenset({ISOS}),
)
