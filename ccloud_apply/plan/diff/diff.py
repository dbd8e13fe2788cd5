"""What happens to one matched pair: dispatches on what there is, and puts the parts together."""

from collections.abc import Iterable, Mapping

from ccloud_apply.aspects.base import Difference
from ccloud_apply.aspects.fields.naming.tags import build_tags_change, build_tags_draft
from ccloud_apply.aspects.lib.power_state import tell_unstable
from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.ownership import (
    PREVENT_DESTROY,
    is_mark,
    is_ownership_tag,
    is_retire_tag,
    is_retired,
    read_marks,
    split_name,
)
from ccloud_apply.model.results.plan import Action, FieldChange
from ccloud_apply.plan.diff.compare import (
    build_catalogues,
    build_comparison,
    compare,
    find_unplanned,
)
from ccloud_apply.plan.diff.create import describe, diff_create
from ccloud_apply.plan.diff.diagnostics import (
    check_hostname,
    create_only_error,
    to_diagnostics,
    unowned_error,
    unowned_replace_error,
)
from ccloud_apply.plan.diff.marks import (
    Settled,
    asked_of,
    incomplete_held,
    is_held_incomplete,
    note_held,
    untaken_held,
)
from ccloud_apply.plan.diff.not_compared import (
    find_obstacles,
    leave_uncompared,
    tell_busy,
    tell_task,
    tell_unreadable,
)
from ccloud_apply.plan.diff.rebuild import count_snapshots, diff_replace, redeploy, without_takes
from ccloud_apply.plan.diff.retire import diff_retire, is_restored, restore
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.diff.shared import Shared
from ccloud_apply.plan.matching.match import Asked, Match


