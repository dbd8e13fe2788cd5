"""A server that is retired before it is destroyed, and one that is declared again meanwhile.

retire   tags (the day) -> shutdown
restore  what needs the server off -> start -> everything else -> tags (without the day)

So a server that is off is either dated or about to be started, wherever a run is cut off. When a
server goes is `plan/matching/retirement.py`.
"""

from datetime import date

from ccloud_apply.aspects.base import StepDraft
from ccloud_apply.aspects.fields.hardware.power import OFF, RUNNING, build_power_draft, is_off
from ccloud_apply.aspects.fields.naming.tags import Tags, build_tags_change, build_tags_draft
from ccloud_apply.aspects.lib.power_state import tell_unstable
from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import (
    SERVER_PREFIX,
    STACK_PREFIX,
    build_ownership_tags,
    retire_tag,
)
from ccloud_apply.model.results.plan import Action
from ccloud_apply.plan.diff.not_compared import leave_uncompared, tell_busy
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.matching.match import Match
from ccloud_apply.plan.matching.retirement import Retirement

RETIRE = "retire"
"""The step that shuts a server down which the stack gives up; no start closes it."""

_POWER, _REDEPLOY = "power", "redeploy"


def diff_retire(stack: Stack, match: Match, retirement: Retirement) -> ServerDiff:
    """A server that is given up and waits: marked with its day and shut down, as far as that is
    still to be done. Raises NotRead without its power state."""
    live, day = match.live, retirement.day
    assert live is not None
    if day is None:
        return leave_uncompared(match, retirement.problem)
    busy = tell_busy(match)
    diff = ServerDiff(
        match=match,
        action=Action.RETIRE,
        warnings=(busy,) if busy and not live.is_building else (),
        is_busy=bool(busy),
        retires=day,
    )
    if live.is_building or not live.hostname:  # apply waits for it and plans again
        return diff
    if unstable := tell_unstable(live):
        return leave_uncompared(match, unstable, is_busy=bool(busy))
    if retirement.is_marked and busy:
        return leave_uncompared(match, busy, is_busy=True)
    is_tagged = retirement.is_marked and not match.changes_stack
    shutdown = () if is_off(live) else (_build_shutdown(needs_tags=not is_tagged),)
    if is_tagged:
        action = Action.RETIRE if shutdown else Action.UNCHANGED
        return replace(diff, action=action, drafts=shutdown)
    mark = () if retirement.is_marked else (retire_tag(day),)
    tags = (*_find_tags(stack, match, live), *mark)
    label = "" if retirement.is_marked else RETIRE
    change, draft = build_tags_change(live.tags, tags), build_tags_draft(tags, label=label)
    diff = replace(diff, changes=(change,), drafts=(draft, *shutdown))
    if not retirement.is_marked or shutdown:
        return diff
    return replace(diff, action=Action.UPDATE, warnings=(*diff.warnings, _tell_kept(live, day)))


def _tell_kept(live: LiveServer, day: date) -> str:
    return f"{live.name} moves here and stays retired: destroyed from {day.isoformat()} (UTC) on"


def _find_tags(stack: Stack, match: Match, live: LiveServer) -> tuple[str, ...]:
    """The tags that stay; those of an earlier name of the stack become its own, so that the server
    is found on its day although nobody may remember that name."""
    if not match.changes_stack:
        return live.tags
    kept = (tag for tag in live.tags if not tag.startswith((STACK_PREFIX, SERVER_PREFIX)))
    return (*kept, *build_ownership_tags(stack.name, match.key, is_protected=False))


def _build_shutdown(*, needs_tags: bool) -> StepDraft:
    """Nothing is switched off that nobody has dated, nor twice."""
    draft = build_power_draft(OFF, name=RETIRE)
    needs = (Tags.field,) if needs_tags else ()
    return replace(draft, needs=needs, at_apply={"state": "Off"})


def is_restored(match: Match) -> bool:
    """True for a declared server that was retired."""
    return match.spec is not None and match.retirement is not None and match.retirement.is_marked


def restore(diff: ServerDiff, spec: ServerSpec, live: LiveServer) -> ServerDiff:
    """The difference of a server that stays, with its start and the end of its mark."""
    action = Action.RESTORE if diff.action is Action.UPDATE else diff.action
    return replace(diff, action=action, drafts=_order(diff.drafts, spec, live))


def _order(
    drafts: tuple[StepDraft, ...], spec: ServerSpec, live: LiveServer
) -> tuple[StepDraft, ...]:
    tags = [draft for draft in drafts if draft.name == Tags.field]
    rest = [draft for draft in drafts if draft.name != Tags.field]
    is_redeployed = any(draft.name == _REDEPLOY for draft in drafts)
    first = _find_offline(rest) if is_off(live) else frozenset()
    offline = [draft for draft in rest if draft.name in first]
    others = [draft for draft in rest if draft.name not in first]
    start = [draft for draft in others if draft.name == _POWER]
    others = [draft for draft in others if draft not in start]
    if is_redeployed:  # whether the new system runs shows only then
        start = []
    has_own = start or any(draft.name.startswith(f"{_POWER}.") for draft in others)
    if not has_own and is_off(live) and not _is_to_be_off(spec):
        start = [_build_start(needs=(_REDEPLOY,) if is_redeployed else ())]
    before = [*offline, *others, *start] if is_redeployed else [*offline, *start, *others]
    # A field that is not changed is found by the next plan; a server that does not run is not.
    needs = tuple(draft.name for draft in before if draft.operation_id == "change_server_state")
    return (*before, *(replace(draft, needs=(*draft.needs, *needs)) for draft in tags))


def _build_start(*, needs: tuple[str, ...]) -> StepDraft:
    draft = build_power_draft(RUNNING, name=_POWER)
    return replace(draft, needs=needs, at_apply={"state": "Running"})


def _find_offline(drafts: list[StepDraft]) -> frozenset[str]:
    """What is done while the server is off, and what that needs."""
    by_name = {draft.name: draft for draft in drafts}
    found: set[str] = set()
    todo = [draft.name for draft in drafts if draft.needs_off]
    while todo:
        name = todo.pop()
        if name in by_name and name not in found:
            found.add(name)
            todo += by_name[name].needs
    return frozenset(found)


def _is_to_be_off(spec: ServerSpec) -> bool:
    is_ignored = _POWER in spec.lifecycle.ignored_fields
    return spec.value(_POWER) == OFF and not is_ignored
