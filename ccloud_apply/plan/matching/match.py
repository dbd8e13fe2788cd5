"""Which live server is which desired server: by ownership tags, by moved, by bound hostname.

What the file says against what the tags say, nothing else; comparing fields belongs to `diff.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.ownership import (
    KEY_RULE,
    SERVER_PREFIX,
    Ownership,
    is_key,
    is_stack_name,
    read_ownership,
    stack_tag,
)
from ccloud_apply.plan.matching.moves import MoveOffers, resolve_moves

By = Literal["tags", "moved", "hostname", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One desired server with its live one, a desired one without, or a live one without.

    `moved_from` is the key that the live server's tags still name. `is_released` marks a server
    that is given back. `deleting` is a server of the same identity that is on its way out.
    """

    key: str
    spec: ServerSpec | None = None
    live: LiveServer | None = None
    by: By = "nothing"
    moved_from: str | None = None
    is_released: bool = False
    deleting: LiveServer | None = None


@dataclass(slots=True)
class _Owned:
    """The stack's live servers by key, those that are being deleted apart.

    `doubtful` are the keys that broken tags name: nothing is said about them but that.
    """

    by_key: dict[str, LiveServer] = field(default_factory=dict)
    deleting: dict[str, LiveServer] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def match_servers(
    stack: Stack, account: Account
) -> tuple[tuple[Match, ...], tuple[Diagnostic, ...]]:
    """Every desired and every owned live server, each exactly once.

    Conflicts of identity are diagnostics; the servers in conflict are then left out.
    """
    owned = _index_owned(stack, account)
    diagnostics = owned.diagnostics
    moves = resolve_moves(stack, owned.by_key, diagnostics)
    by_hostname = {server.hostname: server for server in account.servers if server.hostname}
    unowned_names = _index_unowned_names(account.servers)
    matches: list[Match] = []
    taken: set[int] = set()
    for spec in stack.servers:
        if spec.key in owned.doubtful:
            continue
        match = _match_spec(stack, spec, owned, moves, by_hostname, diagnostics)
        if match is None:
            continue
        if match.live is None:
            diagnostics.extend(_check_custom_name(stack, spec, unowned_names))
        else:
            taken.add(match.live.id)
        matches.append(match)
    released = {release.key for release in stack.released}
    moved = set(moves.values())
    for key, live in owned.by_key.items():
        if live.id not in taken and key not in moved:
            matches.append(Match(key=key, live=live, by="tags", is_released=key in released))
    return tuple(matches), tuple(diagnostics)


def _index_owned(stack: Stack, account: Account) -> _Owned:
    owned = _Owned()
    tag = stack_tag(stack.name)
    for server in account.servers:
        if tag not in server.tags:
            continue
        ownership = read_ownership(server.tags)
        if len(ownership.stacks) > 1 or len(ownership.keys) != 1:
            owned.diagnostics.append(_broken_tags(stack, server))
            owned.doubtful |= ownership.keys
            continue
        if not _is_sound(ownership):
            owned.diagnostics.append(_no_key(stack, server, *ownership.keys))
            owned.doubtful |= ownership.keys
            continue
        (key,) = ownership.keys
        if server.is_deleting:
            owned.deleting[key] = server
        elif key in owned.by_key:
            owned.diagnostics.append(_duplicate(stack, key, owned.by_key[key], server))
        else:
            owned.by_key[key] = server
    return owned


def _broken_tags(stack: Stack, server: LiveServer) -> Diagnostic:
    ownership = read_ownership(server.tags)
    stacks = ", ".join(sorted(ownership.stacks))
    keys = ", ".join(sorted(ownership.keys)) or "none"
    return Diagnostic(
        code="ownership-broken",
        where=server.name,
        what=f"its tags name the stacks {stacks} and the keys {keys};"
        " an owned server has one of each",
        hint=f"set its tags right by hand, such as stack:{stack.name} and server:KEY",
        source=stack.source,
    )


def _is_sound(ownership: Ownership) -> bool:
    """True where one stack and one key are named, as a stack file could name them."""
    is_single = len(ownership.stacks) == len(ownership.keys) == 1
    return (
        is_single and all(map(is_stack_name, ownership.stacks)) and all(map(is_key, ownership.keys))
    )


def _no_key(stack: Stack, server: LiveServer, key: str) -> Diagnostic:
    """No file can name such a server: not to keep it, not to rename it, not to release it."""
    tag = f"{SERVER_PREFIX}{key}"
    return Diagnostic(
        code="ownership-broken",
        where=server.name,
        what=f"its tag {tag} names no key: a key is {KEY_RULE}",
        hint="correct that tag by hand, in the vendor's panel; or remove it there together with"
        f" {stack_tag(stack.name)}, and the server is nobody's",
        source=stack.source,
    )


def _duplicate(stack: Stack, key: str, first: LiveServer, second: LiveServer) -> Diagnostic:
    return Diagnostic(
        code="identity-duplicate",
        where=f"servers.{key}",
        what=f"{first.name} and {second.name} both carry stack:{stack.name} and server:{key}",
        hint=f"remove these two tags from the one that is not {key}",
        source=_source_of(stack, key),
    )


