"""Drift by the lists alone: what only a read of one server tells is not looked at.

Such fields are taken out of what is compared, so they are neither equal nor drifted, and they are
told by their names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ccloud_apply.aspects.lib.power_state import STATE
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.plan.diff.marks import is_held_incomplete
from ccloud_apply.plan.diff.not_compared import tell_busy
from ccloud_apply.plan.diff.retire import is_restored
from ccloud_apply.plan.matching.match import Match
from ccloud_apply.plan.matching.select import MatchedAccount, MatchedStack
from ccloud_apply.plan.reads import OF_ACCOUNT

_POWER = "power"
_STAND_INS: Mapping[str, object] = {STATE: "Off", "list_server_snapshots": ()}
"""For reads that decide only what an apply would do about a server that is retired or extra, never
whether it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByLists:
    """The matches without the fields that were not looked at, and these by stack."""

    matched: MatchedAccount
    not_looked_at: Mapping[str, tuple[str, ...]]


def compare_by_lists(matched: MatchedAccount) -> ByLists:
    """The same account, to be compared as far as its lists tell."""
    stacks: list[MatchedStack] = []
    found: dict[str, tuple[str, ...]] = {}
    for one in matched.stacks:
        kept = {match.key: _keep_listed(match) for match in one.matches}
        names = {name for match in one.selected for name in kept[match.key][1]}
        found[one.stack.name] = tuple(name for name in ASPECTS if name in names)
        stacks.append(
            replace(
                one,
                matches=tuple(kept[match.key][0] for match in one.matches),
                selected=tuple(kept[match.key][0] for match in one.selected),
            )
        )
    return ByLists(matched=replace(matched, stacks=tuple(stacks)), not_looked_at=found)


def _keep_listed(match: Match) -> tuple[Match, frozenset[str]]:
    """The match without what the lists do not tell of it, and the fields that this leaves out."""
    live, spec = match.live, match.spec
    if live is None or not live.hostname or tell_busy(match) or is_held_incomplete(match):
        return match, frozenset()  # it is missing, or not compared
    names = frozenset() if spec is None else frozenset(_find_unlisted(spec, live))
    if is_restored(match) or _is_waiting(match):
        names |= {_POWER}
    fields = {} if spec is None else {n: one for n, one in spec.fields.items() if n not in names}
    return replace(
        match,
        live=replace(live, parts={**_STAND_INS, **live.parts}),
        spec=None if spec is None else replace(spec, fields=fields),
    ), names


def _is_waiting(match: Match) -> bool:
    """True for a server that was retired: while it runs, it is extra."""
    found = match.retirement
    return found is not None and found.is_marked and found.day is not None


def _find_unlisted(spec: ServerSpec, live: LiveServer) -> Iterable[str]:
    """The declared fields that want a read of this server alone."""
    for name in spec.fields.keys() - spec.lifecycle.ignored_fields:
        reads = ASPECTS[name].server_reads(spec, live) - OF_ACCOUNT
        if not reads <= live.parts.keys():
            yield name
