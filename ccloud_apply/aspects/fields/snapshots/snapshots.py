"""Manual snapshots by name: those that are to be there, and those that are to be gone.

A snapshot says nothing about who took it, so only one that the file names is ever touched: a name
that is taken out of the file leaves its snapshot where it is. All of one name count as one.
Deleting one is a destructive step and no destructive change: a way back is lost, and no data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ccloud_apply.aspects.base import (
    EQUAL,
    NO_CATALOGUES,
    Aspect,
    Catalogues,
    Comparison,
    Difference,
    Problem,
    StepDraft,
    clean_text,
)
from ccloud_apply.aspects.effects import Effect, Facts, Planned, Sent, changed_since_plan
from ccloud_apply.aspects.lib.snapshot_pause import (
    DELETE,
    DELETE_PACING,
    SNAPSHOTS,
    TAKE,
    TAKE_PACING,
)
from ccloud_apply.aspects.undo import REVERSIBLE, Undo, irreversible
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import FieldChange, ValueKind

OWN_PREFIX = "ccloud-apply-"
"""How the snapshots of `lifecycle.snapshot_before` begin, which `lifecycle.keep` lets go."""

_NAME: Mapping[str, Any] = {
    "type": "string",
    "pattern": r"^\S(.{0,98}\S)?$",
    "errorMessage": "must be a snapshot's name of 1 to 100 characters on one line",
}


class Snapshots(Aspect):
    """`create_server_snapshot` and `delete_server_snapshot`, one request for each snapshot."""

    field = "snapshots"
    order = 20
    kind = ValueKind.TAGS
    file_order = 71
    merge = "deep"
    schema = {
        "description": "Manual snapshots by name: a list of those that must exist, or a mapping"
        " from name to true (must exist) or false (is deleted). Other snapshots are left alone.",
        "examples": [["before-upgrade"], {"before-upgrade": True, "old": False}],
        "anyOf": [
            {"type": "array", "items": _NAME, "uniqueItems": True},
            {
                "type": "object",
                "propertyNames": _NAME,
                "additionalProperties": {
                    "type": "boolean",
                    "description": "true: the snapshot must exist. false: it is deleted.",
                },
            },
            {"type": "null"},
        ],
    }

    def live_reads(self, live: LiveServer) -> frozenset[str]:
        return frozenset({SNAPSHOTS})

    def server_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        return frozenset({SNAPSHOTS}) if spec.value(self.field) else frozenset()

    def normalise(self, value: Any, base: str) -> Mapping[str, bool]:
        if isinstance(value, Mapping):
            return dict(value)
        return dict.fromkeys(value or (), True)

    def check(self, value: Any, spec: ServerSpec) -> tuple[Problem, ...]:
        return tuple(
            Problem(
                code="reserved-snapshot",
                what=f"{name} begins as the snapshots of lifecycle.snapshot_before do",
                hint="choose another name",
            )
            for name in value
            if name.startswith(OWN_PREFIX)
        )

    def show(self, value: Any) -> Any:
        return [name for name, is_there in value.items() if is_there]

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        return tuple(build_take(name) for name in self.show(value))

    def read_live(
        self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES
    ) -> Mapping[str, bool]:
        """Every name that is there; snapshots without a name cannot be declared."""
        names = (clean_text(snapshot.name) for snapshot in live.part(SNAPSHOTS))
        return {name: True for name in names if name is not None}

    def export(self, live: LiveServer, catalogues: Catalogues) -> Any:
        """The names without those that ccloud-apply takes, which come and go by themselves."""
        return [name for name in self.read_live(live) if not name.startswith(OWN_PREFIX)]

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        taken: tuple[Snapshot, ...] = live.parts.get(SNAPSHOTS, ())
        return {self.field: [asdict(snapshot) for snapshot in taken]}

    def judge_undo(self, change: FieldChange) -> Undo:
        """A snapshot that was taken can be deleted; another one of the name has other contents."""
        is_gone = not set(change.before or ()) <= set(change.after or ())
        return irreversible("a deleted snapshot does not come back") if is_gone else REVERSIBLE

    def compare(self, comparison: Comparison) -> Difference:
        declared: Mapping[str, bool] = comparison.spec.value(self.field)
        if not declared:
            return EQUAL
        live: tuple[Snapshot, ...] = comparison.live.part(SNAPSHOTS)
        there = self.read_live(comparison.live)
        taken = [name for name, wish in declared.items() if wish and name not in there]
        gone = [s for s in live if declared.get(clean_text(s.name) or "") is False]
        if not taken and not gone:
            return EQUAL
        before = [name for name in declared if name in there]
        change = FieldChange(
            field=self.field, before=before, after=self.show(declared), kind=self.kind
        )
        return Difference(
            changes=(change,),
            drafts=(*(_delete(s) for s in gone), *(build_take(name) for name in taken)),
            warnings=_warn(comparison, taken, gone),
        )


def build_take(name: str) -> StepDraft:
    """The request that takes a snapshot of this name."""
    return StepDraft(
        name=f"snapshots.{name}",
        operation_id=TAKE,
        body={"name": name},
        label=f"take snapshot {name}",
    )


def _delete(snapshot: Snapshot) -> StepDraft:
    return StepDraft(
        name=f"snapshots.{snapshot.id}",
        operation_id=DELETE,
        parameters={"id": snapshot.id},
        label=f"delete snapshot {clean_text(snapshot.name)}",
        is_destructive=True,
    )


def _warn(
    comparison: Comparison, taken: Sequence[str], gone: Sequence[Snapshot]
) -> tuple[str, ...]:
    server, pause_s = comparison.live, comparison.spec.limits.snapshot_pause_s
    warnings = []
    if gone:
        names = ", ".join(f"{clean_text(s.name)} ({s.created_at or 'undated'})" for s in gone)
        warnings.append(f"snapshots of {server.name} are deleted: {names}")
    if len(taken) > 1 and pause_s:
        minutes = (len(taken) - 1) * pause_s / 60
        warnings.append(
            f"{len(taken)} snapshots take {minutes:g} minutes at least: the platform takes one"
            f" every {pause_s / 60:g} minutes"
        )
    return tuple(warnings)


_READS = frozenset({SNAPSHOTS})


def _is_take_due(_planned: Planned, facts: Facts, sent: Sent) -> bool:
    return all(clean_text(snapshot.name) != sent.body["name"] for snapshot in facts.part(SNAPSHOTS))


def _is_deletion_due(planned: Planned, facts: Facts, sent: Sent) -> bool:
    """The snapshot has the name that the plan saw, or is gone already."""
    assert planned.server is not None
    now = {snapshot.id: snapshot.name for snapshot in facts.part(SNAPSHOTS)}
    before = {snapshot.id: snapshot.name for snapshot in planned.server.part(SNAPSHOTS)}
    if sent.target not in now:
        return False
    if now[sent.target] != before.get(sent.target):
        raise changed_since_plan(f"snapshot {sent.target} is called {now[sent.target]}")
    return True


def _note_snapshots(_planned: Planned, facts: Facts, _sent: Sent) -> Mapping[str, Any]:
    return {"snapshots": [snapshot.id for snapshot in facts.part(SNAPSHOTS)]}


def _has_new_snapshot(facts: Facts, sent: Sent) -> bool:
    before, name = set(sent.baseline.get("snapshots", ())), sent.baseline.get("name")
    return any(
        snapshot.id not in before and clean_text(snapshot.name) == name
        for snapshot in facts.part(SNAPSHOTS)
    )


def _has_lost_snapshot(facts: Facts, sent: Sent) -> bool:
    return sent.target not in {snapshot.id for snapshot in facts.part(SNAPSHOTS)}


EFFECTS = (
    Effect(
        operation_id=TAKE,
        reads_to_check=_READS,
        is_due=_is_take_due,
        reads_to_note=_READS,
        baseline=_note_snapshots,
        of_body=("name",),
        reads=_READS,
        has_happened=_has_new_snapshot,
        pacing=TAKE_PACING,
    ),
    Effect(
        operation_id=DELETE,
        reads_to_check=_READS,
        is_due=_is_deletion_due,
        reads=_READS,
        has_happened=_has_lost_snapshot,
        pacing=DELETE_PACING,
    ),
)
