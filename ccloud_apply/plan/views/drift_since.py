"""A drift report against an earlier one: what is new, what is known, what is resolved.

An entry is known if the earlier report has the same: a key that is missing, an extra server, a
field of a server with the same two values, a server that is not compared for the same reason. A
server that is not compared is no proof that anything of it is resolved. The earlier report is a
document that fits its schema; reading it is not said here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ccloud_apply.model.documents.encode import encode_change
from ccloud_apply.model.results.drift import (
    DriftedServer,
    DriftReport,
    Resolved,
    Since,
    StackDrift,
)
from ccloud_apply.model.results.plan import ACCOUNT

_NOTES = ("note", "by")


def keep_new(report: DriftReport, earlier: Mapping[str, Any] | None) -> DriftReport:
    """The report with what the earlier one has not; without an earlier one all is new.

    Stacks of which only the earlier report tells are left out: nobody asked for them.
    """
    if earlier is None:
        return replace(report, since=Since())
    before = {stack["stack"]: stack for stack in earlier["stacks"]}
    pairs = [(stack, before.get(stack.stack)) for stack in report.stacks]
    fresh = [_keep_new_in(*pair) for pair in pairs]
    return replace(
        report,
        stacks=tuple(stack for stack, _ in fresh),
        since=Since(
            read_at=earlier["read_at"],
            known=sum(known for _, known in fresh),
            resolved=tuple(
                gone for stack, former in pairs for gone in _find_resolved(stack, former)
            ),
            not_looked_at=sum(len(_find_unlooked(*pair)) for pair in pairs),
        ),
    )


def _keep_new_in(stack: StackDrift, earlier: Mapping[str, Any] | None) -> tuple[StackDrift, int]:
    if earlier is None:
        return stack, 0
    drifted, known = _new_servers(stack.entries, earlier["drifted"])
    missing = tuple(key for key in stack.missing if key not in earlier["missing"])
    seen = {(extra["hostname"], extra["key"]) for extra in earlier["extra"]}
    extra = tuple(e for e in stack.extra if (e.hostname, e.key) not in seen)
    unclear = {(one["key"], one["hostname"], one["why"]) for one in earlier["not_compared"]}
    not_compared = tuple(
        one for one in stack.not_compared if (one.key, one.hostname, one.why) not in unclear
    )
    known += len(stack.missing) - len(missing) + len(stack.extra) - len(extra)
    known += len(stack.not_compared) - len(not_compared)
    waiting = {_name_retired(one) for one in earlier.get("retired", ())}
    retired = tuple(
        one
        for one in stack.retired
        if (one.key, one.hostname, one.retires.isoformat()) not in waiting
    )
    account = tuple(c for entry in drifted if entry.key == ACCOUNT for c in entry.changes)
    servers = tuple(entry for entry in drifted if entry.key != ACCOUNT)
    fresh = replace(
        stack,
        drifted=servers,
        account=account,
        missing=missing,
        extra=extra,
        retired=retired,
        not_compared=not_compared,
    )
    return fresh, known


def _name_retired(server: Mapping[str, Any]) -> tuple[str, str | None, str]:
    return server["key"], server["hostname"], server["retires"]


def _new_servers(
    servers: Sequence[DriftedServer], earlier: Sequence[Mapping[str, Any]]
) -> tuple[tuple[DriftedServer, ...], int]:
    """Servers with the changes that are new, and how many servers have none."""
    before: dict[tuple[str, str | None], list[Any]] = {}
    for server in earlier:
        before.setdefault((server["key"], server["hostname"]), []).extend(server["changes"])
    fresh: list[DriftedServer] = []
    known = 0
    for drifted in servers:
        seen = [_plain(change) for change in before.get((drifted.key, drifted.hostname), ())]
        changes = tuple(c for c in drifted.changes if _plain(encode_change(c)) not in seen)
        if changes:
            fresh.append(replace(drifted, changes=changes))
        else:
            known += 1
    return tuple(fresh), known


def _plain(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """A change without what is only said about it."""
    return {name: value for name, value in change.items() if name not in _NOTES}


def _find_unlooked(stack: StackDrift, earlier: Mapping[str, Any] | None) -> frozenset[str]:
    """The keys of which the earlier report says something that this one did not look at: it may be
    so still."""
    if earlier is None or not stack.not_looked_at:
        return frozenset()
    told = {entry.key for entry in stack.entries} | {one.key for one in stack.not_compared}
    told |= {*stack.missing, *stack.left_out}
    drifted = {
        server["key"]
        for server in earlier["drifted"]
        for change in server["changes"]
        if change["field"].partition(".")[0] in stack.not_looked_at
    }
    # A retired server is extra while it runs, which was not looked at.
    retired = {one.key for one in stack.retired}
    extra = {server["key"] for server in earlier["extra"] if server["key"] in retired}
    return frozenset(drifted | extra | {one["key"] for one in earlier["not_compared"]}) - told


def _find_resolved(stack: StackDrift, earlier: Mapping[str, Any] | None) -> Iterator[Resolved]:
    if earlier is None:
        return
    drifted = {server.key for server in stack.entries}
    missing = set(stack.missing)
    extra = {server.hostname for server in stack.extra}
    # Nobody knows about these.
    unasked = {*stack.left_out, *_find_unlooked(stack, earlier)}
    waiting = {*unasked, *(server.key for server in stack.not_compared)}
    for server in earlier["drifted"]:
        if server["key"] not in drifted | missing | waiting:
            yield Resolved(stack=stack.stack, kind="drifted", name=server["key"])
    for key in earlier["missing"]:
        if key not in missing | waiting:
            yield Resolved(stack=stack.stack, kind="missing", name=key)
    for key in dict.fromkeys(server["key"] for server in earlier["not_compared"]):
        if key not in drifted | missing | waiting:
            yield Resolved(stack=stack.stack, kind="not_compared", name=key)
    for server in earlier["extra"]:
        if server["hostname"] not in extra and server["key"] not in unasked:
            name = server["hostname"] or server["key"]
            yield Resolved(stack=stack.stack, kind="extra", name=name)