def diff_server(
    stack: Stack, match: Match, account: Account, shared: Shared | None = None
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    """What one match means. Errors leave its changes incomplete.

    `shared` are the changes of the stack's other servers, where there are any.
    """
    shared = shared or Shared(build_catalogues(account))
    nameless = check_hostname(stack, match)
    if nameless:
        return ServerDiff(match=match, action=Action.UNCHANGED), nameless
    if match.spec is None:
        return diff_unwanted(stack, match), ()
    if match.live is None:
        return diff_create(stack, match, match.spec, account, shared)
    if is_held_incomplete(match):
        diff = leave_uncompared(match, f"the build of {match.live.name} failed")
        return replace(diff, held=(incomplete_held(match.spec, match.live),)), ()
    if busy := tell_busy(match):
        return leave_uncompared(match, busy, is_busy=True), ()
    if Asked.REPLACE in match.asked and read_marks(match.live.tags).is_incomplete:
        # Of half a server nothing is read that the new one does not have anyway.
        return _replace_as_asked(stack, match, match.spec, account, describe(match.spec, shared))
    if unreadable := tell_unreadable(match):
        return leave_uncompared(match, unreadable), ()
    return _diff_live(stack, match, match.spec, match.live, account, shared)


def _replace_as_asked(
    stack: Stack,
    match: Match,
    spec: ServerSpec,
    account: Account,
    changes: tuple[FieldChange, ...],
    warnings: tuple[str, ...] = (),
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    assert match.live is not None
    asked = f"{match.live.name} is built again because of --replace"
    diff, diagnostics = diff_replace(stack, match, spec, account, changes, (*warnings, asked))
    if match.by == "hostname":
        return diff, (*diagnostics, unowned_replace_error(spec, match.live))
    return diff, diagnostics


def diff_unwanted(stack: Stack, match: Match) -> ServerDiff:
    """A server that the stack gives up: given back where the file releases it, else retired or
    destroyed.

    Nothing happens to one of which a read has failed. One that is busy is waited for.
    """
    live = match.live
    assert live is not None
    if unreadable := tell_unreadable(match):
        return leave_uncompared(match, unreadable)
    if match.is_released:
        after = [tag for tag in live.tags if not _is_ours(tag)]
        return ServerDiff(
            match=match,
            action=Action.UPDATE,
            changes=(build_tags_change(live.tags, after),),
            # One that is being built may have no hostname yet: apply waits for it and plans again.
            drafts=(build_tags_draft(after, label="release"),) if live.hostname else (),
            warnings=(*_warn_left_off(live), *_warn_of_task(match)),
            is_busy=bool(tell_busy(match)),
        )
    if match.retirement is not None and match.waits:
        return diff_retire(stack, match, match.retirement)
    return diff_destroy(match)


def _is_ours(tag: str) -> bool:
    return is_ownership_tag(tag) or is_mark(tag) or is_retire_tag(tag)


def _warn_left_off(live: LiveServer) -> tuple[str, ...]:
    if not is_retired(live.tags):
        return ()
    return (f"{live.name} was retired, and is given back as it is: nothing starts it",)


def diff_destroy(match: Match) -> ServerDiff:
    """The end of a server, with what goes with it."""
    live = match.live
    assert live is not None
    return ServerDiff(
        match=match,
        action=Action.DESTROY,
        warnings=(*count_snapshots(live), *_warn_of_task(match)),
        is_busy=bool(tell_busy(match)),
    )


def _warn_of_task(match: Match) -> tuple[str, ...]:
    return () if match.task is None else (tell_task(match.task),)


def _diff_live(
    stack: Stack, match: Match, spec: ServerSpec, live: LiveServer, account: Account, shared: Shared
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    comparison = build_comparison(stack, spec, live, account, shared.catalogues)
    settled = compare(comparison, asked_of(match))
    found = list(settled.found.items())
    changes = tuple(change for _, difference in found for change in difference.changes)
    unknown = {name: difference.unknown for name, difference in found if difference.unknown}
    if Asked.REPLACE in match.asked:
        why = tuple(unknown.values())
        diff, diagnostics = _replace_as_asked(stack, match, spec, account, changes, why)
        return replace(diff, unknown=unknown), diagnostics
    obstacles = find_obstacles(unknown)
    if not obstacles and is_restored(match) and (unstable := tell_unstable(live)):
        obstacles = (unstable,)
    if obstacles:
        diff = leave_uncompared(match, "; ".join(obstacles), unknown=unknown)
        return diff, to_diagnostics(spec, found)
    warnings = _warn_live(match, spec, live, settled, unknown)
    is_forced = any(change.forces_replace for change in changes)
    wish = spec.lifecycle.on_create_only_change
    if is_forced and wish == "replace" and match.by != "hostname":
        diff, diagnostics = diff_replace(stack, match, spec, account, changes, warnings)
        return replace(diff, unknown=unknown), diagnostics
    diff = ServerDiff(
        match=match,
        action=Action.UPDATE if changes else Action.UNCHANGED,
        changes=note_held(changes, settled.held),
        warnings=warnings,
        unknown=unknown,
        unplanned=find_unplanned(found),
        untaken=frozenset(one.mark.field for one in settled.held),
        held=tuple(untaken_held(spec, live, one) for one in settled.held),
        tolerated=_find_tolerated(found),
    )
    diff, diagnostics = _diff_in_place(spec, live, found, diff)
    return restore(diff, spec, live) if is_restored(match) else diff, diagnostics


def _warn_live(
    match: Match, spec: ServerSpec, live: LiveServer, settled: Settled, unknown: Mapping[str, str]
) -> tuple[str, ...]:
    warnings = tuple(text for found in settled.found.values() for text in found.warnings)
    warnings = (*warnings, *unknown.values())
    if match.moved_from is not None:
        warnings = (_tell_moved(match.moved_from, match.key, live), *warnings)
    if PREVENT_DESTROY in live.tags and not spec.lifecycle.prevent_destroy:
        warnings = (*warnings, f"prevent_destroy of {live.name} is lifted")
    return warnings


def _tell_moved(before: str, key: str, live: LiveServer) -> str:
    stack, earlier = split_name(before)
    if not stack:
        return f"{live.name} is renamed from {before}"
    return f"{live.name} moves here from stack {stack}{'' if earlier == key else f', as {key}'}"


def _find_tolerated(found: Iterable[tuple[str, Difference]]) -> Mapping[str, tuple[str, ...]]:
    return {
        name: difference.warnings
        for name, difference in found
        if difference.warnings and not difference.changes
    }


def _diff_in_place(
    spec: ServerSpec, live: LiveServer, found: list[tuple[str, Difference]], diff: ServerDiff
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    """The difference of a server that stays, with its requests. Where that cannot be, an error."""
    diagnostics = to_diagnostics(spec, found)
    forcing = [change for change in diff.changes if change.forces_replace]
    wish = spec.lifecycle.on_create_only_change
    is_redeploy = wish == "redeploy" and [change.field for change in forcing] == ["image"]
    changes, warnings, action = diff.changes, diff.warnings, diff.action
    if is_redeploy:
        # After all else: a larger system disk is what the image may need.
        found = [(name, without_takes(difference)) for name, difference in found]
        found.append(("image", redeploy(spec, live)))
        warnings = (*warnings, *found[-1][1].warnings)
        changes = tuple(replace(c, is_destructive=True) if c in forcing else c for c in changes)
    if diff.match.by == "hostname":
        action = Action.ADOPT
        diagnostics += tuple(unowned_error(spec, live, change) for change in forcing)
    elif is_redeploy:
        action = Action.REINSTALL
    elif forcing:
        action = Action.REPLACE
        diagnostics += tuple(create_only_error(spec, live, change) for change in forcing)
    drafts = tuple(draft for _, difference in found for draft in difference.drafts)
    diff = replace(diff, action=action, changes=changes, drafts=drafts, warnings=warnings)
    return diff, diagnostics
