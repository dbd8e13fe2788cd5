"""Puts a loaded stack together again, as a file that needs no variable and no defaults."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

from ccloud_apply.aspects.registry import ASPECTS, place_in_file
from ccloud_apply.load.stack.origins import OriginFinder
from ccloud_apply.load.stack.record import Record
from ccloud_apply.load.stack.retire import spell_days
from ccloud_apply.load.stack.variables import Given
from ccloud_apply.load.stack.windows import spell_freeze, spell_window
from ccloud_apply.model.declared.reference import Template
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Move, Policy, ServerSpec, Stack
from ccloud_apply.model.results.resolved import ResolvedStack, ResolvedValue

_IN_FILE = sorted(ASPECTS.values(), key=place_in_file)
_NOT_WRITTEN = ("sources", "tag_sources", "least_retire", "windows", "freezes")
"""What a policy has beside the rules that a file writes by their names."""

_RANKS = {aspect.field: rank for rank, aspect in enumerate(_IN_FILE)}


def build_resolved(stack: Stack, record: Record, given: Mapping[str, Given]) -> ResolvedStack:
    """The stack as one mapping: what it says of itself, then its servers.

    `record` and `given` are of the run that has loaded it.
    """
    finder = OriginFinder(written=record.written, given=given)
    parts = {"stack": ResolvedValue(value=stack.name, source=stack.source)}
    if stack.renamed:
        names = tuple(ResolvedValue(value=o.before, source=o.source) for o in stack.renamed)
        parts["renamed"] = ResolvedValue(value={"from": ResolvedValue(value=names)})
    policy = dict(_find_rules(stack.policy, finder))
    if policy:
        parts["policy"] = ResolvedValue(value=policy)
    for name, node in record.sections.items():
        parts[name] = finder.resolve(node)
    parts["servers"] = ResolvedValue(
        value={spec.key: _build_server(spec, record, finder) for spec in stack.servers}
    )
    moves = [move for move in stack.moved if not move.is_joined]
    if moves:
        parts["moved"] = ResolvedValue(value=tuple(_build_moves(moves)))
    if stack.released:
        released = (ResolvedValue(value=one.key, source=one.source) for one in stack.released)
        parts["released"] = ResolvedValue(value=tuple(released))
    root = ResolvedValue(value=parts)
    return ResolvedStack(name=stack.name, path=stack.path, root=root, env=stack.env)


def _find_rules(policy: Policy, finder: OriginFinder) -> Iterator[tuple[str, ResolvedValue]]:
    """The rules that are set, each with the place of the level that it comes from."""
    for one in fields(policy):
        value = getattr(policy, one.name)
        if one.name in _NOT_WRITTEN or value is None or value == ():
            continue
        source = policy.sources.get(one.name)
        if one.name == "retire":
            value = spell_days(value)
        if isinstance(value, tuple):
            value = tuple(_locate_tags(value, policy, finder))
        yield one.name, ResolvedValue(value=value, source=source, origins=finder.find(source))
    yield from _find_times(policy, finder)


def _find_times(policy: Policy, finder: OriginFinder) -> Iterator[tuple[str, ResolvedValue]]:
    """Windows and freezes. Of several levels only the last one's windows can stand in one file:
    those of its project hold the stack wherever it is loaded under that project."""
    windows = ((one, spell_window(one)) for one in (policy.windows or ((),))[-1])
    freezes = ((one, spell_freeze(one)) for one in policy.freezes)
    for name, found in (("windows", tuple(windows)), ("freeze", tuple(freezes))):
        entries = tuple(_show_rule(spelled, rule.source, finder) for rule, spelled in found)
        if entries:
            yield name, ResolvedValue(value=entries)


def _show_rule(
    spelled: Mapping[str, Any], source: SourceRange | None, finder: OriginFinder
) -> ResolvedValue:
    def show(value: Any) -> ResolvedValue:
        if isinstance(value, tuple):
            value = tuple(map(show, value))
        return ResolvedValue(value=value, source=source, origins=finder.find(source))

    return replace(show(None), value={name: show(value) for name, value in spelled.items()})


def _locate_tags(
    tags: tuple[str, ...], policy: Policy, finder: OriginFinder
) -> Iterator[ResolvedValue]:
    for tag in tags:
        source = policy.tag_sources.get(tag)
        yield ResolvedValue(value=tag, source=source, origins=finder.find(source))


def _build_server(spec: ServerSpec, record: Record, finder: OriginFinder) -> ResolvedValue:
    instance, own = record.servers[spec.key]
    parts = {name: finder.resolve(own[name], instance) for name in sorted(own, key=_find_rank)}
    parts |= {name: _show_text(spec.value(name), part) for name, part in parts.items()}
    needed = instance.entry.child("depends_on")
    if spec.depends_on and needed is not None:
        source = needed.place
        keys = (ResolvedValue(value=key, source=source) for key in spec.depends_on)
        parts["depends_on"] = ResolvedValue(value=tuple(keys), source=source)
    return ResolvedValue(value=parts, source=spec.declared_at)


def _show_text(declared: Any, part: ResolvedValue) -> ResolvedValue:
    """What a template gives: in its place, unless secrets are still to be filled in."""
    if not isinstance(declared, Template) or declared.parts is None:
        return part
    if declared.secrets:
        return replace(part, text=declared.text)
    return ResolvedValue(value=declared.text, source=part.source)


def _find_rank(name: str) -> int:
    """The fields in the order in which files have them, a hostname first, the rest last."""
    return -1 if name == "hostname" else _RANKS.get(name, len(_RANKS))


def _build_moves(moves: Sequence[Move]) -> Iterator[ResolvedValue]:
    """Each move; several that end at one key as a chain, for a file gives a key to one alone.

    What comes from another stack begins the chain: in its middle, others would go there.
    """
    chains: dict[str, list[str]] = {}
    for move in moves:
        chain = chains.setdefault(move.after, [])
        if "/" not in move.before:
            chain.append(move.before)
    onward = {
        before: after for end, chain in chains.items() for before, after in pairwise((*chain, end))
    }
    for move in moves:
        first = next(iter(chains[move.after]), move.after)
        yield _pair(move.before, onward.get(move.before, first), move.source)


def _pair(before: str, after: str, source: SourceRange) -> ResolvedValue:
    names = {"from": before, "to": after}
    return ResolvedValue(
        value={name: ResolvedValue(value=key, source=source) for name, key in names.items()},
        source=source,
    )
