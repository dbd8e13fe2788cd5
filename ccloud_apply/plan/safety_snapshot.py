"""Snapshots that are taken before a change, as a server's `lifecycle.snapshot_before` asks.

One for all changes of a server in a plan. They are known by their names, numbered, so that `keep`
of them stay and no other snapshot is ever deleted. The pause between two snapshots belongs to
`apply/`, for only then is it known how much of it is left.
"""

from collections.abc import Mapping

from ccloud_apply.aspects.base import StepDraft
from ccloud_apply.aspects.lib.snapshot_pause import (
    DELETE,
    SAFETY_NAME,
    SNAPSHOTS,
    TAKE,
)
from ccloud_apply.lazy_dataclass import dataclass, replace
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.limits import SNAPSHOT_BEFORE, offer_limit
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Action, Step
from ccloud_apply.operations import OPERATIONS, operation_path
from ccloud_apply.plan.diff.server_diff import ServerDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetySnapshot:
    """What is taken before a server is changed, and which of the older ones go for it.

    Those of `room` are deleted before, because the server can have no more, those of `surplus`
    once the changes are made. `is_full`: there would still be too many.
    """

    spec: ServerSpec
    live: LiveServer
    name: str
    room: tuple[Snapshot, ...] = ()
    surplus: tuple[Snapshot, ...] = ()
    is_full: bool = False
    is_lost: bool = False


def find_kinds(diff: ServerDiff) -> tuple[str, ...]:
    """The kinds of changes to a live server for which its entry asks for a snapshot before."""
    spec, live = diff.match.spec, diff.match.live
    if spec is None or live is None or not live.hostname or not spec.lifecycle.snapshot_before:
        return ()
    if live.is_building:  # its snapshots are not read; it is waited for and planned again
        return ()
    if diff.action is Action.DESTROY:
        kinds = {"destroy"}
    elif diff.create_body is not None:
        kinds = {"replace"}
    else:
        kinds = {draft.snapshot_kind for draft in diff.drafts}
    return tuple(k for k in SNAPSHOT_BEFORE if k in kinds & spec.lifecycle.snapshot_before)


def plan_snapshot(diff: ServerDiff) -> SafetySnapshot | None:
    """The snapshot that the change of a server asks for. Raises NotRead without its snapshots."""
    kinds = find_kinds(diff)
    if not kinds:
        return None
    live, spec = diff.match.live, diff.match.spec
    assert live is not None
    assert spec is not None
    taken: tuple[Snapshot, ...] = live.part(SNAPSHOTS)
    own = _sort_own(taken)
    number = 1 + max((n for n, _ in own), default=0)
    older = [snapshot for _, snapshot in own]
    keep = spec.lifecycle.keep
    going = older[: max(0, len(older) + 1 - keep)] if keep is not None else []
    needed = max(0, len(taken) + 1 - spec.limits.snapshots)
    is_lost = not {"replace", "destroy"}.isdisjoint(kinds)
    return SafetySnapshot(
        spec=spec,
        live=live,
        name=f"ccloud-apply-{number}-before-{'-'.join(kinds)}",
        room=tuple(going[:needed]),
        surplus=() if is_lost else tuple(going[needed:]),
        is_full=len(going) < needed,
        is_lost=is_lost,
    )


def _sort_own(taken: tuple[Snapshot, ...]) -> list[tuple[int, Snapshot]]:
    """The own ones with their numbers, the oldest first."""
    found = ((SAFETY_NAME.fullmatch((snapshot.name or "").strip()), snapshot) for snapshot in taken)
    own = ((int(match[1]), snapshot) for match, snapshot in found if match is not None)
    return sorted(own, key=lambda numbered: numbered[0])


