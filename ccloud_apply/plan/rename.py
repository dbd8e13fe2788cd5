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

_Pair = tuple[ServerDiff, ServerDiff, str]
"""A destroyed and a created server, and what would make one of both."""

_ENDS = {Action.DESTROY: "destroyed", Action.RETIRE: "retired"}
"""The actions that may be one half of a rename, and how messages call them."""


class _Created:
    """The servers that one stack creates, by their shape: each is taken for one pair at most."""

    def __init__(self, stack: Stack, diffs: Sequence[ServerDiff]) -> None:
        self.stack = stack
        self.by_shape: dict[_Shape, deque[ServerDiff]] = {}
        for diff in diffs:
            if diff.action is Action.CREATE and diff.match.spec is not None:
                self.by_shape.setdefault(_shape(diff.match.spec), deque()).append(diff)
        self._suggestions = MoveSuggestions(stack)

    def pair(self, destroyed: ServerDiff, shape: _Shape, before: str) -> _Pair | None:
        """The pair of a destroyed server, which `moved` would call `before`."""
        duplicates = self.by_shape.get(shape)
        if not duplicates:
            return None
        suggestion = self._suggestions.suggest(before, duplicates[0].match.key)
        return None if suggestion is None else (destroyed, duplicates.popleft(), suggestion)


def find_renames(stack: Stack, diffs: Sequence[ServerDiff]) -> tuple[Diagnostic, ...]:
    """A warning for every pair of the same shape, each server in one pair at most."""
    return tuple(_build_warning(stack, *pair) for pair in _find_pairs(stack, diffs))


def find_moves_between(
    planned: Sequence[tuple[Stack, Sequence[ServerDiff]]],
) -> Mapping[str, tuple[Diagnostic, ...]]:
    """The same for a server that one stack destroys and another one creates, by the stack that
    creates it; a server with a pair in its own stack has none in another."""
    if len(planned) < 2:
        return {}
    left = [(stack, _without_own_pairs(stack, diffs)) for stack, diffs in planned]
    receivers: dict[_Shape, list[_Created]] = {}
    for stack, diffs in left:
        created = _Created(stack, diffs)
        for shape in created.by_shape:
            receivers.setdefault(shape, []).append(created)
    found: dict[str, list[Diagnostic]] = {}
    for giver, diffs in left if receivers else ():
        for destroyed, shape in _find_destroyed(diffs):
            taken = _take(receivers.get(shape, []), giver, destroyed, shape)
            if taken is not None:
                stack, pair = taken
                warning = _build_warning(stack, *pair, giver=giver.name)
                found.setdefault(stack.name, []).append(warning)
    return {name: tuple(warnings) for name, warnings in found.items()}


def _take(
    receivers: list[_Created], giver: Stack, destroyed: ServerDiff, shape: _Shape
) -> tuple[Stack, _Pair] | None:
    """The first of the other stacks that has a pair for it; one that has no more is taken out."""
    for created in receivers:
        if created.stack is giver:
            continue
        pair = created.pair(destroyed, shape, f"{giver.name}/{destroyed.match.key}")
        if pair is not None:
            if not created.by_shape[shape]:
                receivers.remove(created)
            return created.stack, pair
    return None


def _without_own_pairs(stack: Stack, diffs: Sequence[ServerDiff]) -> list[ServerDiff]:
    """What one stack destroys or creates, and no pair of its own explains."""
    changed = [diff for diff in diffs if diff.action in (Action.CREATE, *_ENDS)]
    paired = {diff.match.key for *pair, _ in _find_pairs(stack, changed) for diff in pair}
    return [diff for diff in changed if diff.match.key not in paired]


def _find_pairs(stack: Stack, diffs: Sequence[ServerDiff]) -> list[_Pair]:
    created = _Created(stack, diffs)
    destroyed = _find_destroyed(diffs) if created.by_shape else ()
    pairs = (created.pair(diff, shape, diff.match.key) for diff, shape in destroyed)
    return [pair for pair in pairs if pair is not None]


def _find_destroyed(diffs: Sequence[ServerDiff]) -> Iterator[tuple[ServerDiff, _Shape]]:
    for diff in diffs:
        if diff.action in _ENDS and diff.match.live is not None:
            yield diff, _live_shape(diff.match.live)


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
        what=f"{before} ({live.name if live else '?'}) is {_ENDS[destroyed.action]} and {after} of"
        f" the same shape is created; if that is {meant}, its data would be lost",
        hint=f"to {verb} it, {suggestion}",
        severity=Severity.WARNING,
        source=stack.source if created.match.spec is None else created.match.spec.source,
    )
