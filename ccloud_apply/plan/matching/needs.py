"""What each server depends on: by its entry, or for one without, by the entry that it came from.

The tags of a server that has left the file tell its key. Where that is the key of an entry with
`count` or `for_each` that is still in the file, present or earlier, it depends on what that entry
depends on. Of an entry that is gone as a whole nothing tells it.
"""

from collections.abc import Iterable, Mapping

from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.plan.matching.match import Match
from ccloud_apply.plan.matching.moves import find_earlier_bases, possible_bases

Needs = Mapping[str, tuple[str, ...]]


def find_needs(stack: Stack, matches: Iterable[Match]) -> Needs:
    """The keys of the servers that each server depends on, or depended on, by key.

    Only servers of `matches` that no entry makes any more are added to what the file declares.
    """
    matches = tuple(matches)
    needs = {m.key: m.spec.depends_on if m.spec is not None else () for m in matches}
    left_out = [match.key for match in matches if match.spec is None]
    earlier = find_earlier_bases(stack) if left_out else {}
    bases = ((key, _find_base(stack, key, earlier)) for key in left_out)
    dropped = {key: base for key, base in bases if base is not None}
    if not dropped:
        return needs
    made: dict[str, list[str]] = {}
    gone: dict[str, list[str]] = {}
    for match in matches:
        if match.spec is not None:
            made.setdefault(match.spec.base_key, []).append(match.key)
        elif match.key in dropped:
            gone.setdefault(dropped[match.key], []).append(match.key)
    for base_key, targets in stack.entries.items():
        left = tuple(key for target in targets for key in gone.get(target, ()))
        there = tuple(key for target in targets for key in made.get(target, ()))
        for key in made.get(base_key, ()) if left else ():
            needs[key] = (*needs[key], *left)
        needs |= dict.fromkeys(gone.get(base_key, ()), (*there, *left))  # one tuple for all of them
    return needs


def _find_base(stack: Stack, key: str, earlier: Mapping[str, str]) -> str | None:
    """The entry that made this server before."""
    for base in possible_bases(key):
        if base in stack.entries:
            return base
        if base in earlier:
            return earlier[base]
    return None
