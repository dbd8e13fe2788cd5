"""Compares the managed fields of a server with the live one, aspect by aspect."""

from collections.abc import Iterable, Mapping

from ccloud_apply.aspects.base import (
    EQUAL,
    Aspect,
    Catalogues,
    Comparison,
    Difference,
)
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.ownership import build_ownership_tags, is_mark
from ccloud_apply.model.results.plan import Action
from ccloud_apply.plan.diff.marks import (
    Settled,
    find_standing,
    is_held_incomplete,
    is_managed,
    settle_marks,
)
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.matching.match import Asked, Match

_TAGS = "tags"

POOLS = "list_pools"
"""The catalogue that tells a pool by another name from another pool."""


def ownership(stack: Stack, spec: ServerSpec) -> tuple[str, ...]:
    """The ownership tags of a declared server."""
    lifecycle = spec.lifecycle
    return build_ownership_tags(
        stack.name, spec.key, is_protected=lifecycle.prevent_destroy, retire=lifecycle.retire
    )


def is_to_be_destroyed(stack: Stack, match: Match, account: Account) -> bool:
    """True if the live server would be destroyed, alone or to be replaced."""
    if match.live is None or match.is_released:
        return False
    if match.spec is None:
        return True
    if is_held_incomplete(match):
        return False
    if Asked.REPLACE in match.asked:
        return not match.live.is_building
    lifecycle = match.spec.lifecycle
    if lifecycle.on_create_only_change != "replace" or match.live.is_building:
        return False
    comparison = build_comparison(stack, match.spec, match.live, account)
    standing = find_standing(match.spec, match.live, match.asked)
    return any(
        change.forces_replace
        for name, aspect in ASPECTS.items()
        if aspect.is_create_only and name in match.spec.fields
        if name not in lifecycle.ignored_fields and name not in standing
        for change in aspect.compare(comparison).changes
    )


def is_other_pool(spec: ServerSpec, live: LiveServer) -> bool:
    """True if the pool would be a difference, as far as the server list tells."""
    if not spec.declares("pool") or "pool" in spec.lifecycle.ignored_fields or live.is_building:
        return False
    if spec.lifecycle.on_create_only_change == "ignore":
        return False
    return bool(ASPECTS["pool"].compare(Comparison(spec=spec, live=live)).changes)


def build_catalogues(account: Account) -> Catalogues:
    """The catalogues of the account, empty where one could not be read."""
    pools = () if POOLS in account.unread else account.pools
    return Catalogues(
        images=account.images,
        pools=pools,
        subnets=account.subnets,
        vpcs=account.vpcs,
        unread=account.unread,
    )


def build_comparison(
    stack: Stack,
    spec: ServerSpec,
    live: LiveServer,
    account: Account,
    catalogues: Catalogues | None = None,
) -> Comparison:
    """A declared server beside the live one, with what its fields may ask for."""
    return Comparison(
        spec=spec,
        live=live,
        catalogues=catalogues or build_catalogues(account),
        ownership=ownership(stack, spec),
        keep_tags=stack.policy.keep_tags,
        read_at=account.read_at,
    )


def find_unchanged(diff: ServerDiff) -> Mapping[str, object]:
    """The declared fields that were compared with the live server and stay as they are."""
    spec, live = diff.match.spec, diff.match.live
    if spec is None or live is None or diff.action is Action.NOT_COMPARED:
        return {}
    changed = {change.field for change in diff.changes}
    return {
        shown.field: shown.after
        for name, aspect in ASPECTS.items()
        if aspect.is_compared and is_managed(spec, name) and name not in diff.unknown
        for shown in aspect.describe(spec.fields[name].value)
        if shown.field not in changed and not _is_partly_ignored(spec, shown.field)
    }


def _is_partly_ignored(spec: ServerSpec, name: str) -> bool:
    """True for a part that is ignored, and for a value that holds such parts."""
    entries = spec.lifecycle.ignore_changes
    return any(one.name == name or (one.part and one.field == name) for one in entries)


def compare(comparison: Comparison, asked: frozenset[Asked] = frozenset()) -> Settled:
    """Each managed field's difference, in the order in which a server is changed, and what the
    marks of the server make of it."""
    found = _compare_fields(comparison)
    marks = frozenset(filter(is_mark, comparison.live.tags))
    if not marks:
        return Settled(found=found)
    settled = settle_marks(comparison, found, asked)
    is_held = any(one.mark.field == _TAGS for one in settled.held)
    if settled.marks == marks and not is_held:
        return settled
    return _compare_tags_again(comparison, settled, is_held=is_held)


def _compare_tags_again(comparison: Comparison, settled: Settled, *, is_held: bool) -> Settled:
    """With the marks that are left, and without the users' tags where those are held."""
    shown = settled.found.get(_TAGS, EQUAL)
    spec = comparison.spec
    if is_held:
        ignored = (*spec.lifecycle.ignore_changes, *ignoring(_TAGS))
        spec = replace(spec, lifecycle=replace(spec.lifecycle, ignore_changes=ignored))
    again = ASPECTS[_TAGS].compare(replace(comparison, spec=spec, marks=settled.marks))
    if is_held and again == EQUAL:
        again = shown
    found = {**settled.found, _TAGS: again}
    ordered = {name: found[name] for name in ASPECTS if found.get(name, EQUAL) != EQUAL}
    return replace(settled, found=ordered)


def _compare_fields(comparison: Comparison) -> Mapping[str, Difference]:
    spec = comparison.spec
    fields, ignored = spec.fields, spec.lifecycle.ignored_fields
    leaves_create_only = spec.lifecycle.on_create_only_change == "ignore"
    found = {}
    for name, aspect in ASPECTS.items():
        is_left = name not in fields or name in ignored or leaves_create_only  # as `is_managed`
        if is_left and not (aspect.is_always_compared or is_managed(spec, name)):
            continue
        difference = aspect.compare(comparison)
        if difference is not EQUAL and difference != EQUAL:
            if spec.lifecycle.snapshot_before:
                difference = _mark_drafts(difference, aspect)
            found[name] = difference
    return found


def _mark_drafts(difference: Difference, aspect: Aspect) -> Difference:
    """The difference, with the snapshot that each of its requests may ask for before."""
    if not aspect.snapshot_kind:
        return difference
    drafts = (replace(d, snapshot_kind=aspect.snapshot_kind) for d in difference.drafts)
    return replace(difference, drafts=tuple(drafts))


def find_unplanned(found: Iterable[tuple[str, Difference]]) -> Mapping[str, str]:
    """The fields that differ without any change that could be planned, and why."""
    return {
        name: problem.what
        for name, difference in found
        for problem in difference.problems
        if problem.is_difference and not difference.changes
    }
