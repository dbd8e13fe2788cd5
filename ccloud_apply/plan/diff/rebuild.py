"""A changed field that is only set at create: another server, or another image on the same one."""

from typing import Any

from ccloud_apply.aspects.base import (
    Difference,
    StepDraft,
)
from ccloud_apply.aspects.fields.hardware.power import OFF, build_power_draft, is_off
from ccloud_apply.aspects.fields.snapshots.snapshots import build_take
from ccloud_apply.aspects.lib.snapshot_pause import TAKE
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.results.plan import Action, FieldChange
from ccloud_apply.model.text import count_of
from ccloud_apply.plan.diff.compare import build_catalogues
from ccloud_apply.plan.diff.create import build_create_body, create_drafts, describe
from ccloud_apply.plan.diff.diagnostics import bound_error, check_complete
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.diff.shared import Shared
from ccloud_apply.plan.diff.translate import translate_names
from ccloud_apply.plan.matching.match import Match


def count_snapshots(live: LiveServer) -> tuple[str, ...]:
    """A server's snapshots are deleted with it; a server being built was not asked for them."""
    count = len(live.parts.get("list_server_snapshots", ()))
    if not count:
        return ()
    return (f"{count_of(count, 'snapshot')} of {live.name} go with it",)


def redeploy(spec: ServerSpec, live: LiveServer) -> Difference:
    """Another image on the same server: its system disk is wiped, everything else stays."""
    body = {name: spec.value(name) for name, a in sorted(ASPECTS.items()) if a.is_in_redeploy}
    draft = StepDraft(
        name="redeploy",
        operation_id="redeploy_server",
        body={name: _given(value) for name, value in body.items() if value is not None},
        causes_downtime=not is_off(live),
        is_destructive=True,
        snapshot_kind="redeploy",
    )
    warnings = [f"data loss: the contents of the system disk of {live.name}"]
    lost = [name for name, a in ASPECTS.items() if a.is_lost_by_redeploy and spec.value(name)]
    if lost:
        warnings.append(f"a redeploy has no {' and no '.join(lost)}: they are not made again")
    after = (*_settle_power(spec), *_take_snapshots(spec))
    return Difference(drafts=(draft, *after), warnings=tuple(warnings))


def _given(value: Any) -> Any:
    """A password that was made at create stays the server's own: it is read from its file."""
    if isinstance(value, Reference) and value.kind == "generate":
        return replace(value, kind="file")
    return value


def without_takes(difference: Difference) -> Difference:
    """The same without the snapshots that it takes: a redeploy would take them away again."""
    drafts = tuple(draft for draft in difference.drafts if draft.operation_id != TAKE)
    return replace(difference, drafts=drafts)


def _take_snapshots(spec: ServerSpec) -> tuple[StepDraft, ...]:
    """The declared snapshots, which do not outlive the system that they were taken of. One that is
    there all the same is found right before its request, and not taken."""
    name = "snapshots"
    if not spec.declares(name) or name in spec.lifecycle.ignored_fields:
        return ()
    wanted = (wish for wish, is_there in spec.value(name).items() if is_there)
    return tuple(replace(build_take(wish), needs=("redeploy",)) for wish in wanted)


def _settle_power(spec: ServerSpec) -> tuple[StepDraft, ...]:
    """Whether a server that was reinstalled runs shows only then."""
    if not spec.declares("power") or "power" in spec.lifecycle.ignored_fields:
        return ()
    power = spec.value("power")
    draft = build_power_draft(power, name=f"power.{power}")
    state = "Off" if power == OFF else "Running"
    # The redeploy is the downtime: what follows it only ends as the file says.
    draft = replace(draft, causes_downtime=False)
    return (replace(draft, needs=("redeploy",), at_apply={"state": state}),)


def diff_replace(
    stack: Stack,
    match: Match,
    spec: ServerSpec,
    account: Account,
    changes: tuple[FieldChange, ...],
    warnings: tuple[str, ...],
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    """Destroy and create. What stood in the way of an update (a shrinking disk) no longer does."""
    assert match.live is not None
    shared = Shared(build_catalogues(account))
    translated = translate_names(spec, shared.catalogues)
    spec = translated.spec
    diagnostics = (*check_complete(spec), *translated.diagnostics)
    if spec.hostname is not None:
        diagnostics += (bound_error(spec, match.live),)
    lost = f"data loss: {match.live.name} is destroyed with all its disks and snapshots"
    diff = ServerDiff(
        match=replace(match, spec=spec),
        action=Action.REPLACE,
        changes=_merge_changes(changes, translated.add_notes(describe(spec, shared))),
        drafts=create_drafts(spec, account),
        create_body=build_create_body(stack, spec),
        warnings=(*warnings, lost, *count_snapshots(match.live)),
    )
    return diff, diagnostics


def _merge_changes(
    changes: tuple[FieldChange, ...], described: tuple[FieldChange, ...]
) -> tuple[FieldChange, ...]:
    """What differs, and what is set again although nothing can be compared with it: with the ids
    that names stand for."""
    named = {change.field for change in changes}
    noted = {change.field: change for change in described if change.note}
    again = (c for c in described if (c.is_sensitive or c.note) and c.field not in named)
    return (*(noted.get(change.field, change) for change in changes), *again)
