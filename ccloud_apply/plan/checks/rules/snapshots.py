"""How many snapshots a server has, at every step of a plan.

That snapshots are taken before changes, and which of them go, belongs to `safety_snapshot.py`; a
server that is only destroyed is its business too.
"""

from collections.abc import Iterator

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.aspects.lib.snapshot_pause import DELETE, SNAPSHOTS, TAKE
from ccloud_apply.model.limits import offer_limit
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Step
from ccloud_apply.plan.checks.lib.base import Check, Finding, Planned, Subject

_FIELD = "snapshots"


def _find_offline(subject: Subject) -> Iterator[Finding]:
    wanted = [name for name, is_there in (subject.spec.value(_FIELD) or {}).items() if is_there]
    most = subject.spec.limits.snapshots
    if len(wanted) > most:
        yield Finding(
            subject=subject,
            field=_FIELD,
            what=f"{len(wanted)} snapshots are named, and a server has at most {most}",
            hint=f"leave {len(wanted) - most} of them out; {offer_limit('snapshots')}",
        )


def _find_too_many(planned: Planned) -> Iterator[Finding]:
    for subject in planned.changed:
        live = subject.live
        if live is not None and SNAPSHOTS not in live.parts:
            continue
        taken: tuple[Snapshot, ...] = () if live is None else live.parts[SNAPSHOTS]
        count = len(taken)
        for step in subject.steps:
            count = _count(step, count)
            if step.operation_id == TAKE and count > subject.spec.limits.snapshots:
                yield _refuse(subject, step, count, taken)
                break


def _count(step: Step, before: int) -> int:
    """How many there are after the step. They go with their server."""
    changes = {TAKE: 1, DELETE: -1, "delete_server": -before}
    return before + changes.get(step.operation_id, 0)


def _refuse(subject: Subject, step: Step, count: int, taken: tuple[Snapshot, ...]) -> Finding:
    is_declared = step.id.startswith(f"{step.server}/{_FIELD}.")
    name = subject.spec.key if subject.live is None else subject.live.name
    names = [clean_text(snapshot.name) or snapshot.id for snapshot in taken]
    there = f"; it has {', '.join(names)}" if names else ""
    hint = "delete one of them; lifecycle.keep lets older ones of snapshot_before go"
    if is_declared:
        hint = f"name one that may go with false, such as {{{names[0]}: false}}" if names else ""
    return Finding(
        subject=subject,
        field=_FIELD if is_declared else "lifecycle.snapshot_before",
        what=f"{step.id} would be snapshot {count} of {name}, and a server has at most"
        f" {subject.spec.limits.snapshots}{there}",
        hint="; ".join(filter(None, (hint, offer_limit("snapshots")))),
    )


MOST = Check(
    code="CCA190",
    title="a server has no more snapshots than the limit, at every step",
    find=_find_too_many,
    find_offline=_find_offline,
)
