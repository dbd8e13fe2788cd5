"""Stacks and account to a drift report: the same match and the same comparison as a plan's.

What a plan cannot do (change what is create-only, shrink a disk) is drift all the same, and here it
is no error. Who a server is stays an error: an unclear identity says nothing about drift. Steps,
guards and what an apply would do about it do not belong here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date

from ccloud_apply.aspects.base import Aspect
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity, has_errors
from ccloud_apply.model.live.account import Account, LiveServer, Task
from ccloud_apply.model.live.addresses import addresses_of
from ccloud_apply.model.ownership import is_retired, read_retirement
from ccloud_apply.model.results.drift import (
    DriftedServer,
    DriftReport,
    ExtraServer,
    RetiredServer,
    StackDrift,
    UncomparedServer,
    UnknownFields,
)
from ccloud_apply.model.results.plan import ACCOUNT, Action, FieldChange
from ccloud_apply.plan.account import diff_account
from ccloud_apply.plan.build import diff_matched, plan_matched, tell_ignored
from ccloud_apply.plan.diff.diagnostics import warn_tolerated, warn_unknown
from ccloud_apply.plan.diff.marks import without_marks
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.matching.match import Match
from ccloud_apply.plan.matching.select import MatchedAccount, MatchedStack, PlanOptions
from ccloud_apply.plan.views.drift_others import find_others


@dataclass(slots=True)
class _Found:
    """What was found out about one stack so far."""

    drifted: list[DriftedServer] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    extra: list[ExtraServer] = field(default_factory=list)
    retired: list[RetiredServer] = field(default_factory=list)
    in_sync: list[str] = field(default_factory=list)
    not_compared: list[UncomparedServer] = field(default_factory=list)
    unknown: list[UnknownFields] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)


def as_compared(stack: Stack) -> Stack:
    """The stack without its wishes for how to change a server, and without what the API never
    shows: drift changes nothing, and nothing is read for it.

    What `ignore` leaves alone stays ignored. Read the account for this stack and compare with it.
    """
    return replace(stack, servers=tuple(map(_without_wishes, stack.servers)))


def _without_wishes(spec: ServerSpec) -> ServerSpec:
    lifecycle = spec.lifecycle
    is_ignored = lifecycle.on_create_only_change == "ignore"
    return replace(
        spec,
        fields={name: one for name, one in spec.fields.items() if _is_shown(ASPECTS[name])},
        lifecycle=replace(
            lifecycle,
            on_create_only_change="ignore" if is_ignored else "error",
            resize="online",
            snapshot_before=frozenset(),
        ),
    )


def _is_shown(aspect: Aspect) -> bool:
    return aspect.is_compared or not aspect.is_create_only


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
    others, unmanaged = find_others(matched)
    report = DriftReport(
        stacks=tuple(_find_stack_drift(one, account, options) for one in matched.stacks),
        other_stacks=others,
        unmanaged=unmanaged,
        account=None
        if options.account is None
        else replace(options.account, customer_id=account.customer_id),
        env=matched.env,
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


def find_causes(changes: Iterable[FieldChange], tasks: Sequence[Task]) -> Mapping[str, Task]:
    """By field, the newest task that may have made each change; what has no action of its own has
    none. `tasks` are the server's, newest first."""
    causes: dict[str, Task] = {}
    for change in changes:
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
                causes=find_causes(server.changes, tasks.get(server.hostname or "", ())),
            )
            for server in stack.drifted
        ),
        warnings=(*stack.warnings, *warnings),
    )


