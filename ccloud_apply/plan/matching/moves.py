"""Which live servers get another key: by `moved`, or by count and for_each, put on or taken away.

What a match then means belongs to `match.py`, and what `moved` may name to `load/stack/moved.py`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ccloud_apply.model.declared.stack import Move, ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import is_key, split_name
from ccloud_apply.model.text import join_names


def resolve_moves(
    stack: Stack, by_key: Mapping[str, LiveServer], diagnostics: list[Diagnostic]
) -> dict[str, str]:
    """New key to old key, for the moves that are still to be made.

    `moved` comes first. Then `count` or `for_each` on an entry with a live server moves that one to
    the first expanded key, and without them the one that is left moves back. `count` on an entry
    with for_each does the same for each entry of that.
    """
    moves = _resolve_declared(stack, by_key, diagnostics)
    extra = _find_extra(stack, by_key)
    if not extra:
        return moves
    for base_key, specs in _group_by_base(stack).items():
        # A bound server is known by its hostname: nothing is guessed about it.
        target, found = specs[0], extra.get(base_key, {})
        if target.key in by_key or target.key in moves or target.hostname is not None:
            continue
        if target.key != base_key:
            plain = [key for key, end in found.items() if not end]
            if plain:
                moves[target.key] = base_key if base_key in plain else min(plain)
            continue
        left = _find_left(stack, target, found, by_key, diagnostics)
        if left is not None:
            moves[base_key] = left
    _move_within_each(stack, extra, by_key, moves)
    return moves


def _move_within_each(
    stack: Stack,
    extra: Mapping[str, Mapping[str, str]],
    by_key: Mapping[str, LiveServer],
    moves: dict[str, str],
) -> None:
    """Add the moves of a count that was put on an entry with for_each, or taken away from it."""
    numbered = _group_numbered(extra)
    taken, seen = set(moves.values()), set[str]()
    for spec in stack.servers:
        found = extra.get(spec.base_key, {})
        group = spec.group_key or spec.key
        if group == spec.base_key or group in seen or not found:
            continue
        seen.add(group)
        if spec.key in by_key or spec.key in moves or spec.hostname is not None:
            continue
        candidates = [group] if spec.group_key else numbered.get(group, ())
        left = [key for key in candidates if key in found and key not in taken]
        if left:
            moves[spec.key] = left[0]
            taken.add(left[0])


def _group_numbered(extra: Mapping[str, Mapping[str, str]]) -> Mapping[str, list[str]]:
    """The keys that end with a number, as `count` writes it, by what stands before it; the lowest
    number first."""
    numbered: dict[str, list[tuple[int, str]]] = {}
    for key in (key for found in extra.values() for key in found):
        group, _, end = key.rpartition("-")
        if end.isdecimal() and not end.startswith("0"):
            numbered.setdefault(group, []).append((int(end), key))
    return {group: [key for _, key in sorted(keys)] for group, keys in numbered.items()}


def find_names_since(stacks: Iterable[Stack]) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Stack and key of servers as an earlier run knew them, and as these files call them.

    What `count` and `for_each` move is not among them: that is known from the account alone.
    """
    names: dict[tuple[str, str], tuple[str, str]] = {}
    for stack in stacks:
        for earlier in stack.names[1:]:
            names.update({(earlier, s.key): (stack.name, s.key) for s in stack.servers})
        for move in stack.moved:
            (giver, before), (receiver, key) = split_name(move.before), split_name(move.after)
            called = stack.beside.get(giver, {giver}) if giver else stack.names
            names.update({(one, before): (receiver or stack.name, key) for one in called})
    return names


class MoveSuggestions:
    """What a hint may tell a user to write in `moved` of this stack: what the loader takes."""

    def __init__(self, stack: Stack) -> None:
        self._bases = {spec.key: spec.base_key for spec in stack.servers}
        self._declared = {*self._bases, *self._bases.values()}
        self._from = {move.before: move for move in stack.moved}
        self._to = {move.after: move for move in stack.moved}
        self._uses = Counter(move.source for move in stack.moved)
        self._released = {release.key for release in stack.released}

    def suggest(self, before: str, after: str) -> str | None:
        """What to write so that `before` becomes `after`; None where the file cannot say that."""
        is_own_base = before not in self._bases and before == self._bases.get(after)
        if before in self._declared and not is_own_base:
            return None
        if not (is_key(split_name(before)[1]) and is_key(after)):
            return None
        entry = f"write moved: [{{from: {before}, to: {after}}}]"
        taken = {
            move.source
            for move in (self._from.get(before), self._to.get(after))
            if move is not None
        }
        if taken:
            # One line may rename many servers: what it says of the others must not get lost.
            is_single = sum(self._uses[source] for source in taken) == 1
            (source, *_) = taken
            return f"{entry} in place of the one in line {source.line}" if is_single else None
        if before in self._released:
            return f"{entry}, and take {before} out of released"
        return entry


