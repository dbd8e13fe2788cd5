"""What blocks a plan: protected servers, too many destroyed ones, a stack emptied by mistake.

Destroying data is one idea: a server that stays and loses data (a deleted disk, a redeploy) counts
as one that is destroyed. To delete a snapshot that the file names does not.

A guard is no error: the plan is shown, and none of it is applied.
"""

import shlex
from collections.abc import Sequence

from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.limits import DEFAULT_DESTROY_SHARE
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import PREVENT_DESTROY, find_protection
from ccloud_apply.model.results.plan import DESTRUCTIVE, Action
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.policy_source import name_rule


def check_guards(
    stack: Stack,
    diffs: Sequence[ServerDiff],
    *,
    live_count: int,
    is_destroy: bool,
    allow_destroy: int | None,
) -> tuple[Diagnostic, ...]:
    """Every guard that blocks this plan. `live_count` is the number of the stack's live servers."""
    to_be_destroyed = [diff for diff in diffs if _is_ending(diff) or diff.loses_data]
    held = [_protected(stack, diff) for diff in to_be_destroyed if _is_protected(diff)]
    if is_destroy:
        return tuple(held)
    if not stack.servers and to_be_destroyed:
        held.append(_emptied(stack, live_count))
    else:
        held.extend(_too_many(stack, to_be_destroyed, live_count, allow_destroy))
    return tuple(held)


def _is_ending(diff: ServerDiff) -> bool:
    """True for one that loses data, and for one that is retired: that is how its end begins."""
    return diff.action in DESTRUCTIVE or diff.action is Action.RETIRE


def _is_protected(diff: ServerDiff) -> bool:
    live, spec = diff.match.live, diff.match.spec
    is_tagged = live is not None and find_protection(live.tags) is not None
    return is_tagged or (spec is not None and spec.lifecycle.prevent_destroy)


def _name(live: LiveServer | None) -> str:
    return live.name if live is not None else "?"


def _protected(stack: Stack, diff: ServerDiff) -> Diagnostic:
    match = diff.match
    changes = (c for c in diff.changes if c.forces_replace or c.is_destructive)
    fields = list(dict.fromkeys(change.field.partition(".")[0] for change in changes))
    tag = None if match.live is None else find_protection(match.live.tags)
    if tag not in (None, PREVENT_DESTROY):  # no file takes away what no file has set
        hint = f"if it may go, remove the tag {tag} by hand, in the vendor's panel"
    elif match.spec is None:
        hint = (
            f"put {match.key} back with lifecycle: {{prevent_destroy: false}}, apply, and then"
            " remove it; or name it in released to keep the server"
        )
    else:
        back = f"put {' and '.join(fields)} back as before, " if fields else ""
        hint = f"{back}set lifecycle: {{prevent_destroy: false}} and apply that first"
    return Diagnostic(
        code="prevent-destroy",
        where=f"servers.{match.key}",
        what=f"{_name(match.live)} would {_describe_end(diff)}, and prevent_destroy protects it",
        hint=hint,
        severity=Severity.HELD,
        source=stack.source if match.spec is None else match.spec.source,
    )


def _describe_end(diff: ServerDiff) -> str:
    if diff.action is Action.DESTROY:
        return "be destroyed"
    if diff.action is Action.RETIRE:
        return "be retired"
    if diff.action is Action.REPLACE:
        return "be replaced"
    return "be reinstalled" if diff.action is Action.REINSTALL else "lose data"


def _emptied(stack: Stack, live_count: int) -> Diagnostic:
    servers = "the live server" if live_count == 1 else f"all {live_count:,} live servers"
    return Diagnostic(
        code="stack-emptied",
        where=f"stack {stack.name}",
        what=f"the file declares no server, so {servers} of the stack would be destroyed",
        hint=f"to destroy the whole stack: ccloud-apply destroy {shlex.quote(stack.path)}",
        severity=Severity.HELD,
        source=stack.source,
    )


def _too_many(
    stack: Stack, to_be_destroyed: Sequence[ServerDiff], live_count: int, allow_destroy: int | None
) -> tuple[Diagnostic, ...]:
    limit, why = find_cap(stack, live_count, allow_destroy)
    if len(to_be_destroyed) <= limit:
        return ()
    ends = "destroyed or replaced"
    if any(diff.action is Action.RETIRE for diff in to_be_destroyed):
        ends = "retired, destroyed or replaced"
    verbs = f"would be {ends}, and at most {{}} may be"
    if any(diff.loses_data for diff in to_be_destroyed):
        verbs = f"would be {ends}, or lose data, and at most {{}} may"
    names = join_names(f"{diff.match.key} ({_name(diff.match.live)})" for diff in to_be_destroyed)
    return (
        Diagnostic(
            code="too-many-destroyed",
            where=f"stack {stack.name}",
            what=f"{len(to_be_destroyed)} of {live_count} servers {verbs.format(limit)} ({why}):"
            f" {names}",
            hint=f"if this is intended, repeat with --allow-destroy {len(to_be_destroyed)}",
            severity=Severity.HELD,
            source=stack.source,
        ),
    )


def find_cap(stack: Stack, live_count: int, allow_destroy: int | None) -> tuple[int, str]:
    """The most servers that may go, and what says so. The command line raises it, or names 0."""
    share, of = DEFAULT_DESTROY_SHARE
    limit, why = max(1, live_count * share // of), "30 % of the stack"
    if stack.policy.max_destroy is not None:
        limit, why = stack.policy.max_destroy, name_rule(stack, "max_destroy")
    if allow_destroy is not None and (allow_destroy == 0 or allow_destroy > limit):
        return allow_destroy, f"--allow-destroy {allow_destroy}"
    return limit, why
