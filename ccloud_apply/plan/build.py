"""Stacks and account to a plan: match, select, compare, order, guard."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import (
    Diagnostic,
    Severity,
    has_errors,
    sort_diagnostics,
)
from ccloud_apply.model.live.account import Account, Task
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan, Step
from ccloud_apply.plan.account import build_account_plan, check_shared_account, diff_account
from ccloud_apply.plan.checks.lib.base import PlannedStack
from ccloud_apply.plan.checks.lib.run import check_plan
from ccloud_apply.plan.diff import (
    ServerDiff,
    check_hostname,
    diff_server,
    diff_unwanted,
    find_unchanged,
    warn_unknown,
)
from ccloud_apply.plan.fingerprint import build_fingerprint
from ccloud_apply.plan.guard import check_guards
from ccloud_apply.plan.matching.match import Match, match_servers
from ccloud_apply.plan.matching.rename import find_renames
from ccloud_apply.plan.matching.select import (
    PlanOptions,
    names_by_key,
    select_matches,
    unmatched_patterns,
)
from ccloud_apply.plan.order import order_steps
from ccloud_apply.plan.reads import account_reads, server_reads
from ccloud_apply.plan.safety_snapshot import describe_snapshot

_CONFLICTS_OF_OWNERSHIP = {"ownership-broken", "identity-duplicate"}
"""What makes it uncertain which servers are the stack's own; a destroy asks nothing else."""

__all__ = ["PlanOptions", "account_reads", "build_plan", "server_reads"]