def _resolve_declared(
    stack: Stack, by_key: Mapping[str, LiveServer], diagnostics: list[Diagnostic]
) -> dict[str, str]:
    moves = [move for move in stack.moved if move.before in by_key]
    blocked = _find_blocked(moves, by_key)
    diagnostics.extend(_conflict(move, moves, by_key) for move in blocked)
    while blocked:  # what is not made leaves its own key taken
        moves = [move for move in moves if move not in blocked]
        blocked = _find_blocked(moves, by_key)
    return {move.after: move.before for move in moves}


def _find_blocked(moves: Sequence[Move], by_key: Mapping[str, LiveServer]) -> list[Move]:
    leaving = {move.before for move in moves}
    last = {move.after: move.before for move in moves}  # two entries of a chain have one end
    return [
        move
        for move in moves
        if (move.after in by_key and move.after not in leaving) or last[move.after] != move.before
    ]


def _conflict(move: Move, moves: Sequence[Move], by_key: Mapping[str, LiveServer]) -> Diagnostic:
    taken = f"which {by_key[move.after].name} is already" if move.after in by_key else ""
    rivals = (m.before for m in moves if m.after == move.after and m.before != move.before)
    for rival in rivals if not taken else ():
        taken = f"which {rival} ({by_key[rival].name}) becomes"
    return Diagnostic(
        code="moved-conflict",
        where="moved",
        what=f"{move.before} ({by_key[move.before].name}) cannot become {move.after}, {taken}",
        hint="remove the entry from moved, or rename one of the two to another key",
        source=move.source,
    )


def _keys(stack: Stack) -> set[str]:
    return {spec.key for spec in stack.servers}


def _group_by_base(stack: Stack) -> Mapping[str, list[ServerSpec]]:
    """The servers of each entry, in the file's order."""
    groups: dict[str, list[ServerSpec]] = {}
    for spec in stack.servers:
        groups.setdefault(spec.base_key, []).append(spec)
    return groups


def _find_extra(stack: Stack, by_key: Mapping[str, LiveServer]) -> Mapping[str, Mapping[str, str]]:
    """The live keys of which the file says nothing, by the entry that they may come from; each
    with what stands behind that entry's key, present or earlier."""
    said = _keys(stack) | {move.before for move in stack.moved}
    said |= {release.key for release in stack.released}
    bases = find_earlier_bases(stack) | {spec.base_key: spec.base_key for spec in stack.servers}
    extra: dict[str, dict[str, str]] = {}
    for key in by_key.keys() - said:
        name = next((name for name in possible_bases(key) if name in bases), None)
        if name is not None:
            extra.setdefault(bases[name], {})[key] = key[len(name) :]
    return extra


def find_earlier_bases(stack: Stack) -> dict[str, str]:
    """The keys that entries had before `moved` renamed them, each with its entry: a rename may come
    with a count."""
    specs = {spec.key: spec for spec in stack.servers}
    bases = {}
    for move in stack.moved:
        spec = specs.get(move.after)
        end = move.after[len(spec.base_key) :] if spec is not None else ""
        if spec is not None and move.before.endswith(end):
            bases[move.before.removesuffix(end)] = spec.base_key
    return bases


def possible_bases(key: str) -> Iterator[str]:
    """The key itself, then every part of it that a count or a for_each can have expanded."""
    yield key
    for position in range(len(key) - 1, 0, -1):
        if key[position] == "-":
            yield key[:position]


def _find_left(
    stack: Stack,
    target: ServerSpec,
    candidates: Mapping[str, str],
    by_key: Mapping[str, LiveServer],
    diagnostics: list[Diagnostic],
) -> str | None:
    """The one of an entry's expanded servers that becomes the entry's only one."""
    if len(candidates) <= 1:
        return next(iter(candidates), None)
    numbers = {key: end.removeprefix("-") for key, end in candidates.items()}
    if all(text.isdigit() and not text.startswith("0") for text in numbers.values()):
        return min(candidates, key=lambda key: int(numbers[key]))
    first = min(candidates)
    names = join_names(f"{key} ({by_key[key].name})" for key in sorted(candidates))
    suggestion = MoveSuggestions(stack).suggest(first, target.key)
    diagnostics.append(
        Diagnostic(
            code="moved-ambiguous",
            where=f"servers.{target.key}",
            what=f"any of {names} can be the one that becomes {target.key}",
            hint=f"{suggestion} for the one that stays" if suggestion else "",
            source=target.source,
        )
    )
    return None
