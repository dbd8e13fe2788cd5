"""Stacks and account to a plan: match, select, compare, order, guard."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import (
    Diagnostic,
    Severity,
    has_errors,
    sort_diagnostics,
)
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import ACCOUNT, Plan, StackPlan
from ccloud_apply.plan.account import build_account_change, check_shared_account, diff_account
from ccloud_apply.plan.checks.lib.base import PlannedStack
from ccloud_apply.plan.checks.run import check_plan
from ccloud_apply.plan.diff.compare import build_catalogues
from ccloud_apply.plan.diff.diagnostics import check_hostname
from ccloud_apply.plan.diff.diff import diff_server, diff_unwanted
from ccloud_apply.plan.diff.not_compared import find_resting, leave_uncompared, tell_busy
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.diff.shared import Shared
from ccloud_apply.plan.expected_account import hold_unknown
from ccloud_apply.plan.guard import check_guards
from ccloud_apply.plan.matching.ignored import find_ignored
from ccloud_apply.plan.matching.index import AccountIndex
from ccloud_apply.plan.matching.match import Match
from ccloud_apply.plan.matching.select import (
    MatchedAccount,
    MatchedStack,
    PlanOptions,
    find_moment,
    match_account,
    names_by_key,
    unmatched_patterns,
)
from ccloud_apply.plan.order import order_steps
from ccloud_apply.plan.rename import find_moves_between, find_renames
from ccloud_apply.plan.scope import require_others
from ccloud_apply.plan.server_plan import (
    build_fingerprints,
    build_server_plan,
    tell_doubts,
    tell_snapshot,
)
from ccloud_apply.plan.windows.hold import defer, find_obstacles, hold_closed

_CONFLICTS_OF_OWNERSHIP = {"ownership-broken", "identity-duplicate", "hostname-differs"}
"""What makes it uncertain which servers are meant; a destroy asks nothing else."""

__all__ = ["PlanOptions", "build_plan", "diff_matched", "plan_matched"]

Planned = tuple[Plan | None, tuple[Diagnostic, ...]]
StackPlanned = tuple[StackPlan, tuple[Diagnostic, ...], PlannedStack]


def build_plan(stacks: Sequence[Stack], account: Account, options: PlanOptions) -> Planned:
    """The plan of all stacks, or None and what is wrong.

    Raises NotRead if the account lacks a part that `plan/reads.py` names.
    """
    with _without_collector():
        return plan_matched(match_account(stacks, account, options), options)


def plan_matched(matched: MatchedAccount, options: PlanOptions) -> Planned:
    """The plan of stacks that are matched with their account already. Raises NotRead as above, and
    for a plan that needs servers beyond those of its stacks' tags."""
    require_others(matched, options)
    with _without_collector():
        return _plan_matched(matched.stacks, matched.index, options)


def _plan_matched(
    matched: Sequence[MatchedStack], index: AccountIndex, options: PlanOptions
) -> Planned:
    plans: list[StackPlan] = []
    planned: list[PlannedStack] = []
    stacks = [one.stack for one in matched]
    diagnostics: list[Diagnostic] = [*_check_patterns(matched, options)]
    diagnostics += _check_shared_servers(stacks)
    diagnostics += check_shared_account(stacks)
    for one in matched:
        plan, found, steps = _plan_stack(one, index, options)
        plans.append(plan)
        planned.append(steps)
        diagnostics += found
    if any(diff.create_body is not None for one in planned for diff in one.diffs):
        _ = index.account.every_server  # what is created is held against all that there is
    refused = check_plan(planned, index.account, options)
    between = find_moves_between([(one.stack, one.diffs) for one in planned])
    plans = [
        _with_warnings(plan, (*between.get(plan.stack, ()), *refused.get(plan.stack, ())))
        for plan in plans
    ]
    diagnostics += (d for found in refused.values() for d in found if d.is_error)
    ordered = sort_diagnostics(dict.fromkeys(diagnostics))  # what stands once is told once
    if has_errors(ordered):
        return None, ordered
    whole = Plan(
        stacks=tuple(plans),
        read_at=index.account.read_at,
        override_window=options.override_window,
    )
    doubt, is_accepted = options.account_doubt, options.is_account_accepted
    return hold_unknown(whole, doubt, is_accepted=is_accepted), ordered


