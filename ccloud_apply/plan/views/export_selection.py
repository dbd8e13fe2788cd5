"""Which live servers an export takes, and under which keys.

What is written of a server belongs to `export.py`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity, has_errors
from ccloud_apply.model.limits import DEFAULT_LIMITS, MAX_KEY_LENGTH, Limits
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.ownership import is_retired, is_stack_name, read_ownership, read_retirement
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.matching.index import index_account
from ccloud_apply.plan.matching.match import match_servers

DEFAULT_STACK = "imported"
"""The stack's name where neither the command line nor the servers name one."""

_HOSTNAME = lazy_pattern(r"[A-Za-z0-9._-]{1,253}")
_HERE = SourceRange("", 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What is to be exported: by hostnames, by a tag, or everything (neither of both).

    `into` is the stack whose file it is added to: its own servers and keys are there already.
    `limits` is what the platform takes.
    """

    hostnames: tuple[str, ...] = ()
    tag: str | None = None
    stack: str | None = None
    into: Stack | None = None
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The stack's name and its servers by key; `owned` are the keys that are the stack's already.

    `warnings` say which servers were left out, and which came unasked.
    """

    stack: str
    servers: Mapping[str, LiveServer]
    owned: frozenset[str]
    warnings: tuple[Diagnostic, ...] = ()


def choose_servers(
    account: Account, request: ExportRequest
) -> tuple[Choice | None, tuple[Diagnostic, ...]]:
    """The servers of a request, or None and what is wrong with the stack's own servers.

    All of the stack's own servers come along: a file without them would plan to destroy them. But a
    retired one only does where its hostname is given: a file that has it would restore it.
    Raises UsageError for a hostname or tag that no server has, and if no server is left.
    """
    picked = _pick(account.every_server, request)
    stack = _name_stack(picked, request)
    owned, diagnostics = _find_owned(stack, account)
    if has_errors(diagnostics):
        return None, diagnostics
    present = _find_present(request.into, account)
    owned = {key: server for key, server in owned.items() if server.id not in present}
    retired = _find_retired(owned, request)
    warnings = [_tell_retired(server, account.read_at.date()) for server in retired.values()]
    gone = {server.id for server in retired.values()}
    picked = [server for server in picked if server.id not in gone]
    owned = {key: server for key, server in owned.items() if key not in retired}
    own_ids = {server.id for server in owned.values()}
    others: list[LiveServer] = []
    for server in sorted(picked, key=lambda server: server.id):
        if server.id in present:
            what = f"the file has it already, as {present[server.id]}"
            warnings.append(_warn("server-skipped", server.name, what))
            continue
        reason = "" if server.id in own_ids else _reason_to_skip(server)
        if reason:
            what = f"{reason}, so it is not exported"
            warnings.append(_warn("server-skipped", server.name, what))
        elif server.id not in own_ids:
            others.append(server)
    if not owned and not others:
        reasons = "; ".join(f"{warning.where}: {warning.what}" for warning in warnings[:3])
        raise UsageError("there is no server to export", hint=reasons)
    warnings += _tell_unasked(stack, owned, {server.id for server in picked})
    taken = {*owned, *_keys_of(request.into)}
    servers = {**dict(sorted(owned.items())), **_name_servers(others, taken)}
    choice = Choice(stack=stack, servers=servers, owned=frozenset(owned), warnings=tuple(warnings))
    return choice, ()


def _find_present(stack: Stack | None, account: Account) -> Mapping[int, str]:
    """The keys under which a stack file has live servers already, by the servers' numbers."""
    if stack is None:
        return {}
    matches, _ = match_servers(stack, index_account(account))
    return {
        match.live.id: match.key
        for match in matches
        if match.live is not None and match.spec is not None
    }


def _find_retired(
    owned: Mapping[str, LiveServer], request: ExportRequest
) -> Mapping[str, LiveServer]:
    """The retired servers that nobody asks for by name, by their keys."""
    return {
        key: server
        for key, server in owned.items()
        if is_retired(server.tags) and server.hostname not in request.hostnames
    }


def _tell_retired(server: LiveServer, today: date) -> Diagnostic:
    day = read_retirement(server.tags)
    if day is None:
        when = "its tags name no one day"
    elif day <= today:
        when = f"since {day.isoformat()} (UTC) it may be destroyed, and the next apply does so"
    else:
        when = f"from {day.isoformat()} (UTC) on it may be destroyed"
    what = f"it is retired ({when}), so it is not exported: a file that has it would restore it"
    hint = f"to keep it, export it by its name: --hostname {server.hostname}"
    return replace(_warn("server-skipped", server.name, what), hint=hint)


def _keys_of(stack: Stack | None) -> set[str]:
    specs = () if stack is None else stack.servers
    return {name for spec in specs for name in (spec.key, spec.base_key)}


def _pick(servers: Sequence[LiveServer], request: ExportRequest) -> list[LiveServer]:
    if request.hostnames:
        by_hostname = {server.hostname: server for server in servers if server.hostname}
        for hostname in request.hostnames:
            if hostname not in by_hostname:
                what = f"the account has no server {hostname}"
                raise UsageError(what, hint=_list_near(hostname, by_hostname))
        return [by_hostname[hostname] for hostname in dict.fromkeys(request.hostnames)]
    if request.tag is not None:
        picked = [server for server in servers if request.tag in server.tags]
        if not picked:
            tags = {tag for server in servers for tag in server.tags}
            what = f"no server in this account has the tag {request.tag}"
            raise UsageError(what, hint=_list_near(request.tag, tags))
        return picked
    return list(servers)


def _list_near(word: str, options: Iterable[str]) -> str:
    close = get_close_matches(word, sorted(options), n=3, cutoff=0.5)
    return f"the nearest are {', '.join(close)}" if close else "no similar name exists"


def _name_stack(picked: Iterable[LiveServer], request: ExportRequest) -> str:
    """The given name, or the one of the stack that owns every picked server, or our own."""
    if request.stack is not None:
        return request.stack
    owners = {read_ownership(server.tags).stacks for server in picked}
    (names,) = owners if len(owners) == 1 else (frozenset[str](),)
    (name,) = names if len(names) == 1 else (DEFAULT_STACK,)
    return name if is_stack_name(name) else DEFAULT_STACK


def _find_owned(
    stack: str, account: Account
) -> tuple[Mapping[str, LiveServer], tuple[Diagnostic, ...]]:
    """The stack's own servers by key, as a plan would find them."""
    own = Stack(name=stack, path="", source=_HERE)
    matches, diagnostics = match_servers(own, index_account(account))
    owned = {match.key: match.live for match in matches if match.live is not None}
    return owned, tuple(replace(found, source=None) for found in diagnostics)  # of no file


def _reason_to_skip(server: LiveServer) -> str:
    if server.is_deleting:
        return "it is being deleted"
    ownership = read_ownership(server.tags)
    if ownership.stacks:
        names = ", ".join(sorted(ownership.stacks))
        return f"it belongs to the stack {names}"
    if ownership.keys:
        return f"its tags name a key ({', '.join(sorted(ownership.keys))}) and no stack"
    if server.is_building:
        return "it is still being built"
    if server.hostname is None or not _HOSTNAME.fullmatch(server.hostname):
        return "it has no hostname that a stack file could bind"
    return ""


def _tell_unasked(
    stack: str, owned: Mapping[str, LiveServer], picked: set[int]
) -> list[Diagnostic]:
    unasked = [server for server in owned.values() if server.id not in picked]
    if not unasked:
        return []
    names = join_names(server.name for server in unasked)
    verb, them = ("is", "it") if len(unasked) == 1 else ("are", "them")
    what = (
        f"{names} {verb} included although not asked for: a file of this stack without {them}"
        f" would destroy {them}"
    )
    return [_warn("server-included", f"stack {stack}", what)]


def _name_servers(servers: Iterable[LiveServer], taken: Iterable[str]) -> Mapping[str, LiveServer]:
    named: dict[str, LiveServer] = {}
    used = set(taken)
    for server in servers:
        key = _build_key(server, used)
        used.add(key)
        named[key] = server
    return named


def _build_key(server: LiveServer, used: set[str]) -> str:
    """From the custom name; where that is taken or says nothing, with the hostname."""
    hostname = _slug(server.hostname or "")
    base = _slug(clean_text(server.custom_name) or "") or hostname or f"server-{server.id}"
    if base not in used:
        return base
    number = 1
    ending = hostname or str(server.id)
    while (key := _join(base, ending)) in used:
        number += 1
        ending = str(number)
    return key


def _join(base: str, ending: str) -> str:
    ending = ending[: MAX_KEY_LENGTH - 2].rstrip("-")
    return f"{base[: MAX_KEY_LENGTH - 1 - len(ending)].rstrip('-')}-{ending}"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text[:200]).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:MAX_KEY_LENGTH].rstrip("-")


def _warn(code: str, where: str, what: str) -> Diagnostic:
    return Diagnostic(code=code, where=where, what=what, severity=Severity.WARNING)
