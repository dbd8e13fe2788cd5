"""Conflicts of identity: what is wrong, where, and the way out. `match.py` finds them."""

from collections.abc import Mapping, Sequence

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Move, ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import (
    KEY_RULE,
    SERVER_PREFIX,
    STACK_PREFIX,
    Ownership,
    is_key,
    is_stack_name,
    read_ownership,
    split_name,
    stack_tag,
)
from ccloud_apply.model.text import join_names, printable
from ccloud_apply.plan.matching.moves import MoveSuggestions


def is_sound(ownership: Ownership) -> bool:
    """True where one stack and one key are named, as a stack file could name them."""
    is_single = len(ownership.stacks) == len(ownership.keys) == 1
    return (
        is_single and all(map(is_stack_name, ownership.stacks)) and all(map(is_key, ownership.keys))
    )


def broken_tags(stack: Stack, server: LiveServer, ownership: Ownership) -> Diagnostic:
    """The tags of a live server name more than one stack, or not exactly one key."""
    stacks = printable(", ".join(sorted(ownership.stacks)))
    keys = printable(", ".join(sorted(ownership.keys))) or "none"
    return Diagnostic(
        code="ownership-broken",
        where=server.name,
        what=f"its tags name the stacks {stacks} and the keys {keys};"
        " an owned server has one of each",
        hint=f"set its tags right by hand, such as stack:{stack.name} and server:KEY",
        source=stack.source,
    )


def no_key(stack: Stack, server: LiveServer, key: str) -> Diagnostic:
    """No file can name such a server: neither to keep nor to rename nor to release it."""
    tag = printable(f"{SERVER_PREFIX}{key}")
    return Diagnostic(
        code="ownership-broken",
        where=server.name,
        what=f"its tag {tag} names no key: a key is {KEY_RULE}",
        hint="fix that tag by hand, in the vendor's panel; or remove it there together with"
        f" {stack_tag(stack.name)}, and the server belongs to no stack",
        source=stack.source,
    )


def identity_duplicate(
    stack: Stack, name: str, key: str, servers: tuple[LiveServer, LiveServer]
) -> Diagnostic:
    """Two live servers carry one identity. `name` is the stack's, or an earlier one of it."""
    first, second = servers
    return Diagnostic(
        code="identity-duplicate",
        where=f"servers.{key}",
        what=f"{first.name} and {second.name} both carry {stack_tag(name)} and server:{key}",
        hint=f"remove these two tags from the one that is not {key}",
        source=_source_of(stack, key),
    )


def renamed_duplicate(
    stack: Stack, earlier: str, key: str, servers: tuple[LiveServer, LiveServer]
) -> Diagnostic:
    """One key under the stack's name and under an earlier one."""
    first, second = servers
    return Diagnostic(
        code="moved-conflict",
        where=f"servers.{key}",
        what=f"{second.name} is {earlier}/{key} and would become {key} of stack {stack.name}, which"
        f" {first.name} is already",
        hint=f"give stack {earlier} a file again in place of renamed:, and move its servers one by"
        f" one: moved: [{{from: {earlier}/{key}, to: KEY}}]",
        source=_source_of(stack, key),
    )


def move_apart(stack: Stack, move: Move, live: LiveServer, missing: Sequence[str]) -> Diagnostic:
    """A server goes from one stack to another, and only one of the two is in the run."""
    names = join_names(missing)
    giver, _ = split_name(move.before)
    hint = f"give the {'file' if len(missing) == 1 else 'files'} of stack {names} as well"
    if giver in missing:
        hint = f"{hint}; if there is none any more, write renamed: {{from: {giver}}}"
    return Diagnostic(
        code="move-apart",
        where="moved",
        what=f"{live.name} goes from {_spell(stack, move.before)} to {_spell(stack, move.after)},"
        f" and stack {names} is not in this run",
        hint=hint,
        source=move.source,
    )


def move_ambiguous(stack: Stack, move: Move, servers: Mapping[str, LiveServer]) -> Diagnostic:
    """An entry that was repeated goes to one of another stack that is not repeated."""
    names = join_names(f"{key} ({servers[key].name})" for key in sorted(servers))
    any_of = "any of " if len(servers) > 1 else ""
    return Diagnostic(
        code="moved-ambiguous",
        where="moved",
        what=f"{any_of}{names} can be the one that becomes {move.after}",
        hint=f"in {stack.path}, write moved: [{{from: {min(servers)}, to: {move.after}}}] for the"
        " one that goes there",
        source=move.source,
    )


