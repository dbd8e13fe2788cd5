"""Resolves `moved` and `released`: keys that are no longer in the file."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from ccloud_apply.load.stack.keys import Keys
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.node import Node, Place
from ccloud_apply.model.declared.stack import Move, Release
from ccloud_apply.model.ownership import is_key, split_name

_OF_OTHERS = "move the entry to the file of one of these two stacks"
_STILL_A_KEY = "from is the server's former key; remove the entry under servers:, or the move"


def resolve_moves(
    moved: Node | None, names: Collection[str], keys: Keys, collector: DiagnosticCollector
) -> tuple[Move, ...]:
    """The renamed keys; for an entry with count or for_each, one for each instance.

    `names` are those that the stack itself goes by. What another stack has is not known here:
    `join.py` joins the stacks of one run.
    """
    moves: list[Move] = []
    named: tuple[dict[str, Place], dict[str, Place]] = ({}, {})
    items = tuple(moved.value or ()) if moved is not None else ()
    pairs = [
        (_name_own(item.value["from"].value, names), _name_own(item.value["to"].value, names))
        for item in items
    ]
    ends = _find_ends(dict(pairs), keys)
    plain = set(_find_plain(pairs))
    for index, (item, (before, written)) in enumerate(zip(items, pairs, strict=True)):
        where = f"moved[{index}]"
        after = ends.get(written, written)
        what, hint = _check_names(before, after, keys)
        if _is_of_another(before) and _is_of_another(written):
            what, hint = "neither from nor to is a key of this stack", _OF_OTHERS
        if what:
            collector.add("bad-move", where, what, item.place, hint=hint)
            continue
        for pair in _expand(before, after, keys):
            # Two entries of one chain end at the same key, each after the other's time.
            is_alone = after == written and (before, written) not in plain
            places = named if is_alone else named[:1]
            what, hint = _check_pair(pair, item.place, places, keys)
            if what:
                collector.add("bad-move", where, what, item.place, hint=hint)
            source = item.place
            moves.append(Move(before=pair[0], after=pair[1], source=source))
    return tuple(moves)


def _name_own(name: str, names: Collection[str]) -> str:
    """The key alone of a server of this stack, by whatever name of the stack it is written."""
    stack, key = split_name(name)
    return key if stack in names else name


def _is_of_another(name: str) -> bool:
    return bool(split_name(name)[0])


def _find_ends(onward: Mapping[str, str], keys: Keys) -> Mapping[str, str]:
    """The end of the chain that each name is in: a key of the file, or one that is renamed no more.

    Names in a circle end at the one before, so that each is told to be its own. Every name is
    looked at once, however long the chains are.
    """
    ends: dict[str, str] = {}
    for start in onward:
        path: dict[str, int] = {}
        name = start
        while name not in ends and name not in path:
            path[name] = len(path)
            if name not in onward or keys.find(name) is not None:
                ends[name] = name
            else:
                name = onward[name]
        names = list(path)
        if name not in ends:
            circle = names[path[name] :]
            ends.update(zip(circle, [circle[-1], *circle[:-1]], strict=True))
        for one in names:
            ends.setdefault(one, ends[name])
    return ends


def _find_plain(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The moves of an entry of another stack beside one of its instances (`shop/web` beside
    `shop/web-1`, both to `app-1`): the server has one of these keys, as its entry was repeated or
    not. A move to an entry with count or for_each means both."""
    among = set(pairs)
    for before, after in among:
        ends = (i for i, letter in enumerate(before) if letter == "-")
        for end in ends if _is_of_another(before) else ():
            if (before[:end], after) in among and after.endswith(before[end:]):
                yield before[:end], after


def _check_names(before: str, after: str, keys: Keys) -> tuple[str, str]:
    if before == after:
        return f'from and to are the same key "{before}"', "remove the entry"
    if not _is_of_another(after) and keys.find(after) is None:
        return f'to: there is no server "{after}"', keys.suggest(after)
    is_own_base = after in keys.bases.get(before, ())
    if before in keys.bases and before not in keys.instances and not is_own_base:
        return f'from: "{before}" is still a key in this file', _STILL_A_KEY
    return "", ""


def _expand(before: str, after: str, keys: Keys) -> Iterator[tuple[str, str]]:
    if after in keys.instances or _is_of_another(after):
        yield before, after
        return
    found = keys.find(after) or ()
    if _is_of_another(before) and found:  # within a stack the plan knows it, by the live servers
        yield before, found[0]
    for key in found:
        source = before + key[len(after) :]
        if is_key(split_name(source)[1]):  # no server can have had a longer one
            yield source, key


def _check_pair(
    pair: tuple[str, str], place: Place, named: tuple[dict[str, Place], ...], keys: Keys
) -> tuple[str, str]:
    if pair[0] in keys.instances:
        return f'from: "{pair[0]}" is still a key in this file', _STILL_A_KEY
    for word, key, places in zip(("from", "to"), pair, named, strict=False):
        first = places.setdefault(key, place)
        if first != place:
            return (
                f'{word}: "{key}" is named twice, first in line {first.line}',
                "remove one of them",
            )
    return "", ""


def resolve_releases(
    released: Node | None, moves: Iterable[Move], keys: Keys, collector: DiagnosticCollector
) -> tuple[Release, ...]:
    """The keys whose servers are released."""
    renamed = {move.before for move in moves}
    releases: dict[str, Release] = {}
    for index, item in enumerate(released.value or () if released is not None else ()):
        key, what, hint = item.value, "", "remove one of them"
        if key in keys.instances or key in keys.bases or key in keys.groups:
            what = f'"{key}" is still a key in this file'
            hint = "remove the entry under servers: to give its server back"
        elif key in renamed:
            what = f'"{key}" is renamed under moved:, so it cannot be released'
        elif key in releases:
            what = f'"{key}" is named twice'
        if what:
            collector.add("bad-release", f"released[{index}]", what, item.place, hint=hint)
        source = item.place
        releases.setdefault(key, Release(key=key, source=source))
    return tuple(releases.values())