def add_snapshot(diff: ServerDiff, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The server's steps, with the snapshot before all that it is for.

    Raises NotRead without the server's snapshots.
    """
    wanted = plan_snapshot(diff)
    if wanted is None or not steps:
        return steps
    live = wanted.live
    guarded = _find_guarded(diff, steps)
    first = next(index for index, step in enumerate(steps) if step.id in guarded)
    # An adopted server is the stack's own before anything is done to it.
    owned = (f"{diff.match.key}/tags",) if diff.action is Action.ADOPT else ()
    room = [replace(step, needs=owned) for step in _delete_all(diff, live, wanted.room, first=1)]
    take = _step(diff, live, TAKE, "snapshot", body={"name": wanted.name})
    take = replace(take, needs=(*owned, *(step.id for step in room)))
    after = (
        replace(step, needs=(*step.needs, take.id)) if step.id in guarded else step
        for step in steps[first:]
    )
    going = _delete_all(diff, live, wanted.surplus, first=1 + len(room))
    surplus = (replace(step, needs=(take.id, *sorted(guarded))) for step in going)
    return (*steps[:first], *room, take, *after, *surplus)


def _find_guarded(diff: ServerDiff, steps: tuple[Step, ...]) -> frozenset[str]:
    """What waits for the snapshot: the changes that it is for, and the shutdown before these."""
    kinds = find_kinds(diff)
    drafts = {f"{diff.match.key}/{draft.name}": draft for draft in diff.drafts}
    changes = [s for s in steps if _kind_of(s, drafts.get(s.id), diff) in kinds]
    needed = {need for step in changes for need in step.needs}
    shutdowns = (s.id for s in steps if s.id in needed and s.operation_id == "change_server_state")
    return frozenset([*(step.id for step in changes), *shutdowns])


def _kind_of(step: Step, draft: StepDraft | None, diff: ServerDiff) -> str:
    if step.operation_id == "delete_server":
        return "destroy" if diff.action is Action.DESTROY else "replace"
    return "" if draft is None else draft.snapshot_kind


def _delete_all(
    diff: ServerDiff, live: LiveServer, snapshots: tuple[Snapshot, ...], *, first: int
) -> list[Step]:
    return [
        _step(diff, live, DELETE, f"snapshot.delete-{number}", id=snapshot.id)
        for number, snapshot in enumerate(snapshots, first)
    ]


def _step(
    diff: ServerDiff,
    live: LiveServer,
    operation_id: str,
    name: str,
    *,
    body: Mapping[str, str] | None = None,
    **parameters: str,
) -> Step:
    operation = OPERATIONS[operation_id]
    return Step(
        id=f"{diff.match.key}/{name}",
        server=diff.match.key,
        operation=operation.label,
        operation_id=operation_id,
        method=operation.method,
        path=operation_path(operation_id, hostname=live.hostname or "", **parameters),
        body=body,
    )


def describe_snapshot(diff: ServerDiff) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """What a reviewer must know about it, and what is wrong. Raises NotRead like the others."""
    wanted = plan_snapshot(diff)
    if wanted is None:
        return (), ()
    live, spec = wanted.live, wanted.spec
    # Whether there is room before a change is a check (`rules/snapshots.py`); a destroy has none.
    if wanted.is_full and diff.action is Action.DESTROY:
        count = len(live.part(SNAPSHOTS))
        return (), (
            Diagnostic(
                code="snapshots-full",
                where=f"servers.{spec.key}.lifecycle.snapshot_before",
                what=f"{live.name} has {count} snapshots, so it cannot take another one",
                hint="delete one of them; lifecycle.keep lets older ones of snapshot_before go;"
                f" {offer_limit('snapshots')}",
                source=spec.source,
            ),
        )
    text = f"a snapshot of {live.name} is taken first: {wanted.name}"
    if wanted.is_lost:
        text += "; it goes with the server, and is of no use after that"
    gone = [snapshot.name or "" for snapshot in (*wanted.room, *wanted.surplus)]
    if gone:
        text += f"; deleted, to keep {spec.lifecycle.keep}: {', '.join(gone)}"
    return (text,), ()