def move_one_sided(stack: Stack, move: Move, live: LiveServer) -> Diagnostic:
    """Only the other stack's file says so: this one alone destroys the server that it gives, or
    creates a second one in place of the one that it gets."""
    receiver, after = split_name(move.after)
    where = f"goes to {move.after}" if receiver else f"comes from {move.before}"
    what = "destroys it" if receiver else f"creates another {after}"
    return Diagnostic(
        code="move-one-sided",
        where="moved",
        what=f"{live.name} {where}, and {stack.path} does not say so: until that is applied, a plan"
        f" of that file alone {what}",
        hint=f"in {stack.path}, write moved: [{{from: {move.before}, to: {move.after}}}] as well",
        severity=Severity.WARNING,
        source=stack.source,
    )


def _spell(stack: Stack, name: str) -> str:
    return name if "/" in name else f"{stack.name}/{name}"


def _source_of(stack: Stack, key: str) -> SourceRange:
    return next((spec.source for spec in stack.servers if spec.key == key), stack.source)


def hostname_differs(spec: ServerSpec, live: LiveServer, before: str | None) -> Diagnostic:
    """The tags say one server, the file binds another one. `before` is the key that the tags name,
    if it is another one."""
    known = " by its tags" if before is None else f", which is {before} by its tags"
    tags = sorted(tag for tag in live.tags if tag.startswith((STACK_PREFIX, SERVER_PREFIX)))
    return Diagnostic(
        code="hostname-differs",
        where=f"servers.{spec.key}.hostname",
        what=f"{spec.key} is {live.name}{known}, but the file binds {spec.hostname}",
        hint=f"{_bind(live)}remove the tags {' and '.join(tags)} from {live.name} by hand",
        source=spec.source,
    )


def hostname_unusable(
    stack: Stack, spec: ServerSpec, hostname: str, live: LiveServer | None
) -> Diagnostic | None:
    """Why the file cannot bind this live server, if it cannot."""
    if live is None:
        what = f"the account has no server {hostname}"
        hint = "fix the hostname; leave it out to create a new server"
    elif live.is_deleting:
        what = f"{hostname} is being deleted"
        hint = "leave the hostname out to create a new server"
    else:
        ownership = read_ownership(live.tags)
        if not ownership.stacks and not ownership.keys:
            return None
        owner = ", ".join(sorted(ownership.stacks)) or "?"
        key = ", ".join(sorted(ownership.keys)) or "?"
        what = printable(f"{hostname} already belongs to stack {owner} as {key}")
        hint = _hint_owned(stack, spec, key, ownership)
    return Diagnostic(
        code="hostname-unusable",
        where=f"servers.{spec.key}.hostname",
        what=what,
        hint=hint,
        source=spec.source,
    )


def _hint_owned(stack: Stack, spec: ServerSpec, key: str, ownership: Ownership) -> str:
    """How a server with an owner comes under this key."""
    if not is_sound(ownership):
        return "fix its tags by hand, in the vendor's panel"
    if not ownership.stacks & set(stack.names):
        (owner,) = ownership.stacks
        return (
            f"to move it here, remove the entry {key} there, write moved:"
            f" [{{from: {owner}/{key}, to: {spec.key}}}] here, and give both files"
        )
    suggestion = MoveSuggestions(stack).suggest(key, spec.key)
    if suggestion is not None:
        return f"to give it another key, {suggestion}"
    hint = f"leave hostname out here: {key} is also in this file"
    if not any(other.key == other.base_key == key for other in stack.servers):
        return hint
    entry = f"moved: [{{from: {key}, to: {spec.key}}}]"
    return f"{hint}; or take the entry of {key} out of servers and write {entry}"


def _bind(live: LiveServer) -> str:
    """A server that has no hostname yet cannot be bound by it."""
    return f"write hostname: {live.name}, or " if live.hostname else ""


def custom_name_taken(stack: Stack, spec: ServerSpec, duplicate: LiveServer) -> Diagnostic:
    """A server of no stack has the name: most likely the one that is meant, so no second one."""
    owner = read_ownership(duplicate.tags)
    first = "by hand, remove its tags that begin with stack: and server:; then, "
    if spec.key == spec.base_key and duplicate.hostname:
        adopt = f"write hostname: {duplicate.name} under {spec.key}"
    else:  # an entry that stands for several servers binds none
        tags = f"stack:{stack.name} and server:{spec.key}"
        adopt = f"give {duplicate.name} the tags {tags} by hand"
    return Diagnostic(
        code="custom-name-taken",
        where=f"servers.{spec.key}",
        what=f"{duplicate.name} already has the custom name {duplicate.custom_name}"
        " and belongs to no stack",
        hint=f"{first if owner.stacks or owner.keys else ''}to adopt it, {adopt};"
        " for a second server, choose a different custom_name",
        source=spec.source,
    )
