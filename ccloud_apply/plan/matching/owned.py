"""The live servers that are a stack's own, by their tags and by what its file says of other stacks.

Which declared server each of them is belongs to `match.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Move, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import split_name
from ccloud_apply.plan.matching.conflicts import (
    broken_tags,
    identity_duplicate,
    is_sound,
    move_ambiguous,
    move_apart,
    move_one_sided,
    no_key,
    renamed_duplicate,
)
from ccloud_apply.plan.matching.index import AccountIndex, OwnedServer

_Others = Mapping[tuple[str, str], tuple[str, LiveServer]]
"""Servers by their stack and key, each with the stack that its tags name."""


@dataclass(slots=True)
class OwnedServers:
    """The stack's live servers by key, those that are being deleted apart.

    One that another stack of the run gives stands under `STACK/KEY`, as `moved` names it; one that
    another stack gets is not there. `earlier` has what tags still say, as `STACK/KEY`, of servers
    under an earlier name of the stack and of those that another stack gives. `doubtful` are the
    keys that broken tags name: the plan says nothing else about them.
    """

    by_key: dict[str, LiveServer] = field(default_factory=dict)
    deleting: dict[str, LiveServer] = field(default_factory=dict)
    earlier: dict[str, str] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def sort_owned(stack: Stack, index: AccountIndex) -> OwnedServers:
    """The live servers of this stack, with what is wrong with their tags."""
    owned = OwnedServers()
    seen: set[int] = set()
    for name in stack.names:
        for server, ownership in index.owned.get(name, ()):
            if server.id not in seen:
                seen.add(server.id)
                _add(owned, stack, name, OwnedServer(server, ownership))
    between = [move for move in stack.moved if "/" in move.before or "/" in move.after]
    others = _index_others(stack, between, index)
    for move in between:  # while all that the stack has is still there
        _add_ambiguous(owned, stack, move, others)
    for move in between:
        _add_moved(owned, stack, move, others)
    return owned


def _add(owned: OwnedServers, stack: Stack, name: str, found: OwnedServer) -> None:
    server, ownership = found
    if len(ownership.stacks) > 1 or len(ownership.keys) != 1:
        owned.diagnostics.append(broken_tags(stack, server, ownership))
        owned.doubtful |= ownership.keys
        return
    (key,) = ownership.keys
    first = owned.by_key.get(key)
    if not is_sound(ownership):
        owned.diagnostics.append(no_key(stack, server, key))
        owned.doubtful.add(key)
    elif server.is_deleting:
        owned.deleting[key] = server
    elif first is None:
        owned.by_key[key] = server
        if name != stack.name:
            owned.earlier[key] = f"{name}/{key}"
    elif name == stack.name or owned.earlier.get(key) == f"{name}/{key}":
        owned.diagnostics.append(identity_duplicate(stack, name, key, (first, server)))
    else:
        owned.diagnostics.append(renamed_duplicate(stack, name, key, (first, server)))


def _add_moved(owned: OwnedServers, stack: Stack, move: Move, others: _Others) -> None:
    """A server that comes from another stack, or goes to one, if it has not moved yet."""
    giver, key = split_name(move.before)
    receiver, _ = split_name(move.after)
    if giver:
        name, live = others.get((giver, key), (giver, None))
    else:
        name, live = stack.name, owned.by_key.get(key)
    missing = [other for other in (giver, receiver) if other and other not in stack.beside]
    if not giver and missing:
        for one in _find_given(stack, key, owned):
            apart = replace(move, before=one)
            owned.diagnostics.append(move_apart(stack, apart, owned.by_key.pop(one), missing))
        return
    if live is None:
        if giver and missing and move.after not in owned.by_key:
            for instance, live in _find_instances(stack, giver, key, others):
                apart = replace(move, before=f"{giver}/{instance}")
                owned.diagnostics.append(move_apart(stack, apart, live, missing))
        return
    if missing:
        owned.diagnostics.append(move_apart(stack, move, live, missing))
    if move.is_joined and _is_harmed_alone(stack, giver, receiver, move):
        owned.diagnostics.append(move_one_sided(stack, move, live))
    if not giver:
        del owned.by_key[key]
    elif not receiver and not missing:
        owned.by_key[move.before] = live
        owned.earlier[move.before] = f"{name}/{key}"


def _index_others(stack: Stack, moves: Sequence[Move], index: AccountIndex) -> _Others:
    """The servers of all other stacks that these moves name."""
    named = {split_name(end)[0] for move in moves for end in (move.before, move.after)} - {""}
    others: dict[tuple[str, str], tuple[str, LiveServer]] = {}
    for other in named:
        for name in sorted(stack.beside.get(other, {other})):
            for server, ownership in index.owned.get(name, ()):
                if is_sound(ownership) and not server.is_deleting:
                    (key,) = ownership.keys
                    others.setdefault((other, key), (name, server))
    return others


def _add_ambiguous(owned: OwnedServers, stack: Stack, move: Move, others: _Others) -> None:
    """A move of an entry that was repeated to one that is not: none of its servers is destroyed
    because the file does not say which one goes."""
    receiver, after = split_name(move.after)
    is_plain = move.before in owned.by_key or (receiver, after) in others
    if is_plain or "/" in move.before or receiver not in stack.beside:
        return
    if any(one.before in owned.by_key for one in stack.moved if one.after == move.after):
        return
    left = _find_given(stack, move.before, owned)
    if left:
        servers = {key: owned.by_key.pop(key) for key in left}
        owned.diagnostics.append(move_ambiguous(stack, move, servers))


def _find_given(stack: Stack, before: str, owned: OwnedServers) -> list[str]:
    """The live keys that a move to another stack may stand for: that of the entry itself, and those
    of its instances."""
    kept = {spec.key for spec in stack.servers} | {release.key for release in stack.released}
    kept |= {move.before for move in stack.moved if move.before != before}
    return [
        key
        for key in owned.by_key
        if key == before or (key.startswith(f"{before}-") and key not in kept)
    ]


def _is_harmed_alone(stack: Stack, giver: str, receiver: str, move: Move) -> bool:
    """True if a plan of this stack alone would destroy the server or create another one: where the
    file binds it by its hostname, that plan is an error."""
    if not giver:
        return True
    bound = {spec.key for spec in stack.servers if spec.hostname is not None}
    return not receiver and move.after not in bound


def _find_instances(
    stack: Stack, giver: str, key: str, others: _Others
) -> Iterator[tuple[str, LiveServer]]:
    """The servers of another stack that an entry of this key may have made, each with its key."""
    named = {move.before for move in stack.moved}
    for (other, found), (_, server) in others.items():
        if other == giver and found.startswith(f"{key}-") and f"{giver}/{found}" not in named:
            yield found, server


def stay_apart(stack: Stack) -> Stack:
    """The stack without what moves between stacks: each destroys its own servers."""
    moved = tuple(m for m in stack.moved if "/" not in m.before and "/" not in m.after)
    return stack if len(moved) == len(stack.moved) else replace(stack, moved=moved)
