"""One matched pair to what happens to it: action, changes and the drafts of its steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ccloud_apply.aspects.base import (
    EQUAL,
    Aspect,
    Catalogues,
    Comparison,
    Difference,
    Problem,
    StepDraft,
)
from ccloud_apply.aspects.fields.hardware.power import OFF, build_power_draft
from ccloud_apply.aspects.fields.naming.tags import build_tags_draft
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.ownership import (
    PREVENT_DESTROY,
    build_ownership_tags,
    is_ownership_tag,
)
from ccloud_apply.model.results.plan import Action, FieldChange
from ccloud_apply.model.text import count_of
from ccloud_apply.plan.kinds import with_kinds
from ccloud_apply.plan.matching.match import Match, custom_name_at_create

POOLS = "list_pools"
"""The catalogue that tells a pool by another name from another pool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerDiff:
    """What happens to one server, before its steps are put in order.

    `create_body` is set for create and replace; `drafts` follow it, or stand alone in an update.
    `unknown` are the declared fields whose live value cannot be compared, and why, which `warnings`
    say too. `unplanned` are those that differ without any change that could be planned, and why.
    """

    match: Match
    action: Action
    changes: tuple[FieldChange, ...] = ()
    drafts: tuple[StepDraft, ...] = ()
    create_body: Mapping[str, object] | None = None
    warnings: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)
    unplanned: Mapping[str, str] = field(default_factory=dict)
    is_busy: bool = False