def build_plan(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """The plan of all stacks, or None and what is wrong.

    Raises NotRead if the account lacks a part that `server_reads` names.
    """
    # Big stacks and accounts make no garbage in cycles: without the collector's rounds over all of
    # them this takes half the time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _build_plan(stacks, account, options)
    finally:
        if was_enabled:
            gc.enable()


def _build_plan(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    plans: list[StackPlan] = []
    planned: list[PlannedStack] = []
    diagnostics: list[Diagnostic] = [*_check_patterns(stacks, account, options)]
    diagnostics += _check_shared_servers(stacks, account)
    diagnostics += check_shared_account(stacks)
    for stack in stacks:
        plan, found, steps = _build_stack_plan(stack, account, options)
        plans.append(plan)
        planned.append(steps)
        diagnostics += found
    refused = check_plan(planned, account, options)
    plans = [_with_warnings(plan, refused.get(plan.stack, ())) for plan in plans]
    diagnostics += (d for found in refused.values() for d in found if d.is_error)
    ordered = sort_diagnostics(diagnostics)
    return (None if has_errors(ordered) else Plan(stacks=tuple(plans))), ordered


def _with_warnings(plan: StackPlan, found: Sequence[Diagnostic]) -> StackPlan:
    warnings = tuple(d for d in found if d.severity is Severity.WARNING)
    return replace(plan, warnings=(*plan.warnings, *warnings)) if warnings else plan


def _build_stack_plan(
    stack: Stack, account: Account, options: PlanOptions
) -> tuple[StackPlan, tuple[Diagnostic, ...], PlannedStack]:
    matches, conflicts = match_servers(stack, account)
    selected = select_matches(matches, options)
    pairs: list[tuple[ServerDiff, tuple[Diagnostic, ...]]]
    if options.is_destroy:
        pairs = [
            (diff_unwanted(match), check_hostname(stack, match))
            for match in selected
            if _is_owned(match)
        ]
        conflicts = tuple(d for d in conflicts if d.code in _CONFLICTS_OF_OWNERSHIP)
    else:
        pairs = [diff_server(stack, match, account) for match in selected]
    running = {task.hostname: task for task in account.tasks if task.is_processing}
    pairs = [_tell_snapshot(diff, diagnostics) for diff, diagnostics in pairs]
    diffs = [_mark_busy(diff, running) for diff, _ in pairs]
    found = (*conflicts, *(d for _, diagnostics in pairs for d in diagnostics))
    steps = order_steps(diffs)
    held = check_guards(
        stack,
        diffs,
        live_count=sum(1 for match in matches if _is_owned(match)),
        is_destroy=options.is_destroy,
        allow_destroy=options.allow_destroy,
    )
    warnings = (
        *(d for d in found if d.severity is Severity.WARNING),
        *(d for diff in diffs if not steps[diff.match.key] for d in _tell_unknown(diff)),
        *find_renames(stack, diffs),
    )
    own = diff_account(stack, account, options)
    if own is not None:
        found = (*found, *own.diagnostics)
    plan = StackPlan(
        stack=stack.name,
        path=stack.path,
        servers=(
            *(_build_server_plan(diff, steps[diff.match.key], options) for diff in diffs),
            *(() if own is None else (build_account_plan(own, options),)),
        ),
        steps=(
            *(step for diff in diffs for step in steps[diff.match.key]),
            *(() if own is None else own.steps),
        ),
        warnings=warnings,
        held=held,
        fingerprints=_build_fingerprints(diffs, steps) if options.has_fingerprints else {},
    )
    planned = PlannedStack(stack=stack, diffs=tuple(diffs), steps=steps)
    return plan, tuple(d for d in found if d.severity is not Severity.WARNING), planned


def _is_owned(match: Match) -> bool:
    return match.live is not None and match.by in ("tags", "moved")


def _tell_snapshot(
    diff: ServerDiff, diagnostics: tuple[Diagnostic, ...]
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    words, found = describe_snapshot(diff)
    if not words and not found:
        return diff, diagnostics
    return replace(diff, warnings=(*diff.warnings, *words)), (*diagnostics, *found)


def _tell_unknown(diff: ServerDiff) -> Iterator[Diagnostic]:
    """What cannot be compared of a server to which nothing happens, and which therefore has no
    place of its own in a plan that a person reads."""
    if diff.match.spec is not None and diff.action is Action.UNCHANGED:
        for name, what in diff.unknown.items():
            yield warn_unknown(diff.match.spec, name, what)


def _mark_busy(diff: ServerDiff, running: Mapping[str | None, Task]) -> ServerDiff:
    """Reports a task that somebody else runs on the server; apply waits for it."""
    live = diff.match.live
    task = running.get(live.hostname) if live is not None and live.hostname else None
    if task is None:
        return diff
    who = f" by {task.username}" if task.username else ""
    text = f"{task.hostname} is busy with task {task.id} ({task.action}{who})"
    return replace(diff, is_busy=True, warnings=(*diff.warnings, text))


def _build_server_plan(
    diff: ServerDiff, steps: tuple[Step, ...], options: PlanOptions
) -> ServerPlan:
    match = diff.match
    return ServerPlan(
        key=match.key,
        hostname=None if match.live is None else match.live.hostname,
        action=diff.action,
        changes=diff.changes,
        steps=tuple(step.id for step in steps),
        has_downtime=any(step.causes_downtime for step in steps),
        warnings=diff.warnings,
        instance=_instance(match),
        moved_from=match.moved_from,
        is_released=match.is_released,
        is_busy=diff.is_busy,
        unchanged=find_unchanged(diff) if options.has_unchanged else {},
        unknown=tuple(diff.unknown),
        source=None if match.spec is None else match.spec.source,
    )


def _instance(match: Match) -> str | None:
    if match.spec is None or match.spec.base_key == match.key:
        return None
    return match.key.removeprefix(f"{match.spec.base_key}-")


def _build_fingerprints(
    diffs: Sequence[ServerDiff], steps: Mapping[str, tuple[Step, ...]]
) -> Mapping[str, str]:
    return {
        diff.match.key: build_fingerprint(diff.match.live)
        for diff in diffs
        if diff.match.live is not None and steps[diff.match.key]
    }


def _check_patterns(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> tuple[Diagnostic, ...]:
    if options.is_verification or not (options.target or options.exclude):
        return ()
    stacks_names = [names_by_key(match_servers(stack, account)[0]) for stack in stacks]
    keys = {key for names in stacks_names for key in names}
    known = {name for names in stacks_names for called in names.values() for name in called}
    return tuple(
        Diagnostic(
            code="no-such-server",
            where="--target" if pattern in options.target else "--exclude",
            what=f"{pattern} names no server of these stacks",
            hint=f"the keys are {', '.join(sorted(keys)[:10]) or 'none'}",
        )
        for pattern in unmatched_patterns(known, options)
    )


def _check_shared_servers(stacks: Sequence[Stack], account: Account) -> tuple[Diagnostic, ...]:
    """Two stacks of one run that bind the same server, which neither owns yet."""
    owners: dict[str, str] = {}
    diagnostics = []
    for stack in stacks:
        for spec in stack.servers:
            if spec.hostname is None:
                continue
            other = owners.setdefault(spec.hostname, stack.name)
            if other != stack.name:
                diagnostics.append(
                    Diagnostic(
                        code="hostname-shared",
                        where=f"servers.{spec.key}.hostname",
                        what=f"{spec.hostname} is bound by stack {other} as well",
                        hint="a server belongs to one stack; remove one of the two entries",
                        source=spec.source,
                    )
                )
    return tuple(diagnostics)