@contextmanager
def _without_collector() -> Iterator[None]:
    """Big stacks and accounts make no garbage in cycles: without the collector's rounds over all
    of them this takes half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _with_warnings(plan: StackPlan, found: Sequence[Diagnostic]) -> StackPlan:
    warnings = tuple(d for d in found if d.severity is Severity.WARNING)
    return replace(plan, warnings=(*plan.warnings, *warnings)) if warnings else plan


def _plan_stack(matched: MatchedStack, index: AccountIndex, options: PlanOptions) -> StackPlanned:
    """The plan of one stack, as far as it may be done at the moment."""
    planned = _build_stack_plan(matched, index, options)
    if options.override_window or options.is_verification:
        return planned
    plan, stack = planned[0], matched.stack
    obstacles = find_obstacles(stack, plan, find_moment(index.account, options))
    if not obstacles:
        return planned
    if not options.is_deferring:
        held = hold_closed(plan, obstacles, is_destroy=options.is_destroy)
        return replace(plan, held=(*plan.held, *held)), *planned[1:]
    deferred = defer(stack, plan, obstacles)
    left = _build_stack_plan(
        matched, index, options, without=frozenset(one.key for one in deferred)
    )
    return replace(left[0], deferred=deferred), *left[1:]


def _build_stack_plan(
    matched: MatchedStack,
    index: AccountIndex,
    options: PlanOptions,
    *,
    without: frozenset[str] = frozenset(),
) -> StackPlanned:
    """The plan of one stack without the servers of these keys, or without the account's own."""
    stack, conflicts = matched.stack, matched.conflicts
    if options.is_destroy:
        conflicts = tuple(d for d in conflicts if d.code in _CONFLICTS_OF_OWNERSHIP)
    pairs = diff_matched(matched, index.account, options)
    pairs = [pair for pair in pairs if pair[0].match.key not in without]
    diffs = [diff for diff, _ in pairs]
    found = (*conflicts, *(d for _, diagnostics in pairs for d in diagnostics))
    steps, resting = order_steps(stack, diffs), find_resting(diffs)
    guards = check_guards(
        stack,
        diffs,
        live_count=count_owned(matched.matches),
        is_destroy=options.is_destroy,
        allow_destroy=options.allow_destroy,
    )
    warnings = (
        *(() if options.is_destroy else matched.warnings),
        *(d for d in found if d.severity is Severity.WARNING),
        *(d for diff in diffs if not steps[diff.match.key] for d in tell_doubts(diff)),
        *find_renames(stack, diffs),
    )
    shared = Shared(build_catalogues(index.account))
    own = None if ACCOUNT in without else diff_account(stack, index.account, options)
    if own is not None:
        found = (*found, *own.diagnostics)
    plan = StackPlan(
        stack=stack.name,
        path=stack.path,
        servers=tuple(
            build_server_plan(
                diff, steps[diff.match.key], shared, options, resting.get(diff.match.key, ())
            )
            for diff in diffs
        ),
        account=None if own is None else build_account_change(own, options),
        steps=(
            *(step for diff in diffs for step in steps[diff.match.key]),
            *(() if own is None else own.steps),
        ),
        warnings=warnings,
        held=(*guards, *(held for diff in diffs for held in diff.held)),
        ignored=() if options.is_destroy else tell_ignored(matched),
        currency=stack.policy.currency,
        fingerprints=build_fingerprints(diffs, steps) if options.has_fingerprints else {},
    )
    planned = PlannedStack(stack=stack, diffs=tuple(diffs), steps=steps)
    return plan, tuple(d for d in found if d.severity is not Severity.WARNING), planned


def tell_ignored(matched: MatchedStack) -> tuple[IgnoredField, ...]:
    """What is ignored of the live servers that a plan concerns, where it says until when or why."""
    specs = (match.spec for match in matched.selected if match.live is not None)
    return tuple(found for spec in specs if spec is not None for found in find_ignored(spec))


def diff_matched(
    matched: MatchedStack, account: Account, options: PlanOptions
) -> list[tuple[ServerDiff, tuple[Diagnostic, ...]]]:
    """What happens to each server of a stack, and what is wrong with it: a plan's and drift's one
    judgement of what differs, and of what cannot be compared. Raises NotRead as above."""
    pairs = (tell_snapshot(*pair) for pair in _diff_servers(matched, account, options))
    return [(_leave_busy(diff, options), found) for diff, found in pairs]


def _diff_servers(
    matched: MatchedStack, account: Account, options: PlanOptions
) -> list[tuple[ServerDiff, tuple[Diagnostic, ...]]]:
    stack = matched.stack
    if options.is_destroy:
        return [
            (diff_unwanted(stack, match), check_hostname(stack, match))
            for match in matched.selected
            if _is_owned(match)
        ]
    shared = Shared(build_catalogues(account))
    return [diff_server(stack, match, account, shared) for match in matched.selected]


def _leave_busy(diff: ServerDiff, options: PlanOptions) -> ServerDiff:
    """Without anything that would have to wait, once waiting was of no use."""
    if not (options.leaves_busy and diff.is_busy):
        return diff
    return leave_uncompared(diff.match, tell_busy(diff.match), is_busy=True)


def count_owned(matches: Iterable[Match]) -> int:
    """How many live servers the stack has."""
    return sum(map(_is_owned, matches))


def _is_owned(match: Match) -> bool:
    return match.live is not None and match.by in ("tags", "moved")


def _check_patterns(
    matched: Sequence[MatchedStack], options: PlanOptions
) -> tuple[Diagnostic, ...]:
    if options.is_verification:
        return ()
    stacks_names = [names_by_key(one.matches) for one in matched]
    keys = {key for names in stacks_names for key in names}
    known = {name for names in stacks_names for called in names.values() for name in called}
    return tuple(
        Diagnostic(
            code="no-such-server",
            where=option,
            what=f"{pattern} matches no server in these stacks",
            hint=f"the keys are {', '.join(sorted(keys)[:10]) or 'none'}",
        )
        for option, pattern in unmatched_patterns(known, options)
    )


def _check_shared_servers(stacks: Sequence[Stack]) -> tuple[Diagnostic, ...]:
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
                        what=f"{spec.hostname} is also bound by stack {other}",
                        hint="a server belongs to one stack; remove one of the two entries",
                        source=spec.source,
                    )
                )
    return tuple(diagnostics)
