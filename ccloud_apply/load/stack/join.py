"""Joins the stacks of one run: servers that go from one to another, and names that have changed.

A move between stacks may be written in either file. Afterwards both say it, so that whoever looks
at one stack alone knows it. What moves within one file belongs to `moved.py`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.text.format_values import did_you_mean
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Move, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.ownership import is_key, split_name

Name = tuple[str, str]
"""A server: its stack and key."""


@dataclass(frozen=True, slots=True)
class _Transfer:
    """A server that goes from one stack to another; `origin` is the stack whose file says so."""

    before: Name
    after: Name
    origin: str
    source: SourceRange

    def seen_by(self, stack: str) -> Move:
        """The same as the file of this stack says it."""
        before, after = (_spell(name, stack) for name in (self.before, self.after))
        return Move(
            before=before,
            after=after,
            source=self.source,
            is_joined=stack != self.origin,
        )


@dataclass(frozen=True, slots=True)
class _Keys:
    """What one stack's file calls its servers.

    `bases` are the entries of the servers by key, `onward` the keys that it has renamed, `names`
    all that `moved` may name: keys, and entries, whether or not they make any server; and
    `released` the keys whose servers it gives back.
    """

    bases: Mapping[str, str]
    onward: Mapping[str, str]
    names: Mapping[str, None]
    released: frozenset[str]

    @classmethod
    def of(cls, stack: Stack) -> Self:
        bases = {spec.key: spec.base_key for spec in stack.servers}
        names = dict.fromkeys((*bases, *bases.values(), *stack.entries))
        onward = {move.before: move.after for move in stack.moved}
        return cls(bases, onward, names, frozenset(release.key for release in stack.released))


def join_stacks(stacks: Sequence[Stack]) -> tuple[Stack, ...]:
    """The stacks of one run, each with what the others say of its servers. Joining twice is
    joining once."""
    concerned: dict[str, list[_Transfer]] = {}
    for transfer in _find_transfers(stacks, _find_keys(stacks)):
        for name in {transfer.origin, transfer.before[0], transfer.after[0]}:
            concerned.setdefault(name, []).append(transfer)
    beside = {stack.name: frozenset(stack.names) for stack in stacks}
    return tuple(
        replace(
            stack, beside=beside, moved=tuple(_join_moves(stack, concerned.get(stack.name, ())))
        )
        for stack in stacks
    )


def find_named_stacks(stack: Stack) -> frozenset[str]:
    """The other stacks that a file names under `renamed` and `moved`, as it was loaded."""
    moved = (name for move in stack.moved for name in _stacks_of(move) if name)
    return frozenset((*(one.before for one in stack.renamed), *moved)) - {stack.name}


def check_joined(stacks: Sequence[Stack]) -> tuple[Diagnostic, ...]:
    """What the stacks of one run, as they were loaded, cannot all say."""
    return (*_check_names(stacks), *_check_transfers(stacks))


def _spell(name: Name, stack: str) -> str:
    return name[1] if name[0] == stack else f"{name[0]}/{name[1]}"


def _join_moves(stack: Stack, transfers: Iterable[_Transfer]) -> Iterator[Move]:
    """The stack's own moves, then all that its servers have to do with other stacks."""
    yield from (move for move in stack.moved if not any(_stacks_of(move)))
    found: dict[tuple[str, str], Move] = {}
    for transfer in sorted(transfers, key=lambda one: one.origin != stack.name):
        move = transfer.seen_by(stack.name)
        found.setdefault((move.before, move.after), move)
    yield from found.values()


def _stacks_of(move: Move) -> tuple[str, str]:
    return split_name(move.before)[0], split_name(move.after)[0]


def _find_keys(stacks: Iterable[Stack]) -> Mapping[str, _Keys]:
    return {stack.name: _Keys.of(stack) for stack in stacks}


def _find_transfers(stacks: Sequence[Stack], keys: Mapping[str, _Keys]) -> Iterator[_Transfer]:
    called = {name: stack.name for stack in reversed(stacks) for name in stack.names}
    called |= {stack.name: stack.name for stack in stacks}
    for stack in stacks:
        for move in stack.moved:
            if not any(_stacks_of(move)) or move.is_joined:
                continue
            ends = (split_name(end) for end in (move.before, move.after))
            before, after = ((called.get(s or stack.name, s), key) for s, key in ends)
            for giver, receiver in _expand(before, after, keys.get(after[0])):
                yield _Transfer(
                    before=giver,
                    after=receiver,
                    origin=stack.name,
                    source=move.source,
                )


def _expand(before: Name, after: Name, keys: _Keys | None) -> Iterator[tuple[Name, Name]]:
    """The pairs of expanded keys, once the file of the stack that gets the server is known."""
    key, seen = after[1], set[str]()
    while keys is not None and key not in keys.bases and key in keys.onward and key not in seen:
        seen.add(key)
        key = keys.onward[key]
    if keys is None or key in keys.bases or key not in keys.names:
        stack, name = split_name(key)
        yield before, (stack or after[0], name)
        return
    found = [one for one, base_key in keys.bases.items() if base_key == key]
    if found:  # from an entry that was not repeated
        yield before, (after[0], found[0])
    for one in found:
        source = before[1] + one[len(key) :]
        if is_key(source):
            yield (before[0], source), (after[0], one)


def _check_names(stacks: Sequence[Stack]) -> Iterator[Diagnostic]:
    by_name = {stack.name: stack for stack in stacks}
    renamed: dict[str, Stack] = {}
    for stack in stacks:
        for rename in stack.renamed:
            other = by_name.get(rename.before)
            what = f'stack "{rename.before}" is still the name of {other.path if other else ""}'
            hint = "remove renamed: here, or that file"
            if other is None:
                other = renamed.setdefault(rename.before, stack)
                what = f'stack "{rename.before}" is renamed in two files; the other is {other.path}'
                hint = "one stack alone takes over its servers; to share them out, use moved:"
            if other is not stack:
                yield Diagnostic(
                    code="bad-rename",
                    where="renamed.from",
                    what=what,
                    hint=hint,
                    source=rename.source,
                )


def _check_transfers(stacks: Sequence[Stack]) -> Iterator[Diagnostic]:
    paths, keys = {stack.name: stack.path for stack in stacks}, _find_keys(stacks)
    first: dict[Name, _Transfer] = {}
    for transfer in _find_transfers(stacks, keys):
        other = first.setdefault(transfer.before, transfer)
        what, hint = _check_transfer(transfer, other, keys, paths)
        if what:
            yield Diagnostic(
                code="bad-move", where="moved", what=what, hint=hint, source=transfer.source
            )


def _check_transfer(
    transfer: _Transfer, first: _Transfer, keys: Mapping[str, _Keys], paths: Mapping[str, str]
) -> tuple[str, str]:
    (giver, key), (receiver, after) = transfer.before, transfer.after
    if giver in keys and key in keys[giver].names:
        what = f'from: "{giver}/{key}" is still a key in {paths[giver]}'
        return what, "remove the entry under servers: there, or this move"
    if giver in keys and key in keys[giver].released:
        what = f'from: "{giver}/{key}" is given back under released: in {paths[giver]}'
        return what, "remove it from released: there, or this move"
    if receiver in keys and after not in keys[receiver].names:
        what = f'to: stack "{receiver}" ({paths[receiver]}) has no server "{after}"'
        return what, did_you_mean(after, keys[receiver].names.keys())
    if first.after != transfer.after:
        what = f'from: "{giver}/{key}" goes to "{"/".join(first.after)}" as well'
        return what, f"remove one of them; the other is in line {first.source.line}"
    return "", ""