def _source_of(stack: Stack, key: str) -> SourceRange:
    return next((spec.source for spec in stack.servers if spec.key == key), stack.source)


def _match_spec(
    stack: Stack,
    spec: ServerSpec,
    owned: _Owned,
    moves: Mapping[str, str],
    by_hostname: Mapping[str, LiveServer],
    diagnostics: list[Diagnostic],
) -> Match | None:
    before = moves.get(spec.key)
    live = owned.by_key.get(spec.key if before is None else before)
    if live is not None:
        if spec.hostname is not None and live.hostname != spec.hostname:
            diagnostics.append(_wrong_hostname(stack, spec, live))
            return None
        by: By = "tags" if before is None else "moved"
        return Match(key=spec.key, spec=spec, live=live, by=by, moved_from=before)
    if spec.hostname is not None:
        return _match_hostname(stack, spec, spec.hostname, by_hostname, diagnostics)
    return Match(key=spec.key, spec=spec, deleting=owned.deleting.get(spec.key))


def _wrong_hostname(stack: Stack, spec: ServerSpec, live: LiveServer) -> Diagnostic:
    return Diagnostic(
        code="hostname-differs",
        where=f"servers.{spec.key}.hostname",
        what=f"{spec.key} is {live.name} by its tags, but the file binds {spec.hostname}",
        hint=f"write hostname: {live.hostname}, or remove the tags stack:{stack.name} and"
        f" server:{spec.key} from {live.name}",
        source=spec.source,
    )


def _match_hostname(
    stack: Stack,
    spec: ServerSpec,
    hostname: str,
    by_hostname: Mapping[str, LiveServer],
    diagnostics: list[Diagnostic],
) -> Match | None:
    live = by_hostname.get(hostname)
    what = hint = ""
    if live is None:
        what = f"there is no server {hostname} in this account"
        hint = "correct the hostname; leave it out to create a new server"
    elif live.is_deleting:
        what = f"{hostname} is being deleted"
        hint = "leave the hostname out to create a new server"
    else:
        ownership = read_ownership(live.tags)
        if ownership.stacks or ownership.keys:
            owner = ", ".join(sorted(ownership.stacks)) or "?"
            key = ", ".join(sorted(ownership.keys)) or "?"
            what = f"{hostname} already belongs to stack {owner} as {key}"
            hint = _hint_owned(stack, spec, key, ownership)
    if what or live is None:
        diagnostics.append(
            Diagnostic(
                code="hostname-unusable",
                where=f"servers.{spec.key}.hostname",
                what=what,
                hint=hint,
                source=spec.source,
            )
        )
        return None
    return Match(key=spec.key, spec=spec, live=live, by="hostname")


def _hint_owned(stack: Stack, spec: ServerSpec, key: str, ownership: Ownership) -> str:
    """How a server with an owner comes under this key."""
    if not _is_sound(ownership):
        return "correct its tags by hand, in the vendor's panel"
    if stack.name not in ownership.stacks:
        return f"give it back there first: no entry {key} below servers, and released: [{key}]"
    offer = MoveOffers(stack).offer(key, spec.key)
    if offer is not None:
        return f"to give it another key, {offer}"
    hint = f"leave hostname out here: {key} is in this file as well"
    if not any(other.key == other.base_key == key for other in stack.servers):
        return hint
    entry = f"moved: [{{from: {key}, to: {spec.key}}}]"
    return f"{hint}; or take the entry of {key} out of servers and write {entry}"


def _index_unowned_names(servers: Iterable[LiveServer]) -> Mapping[str, LiveServer]:
    """By custom name. A tag that names no stack that there can be makes nobody an owner."""
    names: dict[str, LiveServer] = {}
    for server in servers:
        name = clean_text(server.custom_name)
        stacks = read_ownership(server.tags).stacks
        if name and not server.is_deleting and not any(map(is_stack_name, stacks)):
            names.setdefault(name, server)
    return names


def _check_custom_name(
    stack: Stack, spec: ServerSpec, unowned_names: Mapping[str, LiveServer]
) -> tuple[Diagnostic, ...]:
    """A nameless twin is most likely the server that is meant: never a second one."""
    twin = unowned_names.get(custom_name_at_create(stack, spec) or "")
    if twin is None:
        return ()
    owner = read_ownership(twin.tags)
    first = "by hand, remove its tags that begin with stack: and server:; then, "
    return (
        Diagnostic(
            code="custom-name-taken",
            where=f"servers.{spec.key}",
            what=f"{twin.name} already has the custom name {twin.custom_name}"
            " and belongs to no stack",
            hint=f"{first if owner.stacks or owner.keys else ''}to adopt it, write"
            f" hostname: {twin.hostname} under {spec.key};"
            " for a second server, choose another custom_name",
            source=spec.source,
        ),
    )


def custom_name_at_create(stack: Stack, spec: ServerSpec) -> str | None:
    """The custom name that a new server gets: the declared one, or `<stack>-<key>`."""
    name: str | None = spec.value("custom_name", f"{stack.name}-{spec.key}")
    return name
