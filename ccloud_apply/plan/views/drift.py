"""Stacks and account to a drift report: the same match and the same comparison as a plan's.

What a plan cannot do (change what is create-only, shrink a disk) is drift all the same, and here it
is no error. Who a server is stays an error: an unclear identity says nothing about drift. Steps,
guards and what an apply would do about it do not belong here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ccloud_apply.aspects.base import Aspect
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity, has_errors
from ccloud_apply.model.live.account import Account, LiveServer, Task
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.model.results.drift import (
    DriftedServer,
    DriftReport,
    ExtraServer,
    StackDrift,
    UnmanagedServer,
)
from ccloud_apply.model.results.plan import FieldChange
from ccloud_apply.plan.account import diff_account
from ccloud_apply.plan.build import plan_matched
from ccloud_apply.plan.diff.diagnostics import warn_unknown
from ccloud_apply.plan.diff.diff import diff_server
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.matching.match import Match
from ccloud_apply.plan.matching.select import MatchedAccount, PlanOptions


@dataclass(slots=True)
class _Found:
    """What was found out about one stack so far."""

    drifted: list[DriftedServer] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    extra: list[ExtraServer] = field(default_factory=list)
    in_sync: list[str] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)


def as_compared(stack: Stack) -> Stack:
    """The stack without its wishes for how to change a server: drift changes nothing.

    What `ignore` leaves alone stays ignored. Read the account for this stack and compare with it.
    """
    return replace(stack, servers=tuple(map(_without_wishes, stack.servers)))


def _without_wishes(spec: ServerSpec) -> ServerSpec:
    lifecycle = spec.lifecycle
    is_ignored = lifecycle.on_create_only_change == "ignore"
    return replace(
        spec,
        lifecycle=replace(
            lifecycle,
            on_create_only_change="ignore" if is_ignored else "error",
            resize="online",
            snapshot_before=frozenset(),
        ),
    )


def find_drift(
    matched: MatchedAccount, options: PlanOptions
) -> tuple[DriftReport | None, tuple[Diagnostic, ...]]:
    """The drift of stacks that went through `as_compared`, or None and the errors.

    Raises NotRead if the account lacks a part that `plan/reads.py` names.
    """
    account = matched.account
    _, diagnostics = plan_matched(matched, replace(options, has_checks=False))
    errors = tuple(d for d in diagnostics if not d.is_difference)
    if has_errors(errors):
        return None, errors
    report = DriftReport(
        stacks=tuple(
            _find_stack_drift(one.stack, one.selected, account, options) for one in matched.stacks
        ),
        unmanaged=_find_unmanaged(
            account, [match for one in matched.stacks for match in one.matches]
        ),
        read_at=account.read_at,
    )
    return report, errors


def drifted_hostnames(report: DriftReport) -> tuple[str, ...]:
    """The hostnames of all drifted servers: those whose last tasks are worth a look."""
    found = (server.hostname for stack in report.stacks for server in stack.drifted)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def with_last_tasks(
    report: DriftReport,
    tasks: dict[str, tuple[Task, ...]],
    failures: dict[str, str],
) -> DriftReport:
    """The report with tasks by hostname; `failures` says why those of a server are not known."""
    return replace(
        report, stacks=tuple(_add_tasks(stack, tasks, failures) for stack in report.stacks)
    )


def _find_causes(server: DriftedServer, tasks: Sequence[Task]) -> Mapping[str, Task]:
    """The newest task that may have made each change; what has no action of its own has none."""
    causes: dict[str, Task] = {}
    for change in server.changes:
        aspect = _aspect_of(change)
        actions = () if aspect is None else aspect.task_actions
        found = next((t for t in tasks if t.action in actions and not t.has_failed), None)
        if found is not None:
            causes[change.field] = found
    return causes


def _add_tasks(
    stack: StackDrift, tasks: dict[str, tuple[Task, ...]], failures: dict[str, str]
) -> StackDrift:
    warnings = [
        Diagnostic(
            code="tasks-unread",
            where=f"servers.{server.key}",
            what=f"the last tasks of {server.hostname} cannot be read: {failures[server.hostname]}",
            severity=Severity.WARNING,
        )
        for server in stack.drifted
        if server.hostname in failures
    ]
    return replace(
        stack,
        drifted=tuple(
            replace(
                server,
                last_tasks=tasks.get(server.hostname or "", ()),
                causes=_find_causes(server, tasks.get(server.hostname or "", ())),
            )
            for server in stack.drifted
        ),
        warnings=(*stack.warnings, *warnings),
    )


def _find_stack_drift(
    stack: Stack, matches: Sequence[Match], account: Account, options: PlanOptions
) -> StackDrift:
    found = _Found()
    own = diff_account(stack, account, options)
    for match in matches:
        if match.spec is None and match.live is not None and not match.is_released:
            found.extra.append(ExtraServer(key=match.key, hostname=match.live.hostname))
        else:
            _note_declared(stack, match, account, found)
    return StackDrift(
        stack=stack.name,
        path=stack.path,
        drifted=tuple(found.drifted),
        account=() if own is None else own.changes,
        missing=tuple(found.missing),
        extra=tuple(found.extra),
        in_sync=tuple(found.in_sync),
        not_compared=tuple(found.not_compared),
        warnings=tuple(found.warnings),
    )


def _note_declared(stack: Stack, match: Match, account: Account, found: _Found) -> None:
    """A server that the file names, `released` included."""
    diff, diagnostics = diff_server(stack, match, account)
    if match.live is not None:
        found.warnings += (d for d in diagnostics if d.severity is Severity.WARNING)
    changes = _read_changes(match, diff)
    if match.live is None:
        found.missing.append(match.key)
    elif changes:
        found.drifted.append(
            DriftedServer(key=match.key, hostname=match.live.hostname, changes=changes)
        )
        if match.spec is not None:
            found.warnings += (warn_unknown(match.spec, *entry) for entry in diff.unknown.items())
        return  # what else an apply would warn of is not what has drifted
    elif diff.is_busy:
        found.not_compared.append(match.key)
    else:
        found.in_sync.append(match.key)
    found.warnings += (
        _build_warning(stack, match, text) for text in (*diff.warnings, *filter(None, (diff.why,)))
    )


def _build_warning(stack: Stack, match: Match, text: str) -> Diagnostic:
    return Diagnostic(
        code="not-compared",
        where=f"servers.{match.key}",
        what=text,
        severity=Severity.WARNING,
        source=stack.source if match.spec is None else match.spec.source,
    )


def _read_changes(match: Match, diff: ServerDiff) -> tuple[FieldChange, ...]:
    live, spec = match.live, match.spec
    if live is None:
        return ()
    unplanned = (
        _build_whole_change(name, why, spec, live)
        for name, why in diff.unplanned.items()
        if spec is not None
    )
    # Drift is told, and nothing is done about it: so nothing of it destroys data.
    told = (replace(change, is_destructive=False) for change in diff.changes)
    return (*told, *unplanned)


def _build_whole_change(name: str, why: str, spec: ServerSpec, live: LiveServer) -> FieldChange:
    """The whole field in one change: which part of it differs is what is not certain."""
    aspect = ASPECTS[name]
    return FieldChange(
        field=name,
        before=aspect.show(aspect.read_live(live)),
        after=aspect.show(spec.value(name)),
        note=why,
        kind=aspect.kind,
    )


def _aspect_of(change: FieldChange) -> Aspect | None:
    """The field that the change is a part of; the account has parts that are no server's field."""
    return ASPECTS.get(change.field.partition(".")[0])


def _find_unmanaged(account: Account, matches: Sequence[Match]) -> tuple[UnmanagedServer, ...]:
    """Servers without any stack's tag that no stack of this run binds either."""
    declared = {match.live.id for match in matches if match.live is not None}
    return tuple(
        UnmanagedServer(
            hostname=server.hostname,
            custom_name=server.custom_name,
            tags=tuple(sorted(server.tags)),
        )
        for server in account.servers
        if server.id not in declared
        and not server.is_deleting
        and not read_ownership(server.tags).stacks
    )
