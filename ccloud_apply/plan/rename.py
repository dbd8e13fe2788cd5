"""A destroy and a create that look like one server with a new key."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from ccloud_apply.aspects.base import Aspect
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import Action
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.matching.moves import MoveSuggestions

_Shape = tuple[object, ...]


_Pairs = list[tuple[ServerDiff, ServerDiff, str]]
"""Destroyed and created servers, and what would make one of both."""


def find_renames(stack: Stack, diffs: Sequence[ServerDiff]) -> tuple[Diagnostic, ...]:
    """A warning for every pair of the same shape, each server in one pair at most."""
    pairs = _find_pairs(stack, diffs, stack, diffs)
    return tuple(_build_warning(stack, *pair) for pair in pairs)


def find_moves_between(
    planned: Sequence[tuple[Stack, Sequence[ServerDiff]]],
) -> Mapping[str, tuple[Diagnostic, ...]]:
    """The same for a server that one stack destroys and another one creates, by the stack that
    creates it; a server with a pair in its own stack has none in another."""
    if len(planned) < 2:
        return {}
    left = [(stack, _without_own_pairs(stack, diffs)) for stack, diffs in planned]
    found: dict[str, list[Diagnostic]] = {}
    taken: set[tuple[str, str]] = set()
    for giver, gone in left:
        for stack, made in left:
            if stack is giver:
                continue
            free = [diff for diff in made if (stack.name, diff.match.key) not in taken]
            for destroyed, created, hint in _find_pairs(giver, gone, stack, free):
                taken.add((stack.name, created.match.key))
                gone = [diff for diff in gone if diff is not destroyed]
                warning = _build_warning(stack, destroyed, created, hint, giver=giver.name)
                found.setdefault(stack.name, []).append(warning)
    return {name: tuple(warnings) for name, warnings in found.items()}


def _without_own_pairs(stack: Stack, diffs: Sequence[ServerDiff]) -> list[ServerDiff]:
    """What one stack destroys or creates, and no pair of its own explains."""
    pairs = _find_pairs(stack, diffs, stack, diffs)
    paired = {diff.match.key for one, other, _ in pairs for diff in (one, other)}
    actions = (Action.CREATE, Action.DESTROY)
    return [d for d in diffs if d.action in actions and d.match.key not in paired]


def _find_pairs(
    giver: Stack, gone: Sequence[ServerDiff], stack: Stack, made: Sequence[ServerDiff]
) -> _Pairs:
    created: dict[_Shape, deque[ServerDiff]] = {}
    for diff in made:
        if diff.action is Action.CREATE and diff.match.spec is not None:
            created.setdefault(_shape(diff.match.spec), deque()).append(diff)
    suggestions = MoveSuggestions(stack)
    pairs: _Pairs = []
    for destroyed in gone:
        live = destroyed.match.live
        if destroyed.action is not Action.DESTROY or live is None:
            continue
        duplicates = created.get(_live_shape(live))
        before = destroyed.match.key if giver is stack else f"{giver.name}/{destroyed.match.key}"
        suggestion = suggestions.suggest(before, duplicates[0].match.key) if duplicates else None
        if duplicates and suggestion is not None:
            pairs.append((destroyed, duplicates.popleft(), suggestion))
    return pairs


def _shape(spec: ServerSpec) -> _Shape:
    return tuple(spec.value(aspect.field) for aspect in _compared_aspects())


def _live_shape(live: LiveServer) -> _Shape:
    return tuple(aspect.peek_live(live) for aspect in _compared_aspects())


def _compared_aspects() -> Iterator[Aspect]:
    return (aspect for aspect in ASPECTS.values() if aspect.is_rename_evidence)


def _build_warning(
    stack: Stack, destroyed: ServerDiff, created: ServerDiff, suggestion: str, *, giver: str = ""
) -> Diagnostic:
    live = destroyed.match.live
    before, after = destroyed.match.key, created.match.key
    if giver:
        before, meant, verb = f"{giver}/{before}", "one server that moves here", "move"
    else:
        meant, verb = "one server with a new key", "rename"
    return Diagnostic(
        code="looks-like-rename",
        where=f"servers.{after}",
        what=f"{before} ({live.name if live else '?'}) is destroyed and {after} of the same shape"
        f" is created; if that is {meant}, its data would be lost",
        hint=f"to {verb} it, {suggestion}",
        severity=Severity.WARNING,
        source=stack.source if created.match.spec is None else created.match.spec.source,
    )
