"""A destroy and a create that look like one server with a new key."""

from collections import deque
from collections.abc import Iterator, Sequence

from ccloud_apply.aspects.base import Aspect
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import Action
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.matching.moves import MoveSuggestions

_Shape = tuple[object, ...]


def find_renames(stack: Stack, diffs: Sequence[ServerDiff]) -> tuple[Diagnostic, ...]:
    """A warning for every pair of the same shape, each server in one pair at most."""
    created: dict[_Shape, deque[ServerDiff]] = {}
    for diff in diffs:
        if diff.action is Action.CREATE and diff.match.spec is not None:
            created.setdefault(_shape(diff.match.spec), deque()).append(diff)
    suggestions = MoveSuggestions(stack)
    warnings = []
    for destroyed in diffs:
        live = destroyed.match.live
        if destroyed.action is not Action.DESTROY or live is None:
            continue
        duplicates = created.get(_live_shape(live))
        suggestion = (
            suggestions.suggest(destroyed.match.key, duplicates[0].match.key)
            if duplicates
            else None
        )
        if duplicates and suggestion is not None:
            warnings.append(_build_warning(stack, destroyed, duplicates.popleft(), suggestion))
    return tuple(warnings)


def _shape(spec: ServerSpec) -> _Shape:
    return tuple(spec.value(aspect.field) for aspect in _compared_aspects())


def _live_shape(live: LiveServer) -> _Shape:
    return tuple(aspect.peek_live(live) for aspect in _compared_aspects())


def _compared_aspects() -> Iterator[Aspect]:
    return (aspect for aspect in ASPECTS.values() if aspect.is_rename_evidence)


def _build_warning(
    stack: Stack, destroyed: ServerDiff, created: ServerDiff, suggestion: str
) -> Diagnostic:
    live = destroyed.match.live
    before, after = destroyed.match.key, created.match.key
    return Diagnostic(
        code="looks-like-rename",
        where=f"servers.{after}",
        what=f"{before} ({live.name if live else '?'}) is destroyed and {after} of the same shape"
        " is created; if that is one server with a new key, its data would be lost",
        hint=f"to rename it, {suggestion}",
        severity=Severity.WARNING,
        source=stack.source if created.match.spec is None else created.match.spec.source,
    )