def diff_server(
    stack: Stack, match: Match, account: Account
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    """What one match means. Errors leave its changes incomplete."""
    diff, diagnostics = _diff_server(stack, match, account)
    return replace(diff, changes=with_kinds(diff.changes)), diagnostics


def _diff_server(
    stack: Stack, match: Match, account: Account
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    nameless = check_hostname(stack, match)
    if nameless:
        return ServerDiff(match=match, action=Action.UNCHANGED), nameless
    if match.spec is None:
        return diff_unwanted(match), ()
    if match.live is None:
        return _diff_create(stack, match, match.spec, account)
    if match.live.is_building:
        what = f"{match.live.name} is being built; its differences are known once that is done"
        return (
            ServerDiff(match=match, action=Action.UNCHANGED, warnings=(what,), is_busy=True),
            (),
        )
    return _diff_live(stack, match, match.spec, match.live, account)


def check_hostname(stack: Stack, match: Match) -> tuple[Diagnostic, ...]:
    """An error for a live server without a hostname that nobody is building: a half-made one."""
    live = match.live
    if live is None or live.hostname is not None or live.is_building:
        return ()
    return (
        Diagnostic(
            code="no-hostname",
            where=f"servers.{match.key}",
            what=f"{live.name} carries stack:{stack.name} and server:{match.key} and has no"
            " hostname, so nothing can be done to it",
            hint="its build has failed, most likely: look at it in the panel and remove it there",
            source=stack.source if match.spec is None else match.spec.source,
        ),
    )


def diff_unwanted(match: Match) -> ServerDiff:
    """A server that the stack gives up: given back where the file releases it, else destroyed."""
    live = match.live
    assert live is not None
    if match.is_released:
        before = sorted(live.tags)
        after = [tag for tag in before if not is_ownership_tag(tag)]
        return ServerDiff(
            match=match,
            action=Action.UPDATE,
            changes=(FieldChange(field="tags", before=before, after=after),),
            # One that is being built may have no hostname yet: apply waits for it and plans again.
            drafts=(build_tags_draft(after, label="release"),) if live.hostname else (),
            is_busy=live.is_building,
        )
    return diff_destroy(match)


def diff_destroy(match: Match) -> ServerDiff:
    """The end of a server, with what goes with it."""
    live = match.live
    assert live is not None
    return ServerDiff(
        match=match,
        action=Action.DESTROY,
        warnings=_count_snapshots(live),
        is_busy=live.is_building,
    )


def _count_snapshots(live: LiveServer) -> tuple[str, ...]:
    """A server's snapshots are deleted with it; a server being built was not asked for them."""
    count = len(live.parts.get("list_server_snapshots", ()))
    if not count:
        return ()
    return (f"{count_of(count, 'snapshot')} of {live.name} go with it",)


def _diff_create(
    stack: Stack, match: Match, spec: ServerSpec, account: Account
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    warnings: tuple[str, ...] = ()
    if match.deleting is not None:
        warnings = (f"{match.deleting.name}, which has the same identity, is still being deleted",)
    diff = ServerDiff(
        match=match,
        action=Action.CREATE,
        changes=_describe(spec),
        drafts=_create_drafts(spec, account),
        create_body=_build_create_body(stack, spec),
        warnings=warnings,
        is_busy=match.deleting is not None,
    )
    return diff, _check_complete(spec)


def _describe(spec: ServerSpec) -> tuple[FieldChange, ...]:
    return tuple(
        change
        for name, aspect in ASPECTS.items()
        if name in spec.fields
        for change in aspect.describe(spec.fields[name].value)
    )


def _create_drafts(spec: ServerSpec, account: Account) -> tuple[StepDraft, ...]:
    return tuple(
        draft
        for name, aspect in ASPECTS.items()
        if name in spec.fields
        for draft in aspect.create_drafts(spec.fields[name].value, spec, account.read_at)
    )


def _build_create_body(stack: Stack, spec: ServerSpec) -> Mapping[str, object]:
    """The create request: every declared field, the ownership tags, and a name to find it by."""
    body: dict[str, object] = {}
    for name, aspect in ASPECTS.items():
        if name in spec.fields:
            body.update(aspect.create_body(spec.fields[name].value))
    name_at_create = custom_name_at_create(stack, spec)
    if name_at_create is not None:
        body["custom_name"] = name_at_create
    body["tags"] = sorted({*spec.value("tags", ()), *_ownership(stack, spec)})
    return body


def _ownership(stack: Stack, spec: ServerSpec) -> tuple[str, ...]:
    return build_ownership_tags(stack.name, spec.key, is_protected=spec.lifecycle.prevent_destroy)


def _check_complete(spec: ServerSpec) -> tuple[Diagnostic, ...]:
    missing = [
        name
        for name, aspect in ASPECTS.items()
        if aspect.is_needed_to_create and name not in spec.fields
    ]
    if not missing:
        return ()
    return (
        Diagnostic(
            code="create-incomplete",
            where=f"servers.{spec.key}",
            what=f"is not there yet, and to create it {', '.join(missing)} must be given",
            hint="add the fields here or under defaults, or bind a live server with hostname",
            source=spec.source,
            is_difference=True,
        ),
    )


def is_to_be_destroyed(stack: Stack, match: Match, account: Account) -> bool:
    """True if the live server would be destroyed, alone or to be replaced."""
    if match.live is None or match.is_released:
        return False
    if match.spec is None:
        return True
    lifecycle = match.spec.lifecycle
    if lifecycle.on_create_only_change != "replace" or match.live.is_building:
        return False
    comparison = _build_comparison(stack, match.spec, match.live, account)
    return any(
        change.forces_replace
        for name, aspect in ASPECTS.items()
        if aspect.is_create_only and name in match.spec.fields
        if name not in lifecycle.ignore_changes
        for change in aspect.compare(comparison).changes
    )


def is_other_pool(spec: ServerSpec, live: LiveServer) -> bool:
    """True if the pool would be a difference, as far as the server list tells."""
    if not spec.declares("pool") or "pool" in spec.lifecycle.ignore_changes or live.is_building:
        return False
    if spec.lifecycle.on_create_only_change == "ignore":
        return False
    return bool(ASPECTS["pool"].compare(Comparison(spec=spec, live=live)).changes)


def _build_comparison(
    stack: Stack, spec: ServerSpec, live: LiveServer, account: Account
) -> Comparison:
    return Comparison(
        spec=spec,
        live=live,
        catalogues=Catalogues(
            images=account.images, pools=() if POOLS in account.unread else account.pools
        ),
        ownership=_ownership(stack, spec),
        keep_tags=stack.policy.keep_tags,
        read_at=account.read_at,
    )


def _diff_live(
    stack: Stack, match: Match, spec: ServerSpec, live: LiveServer, account: Account
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    found = _compare(_build_comparison(stack, spec, live, account))
    diagnostics = _to_diagnostics(spec, found)
    changes = tuple(change for _, difference in found for change in difference.changes)
    unknown = {name: difference.unknown for name, difference in found if difference.unknown}
    warnings = tuple(text for _, difference in found for text in difference.warnings)
    warnings = (*warnings, *unknown.values())
    if match.moved_from is not None:
        warnings = (f"{live.name} is renamed from {match.moved_from}", *warnings)
    if PREVENT_DESTROY in live.tags and not spec.lifecycle.prevent_destroy:
        warnings = (*warnings, f"the protection of {live.name} against destroying is lifted")
    forcing = [change for change in changes if change.forces_replace]
    wish = spec.lifecycle.on_create_only_change
    if forcing and wish == "replace":
        diff, diagnostics = _diff_replace(stack, match, spec, account, changes, warnings)
        return replace(diff, unknown=unknown), diagnostics
    is_redeploy = wish == "redeploy" and [change.field for change in forcing] == ["image"]
    if is_redeploy:
        # After all else: a larger system disk is what the image may need.
        found.append(("image", _redeploy(spec, live)))
        warnings = (*warnings, *found[-1][1].warnings)
        changes = tuple(replace(c, is_destructive=True) if c in forcing else c for c in changes)
    else:
        diagnostics += tuple(_create_only_error(spec, live, change) for change in forcing)
    drafts = tuple(draft for _, difference in found for draft in difference.drafts)
    action = Action.UPDATE if changes else Action.UNCHANGED
    if match.by == "hostname":
        action = Action.ADOPT
        diagnostics += tuple(_unowned_error(spec, live, change) for change in forcing)
    elif forcing:
        action = Action.REINSTALL if is_redeploy else Action.REPLACE
    diff = ServerDiff(
        match=match,
        action=action,
        changes=changes,
        drafts=drafts,
        warnings=warnings,
        unknown=unknown,
        unplanned=_find_unplanned(found),
    )
    return diff, diagnostics


def find_unchanged(diff: ServerDiff) -> Mapping[str, object]:
    """The declared fields that were compared with the live server and stay as they are."""
    spec, live = diff.match.spec, diff.match.live
    if spec is None or live is None or live.is_building:
        return {}
    changed = {change.field for change in diff.changes}
    return {
        shown.field: shown.after
        for name, aspect in ASPECTS.items()
        if name in spec.fields and name not in spec.lifecycle.ignore_changes and aspect.is_compared
        if name not in diff.unknown
        for shown in aspect.describe(spec.fields[name].value)
        if shown.field not in changed
    }


def _compare(comparison: Comparison) -> list[tuple[str, Difference]]:
    """Each managed field's difference, in the order in which a server is changed."""
    spec = comparison.spec
    found = []
    for name, aspect in ASPECTS.items():
        is_managed = name in spec.fields and name not in spec.lifecycle.ignore_changes
        if not (is_managed or aspect.is_always_compared):
            continue
        if aspect.is_create_only and spec.lifecycle.on_create_only_change == "ignore":
            continue
        difference = aspect.compare(comparison)
        if difference != EQUAL:
            found.append((name, _mark_drafts(difference, aspect)))
    return found


def _mark_drafts(difference: Difference, aspect: Aspect) -> Difference:
    """The difference, with the snapshot that each of its requests may ask for before."""
    if not aspect.snapshot_kind:
        return difference
    drafts = (replace(d, snapshot_kind=aspect.snapshot_kind) for d in difference.drafts)
    return replace(difference, drafts=tuple(drafts))


def _find_unplanned(found: list[tuple[str, Difference]]) -> Mapping[str, str]:
    return {
        name: problem.what
        for name, difference in found
        for problem in difference.problems
        if problem.is_difference and not difference.changes
    }


def _to_diagnostics(
    spec: ServerSpec, found: list[tuple[str, Difference]]
) -> tuple[Diagnostic, ...]:
    return tuple(
        problem_diagnostic(spec, name, problem)
        for name, difference in found
        for problem in difference.problems
    )


def warn_unknown(spec: ServerSpec, name: str, what: str) -> Diagnostic:
    """A field that cannot be compared, with its place in the file."""
    return Diagnostic(
        code="not-compared",
        where=f"servers.{spec.key}.{name}",
        what=what,
        severity=Severity.WARNING,
        source=spec.fields[name].source,
    )


def problem_diagnostic(spec: ServerSpec, name: str, problem: Problem) -> Diagnostic:
    """An aspect's problem with its place in the file."""
    declared = spec.fields.get(name)
    return Diagnostic(
        code=problem.code,
        where=f"servers.{spec.key}.{name}{problem.detail}",
        what=problem.what,
        hint=problem.hint,
        severity=problem.severity,
        source=spec.source if declared is None else declared.source,
        is_difference=problem.is_difference,
    )


def _redeploy(spec: ServerSpec, live: LiveServer) -> Difference:
    """Another image on the same server: its system disk starts anew, all else stays."""
    body = {name: spec.value(name) for name, a in sorted(ASPECTS.items()) if a.is_in_redeploy}
    draft = StepDraft(
        name="redeploy",
        operation_id="redeploy_server",
        body={name: value for name, value in body.items() if value is not None},
        causes_downtime=True,
        is_destructive=True,
        snapshot_kind="redeploy",
    )
    warnings = [f"data loss: the contents of the system disk of {live.name}"]
    lost = [name for name, a in ASPECTS.items() if a.is_lost_by_redeploy and spec.value(name)]
    if lost:
        warnings.append(f"a redeploy has no {' and no '.join(lost)}: they are not made again")
    return Difference(drafts=(draft, *_settle_power(spec)), warnings=tuple(warnings))


def _settle_power(spec: ServerSpec) -> tuple[StepDraft, ...]:
    """Whether a server that was reinstalled runs shows only then."""
    if not spec.declares("power") or "power" in spec.lifecycle.ignore_changes:
        return ()
    power = spec.value("power")
    draft = build_power_draft(power, name=f"power.{power}")
    state = "Off" if power == OFF else "Running"
    return (replace(draft, needs=("redeploy",), at_apply={"state": state}),)


def _unowned_error(spec: ServerSpec, live: LiveServer, change: FieldChange) -> Diagnostic:
    return Diagnostic(
        code="replace-unowned",
        where=f"servers.{spec.key}.{change.field}",
        what=f"{live.name} is not the stack's own yet, so nothing of it is destroyed",
        hint=f"leave {change.field} out or as it is, apply to adopt it, and change it then",
        source=spec.fields[change.field].source,
        is_difference=True,
    )


def _bound_error(spec: ServerSpec, live: LiveServer) -> Diagnostic:
    return Diagnostic(
        code="replace-bound",
        where=f"servers.{spec.key}.hostname",
        what=f"{live.name} would be replaced by a server with another hostname, and the file binds"
        " this one",
        hint="remove hostname: the server is known by its tags",
        source=spec.source,
    )


def _diff_replace(
    stack: Stack,
    match: Match,
    spec: ServerSpec,
    account: Account,
    changes: tuple[FieldChange, ...],
    warnings: tuple[str, ...],
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    """Destroy and create. What stood in the way of an update (a shrinking disk) no longer does."""
    assert match.live is not None
    diagnostics = _check_complete(spec)
    if match.by == "hostname":
        forcing = (change for change in changes if change.forces_replace)
        diagnostics += tuple(_unowned_error(spec, match.live, change) for change in forcing)
    elif spec.hostname is not None:
        diagnostics += (_bound_error(spec, match.live),)
    lost = f"data loss: {match.live.name} is destroyed with all its disks and snapshots"
    diff = ServerDiff(
        match=match,
        action=Action.REPLACE,
        changes=_merge_changes(changes, _describe(spec)),
        drafts=_create_drafts(spec, account),
        create_body=_build_create_body(stack, spec),
        warnings=(*warnings, lost, *_count_snapshots(match.live)),
    )
    return diff, diagnostics


def _merge_changes(
    changes: tuple[FieldChange, ...], described: tuple[FieldChange, ...]
) -> tuple[FieldChange, ...]:
    """What differs, and what is set again although nothing can be compared with it."""
    named = {change.field for change in changes}
    again = (c for c in described if c.is_sensitive and c.field not in named)
    return (*changes, *again)


def _create_only_error(spec: ServerSpec, live: LiveServer, change: FieldChange) -> Diagnostic:
    source = spec.fields[change.field].source
    is_default = not spec.source.line <= source.line <= max(spec.source.end_line, spec.source.line)
    here = "for this server alone (the value is from defaults), " if is_default else ""
    return Diagnostic(
        code="create-only-change",
        where=f"servers.{spec.key}.{change.field}",
        what=f"{live.name} has {change.before or 'none'}, the file says {change.after or 'none'},"
        " and the API cannot change it",
        hint=f"{here}write {change.field}: {change.before or 'null'}; or set"
        " lifecycle.on_create_only_change: ignore, or replace, which destroys the server first",
        source=source,
        is_difference=True,
    )