def _find_stack_drift(matched: MatchedStack, account: Account, options: PlanOptions) -> StackDrift:
    stack, found = matched.stack, _Found()
    for diff, diagnostics in diff_matched(matched, account, options):
        _note_server(diff, found)
        if diff.match.live is not None:
            found.warnings += (d for d in diagnostics if d.severity is Severity.WARNING)
    own = diff_account(stack, account, options)
    if own is not None and own.why:
        found.not_compared.append(UncomparedServer(key=ACCOUNT, hostname=None, why=own.why))
    chosen = {match.key for match in matched.selected}
    return StackDrift(
        stack=stack.name,
        path=stack.path,
        drifted=tuple(found.drifted),
        account=() if own is None else own.changes,
        missing=tuple(found.missing),
        extra=tuple(found.extra),
        retired=tuple(found.retired),
        in_sync=tuple(found.in_sync),
        not_compared=tuple(found.not_compared),
        unknown=tuple(found.unknown),
        left_out=tuple(match.key for match in matched.matches if match.key not in chosen),
        ignored=tell_ignored(matched),
        warnings=(*matched.warnings, *found.warnings),
    )


def _note_server(diff: ServerDiff, found: _Found) -> None:
    """Puts the server into exactly one list. Whether it is compared is the plan's own judgement."""
    match = diff.match
    key, live = match.key, match.live
    if live is None:
        found.missing.append(key)
        return
    addresses = addresses_of(live)
    is_compared = diff.action is not Action.NOT_COMPARED
    is_doubtful = is_retired(live.tags) or (match.retirement and match.retirement.problem)
    if match.spec is None and not match.is_released and (is_compared or not is_doubtful):
        _note_undeclared(diff, live, found)
        return
    if not is_compared:
        found.not_compared.append(
            UncomparedServer(key=key, hostname=live.hostname, why=diff.why, addresses=addresses)
        )
        return
    changes = _read_changes(match, diff)
    if changes:
        drifted = DriftedServer(
            key=key, hostname=live.hostname, changes=changes, addresses=addresses
        )
        if is_retired(live.tags):
            drifted = replace(drifted, is_retired=True, retires=read_retirement(live.tags))
        found.drifted.append(drifted)
    else:
        found.in_sync.append(key)
    if match.spec is not None:
        _note_doubts(diff, match.spec, live, found)


def _note_undeclared(diff: ServerDiff, live: LiveServer, found: _Found) -> None:
    """A server that the file no longer names: what an apply would destroy or retire is extra, what
    waits for its day is not, nor one that moves to the stack meanwhile."""
    key, addresses, day = diff.match.key, addresses_of(live), read_retirement(live.tags)
    if day is not None and diff.action in (Action.UNCHANGED, Action.UPDATE):
        found.retired.append(
            RetiredServer(key=key, hostname=live.hostname, retires=day, addresses=addresses)
        )
        return
    why = "" if day is None else _say_why_due(diff.action, day)
    found.extra.append(
        ExtraServer(key=key, hostname=live.hostname, addresses=addresses, retires=day, why=why)
    )


def _say_why_due(action: Action, day: date) -> str:
    if action is Action.DESTROY:
        return f"it was retired until {day.isoformat()} (UTC), so the next apply destroys it"
    return (
        f"it was retired until {day.isoformat()} (UTC) and runs, so the next apply switches it off"
    )


def _note_doubts(diff: ServerDiff, spec: ServerSpec, live: LiveServer, found: _Found) -> None:
    """What is not certain of a server that is compared. What an apply would warn of is left out."""
    if diff.unknown:
        names = tuple(diff.unknown)
        found.unknown.append(
            UnknownFields(
                key=spec.key, hostname=live.hostname, fields=names, addresses=addresses_of(live)
            )
        )
    found.warnings += (warn_unknown(spec, *entry) for entry in diff.unknown.items())
    found.warnings += (
        warn_tolerated(spec, name, text) for name, texts in diff.tolerated.items() for text in texts
    )


def _read_changes(match: Match, diff: ServerDiff) -> tuple[FieldChange, ...]:
    live, spec = match.live, match.spec
    if live is None:
        return ()
    unplanned = (
        build_whole_change(name, why, spec, live)
        for name, why in diff.unplanned.items()
        if spec is not None
    )
    # Drift is told, and nothing is done about it: so nothing of it destroys data.
    told = (replace(change, is_destructive=False) for change in without_marks(diff.changes))
    return (*told, *unplanned)


def build_whole_change(name: str, why: str, spec: ServerSpec, live: LiveServer) -> FieldChange:
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
