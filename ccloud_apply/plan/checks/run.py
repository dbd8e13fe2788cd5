"""Runs the checks over a plan or a file, and gives each finding its code and its place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Action
from ccloud_apply.plan.checks.lib.base import Check, Finding, Planned, PlannedStack, Subject
from ccloud_apply.plan.checks.registry import CHECKS, UNREAD
from ccloud_apply.plan.diff.diagnostics import place_in_file
from ccloud_apply.plan.matching.select import PlanOptions

MAX_FOUND = 200

Found = Mapping[str, tuple[Diagnostic, ...]]
"""Diagnostics by the name of their stack."""


def check_plan(stacks: Sequence[PlannedStack], account: Account, options: PlanOptions) -> Found:
    """What the platform would refuse of these plans. Neither unchanged servers are
    checked nor those that are not compared."""
    if options.is_destroy or not options.has_checks:
        return {}
    changed = tuple(s for stack in stacks for s in _find_changed(stack, options.weak_secrets))
    if not changed:
        return {}
    planned = Planned(stacks=tuple(stacks), changed=changed, account=account)
    found = [
        (check, finding)
        for check in _select(options.no_checks)
        for finding in check.find_in_plan(planned)
    ]
    by_stack = dict(_group(found))
    if UNREAD not in options.no_checks:
        first = changed[0].stack.name
        warnings = tuple(_warn_unread(account, options.no_checks))
        by_stack[first] = (*by_stack.get(first, ()), *warnings)
    return by_stack


def check_offline(
    stacks: Iterable[Stack],
    *,
    no_checks: frozenset[str] = frozenset(),
    weak_secrets: frozenset[Reference] = frozenset(),
) -> tuple[Diagnostic, ...]:
    """What the platform would refuse of these files, as far as that takes no account."""
    subjects = (
        Subject(stack=stack, spec=spec, has_weak_password=_is_weak(spec, weak_secrets))
        for stack in stacks
        for spec in stack.servers
    )
    found = [
        (check, finding)
        for subject in subjects
        for check in _select(no_checks)
        if check.find_offline is not None
        for finding in check.find_offline(subject)
    ]
    return tuple(diagnostic for _, group in _group(found) for diagnostic in group)


def find_refused(spec: ServerSpec, field: str) -> str:
    """What stands against this field in a file by itself, or nothing."""
    stack = Stack(name="", path="", source=spec.source, servers=(spec,))
    subject = Subject(stack=stack, spec=spec)
    findings = (
        finding
        for check in CHECKS.values()
        if check.find_offline is not None
        for finding in check.find_offline(subject)
        if finding.field == field and finding.severity is Severity.ERROR
    )
    return next((finding.what for finding in findings), "")


def _select(no_checks: frozenset[str]) -> Iterator[Check]:
    return (check for check in CHECKS.values() if check.code not in no_checks)


def _is_weak(spec: ServerSpec, weak_secrets: frozenset[Reference]) -> bool:
    return bool(weak_secrets) and spec.value("password") in weak_secrets


def _find_changed(stack: PlannedStack, weak_secrets: frozenset[Reference]) -> Iterator[Subject]:
    for diff in stack.diffs:
        spec = diff.match.spec
        if spec is not None and diff.action not in (Action.UNCHANGED, Action.NOT_COMPARED):
            steps = stack.steps.get(diff.match.key, ())
            yield Subject(
                stack=stack.stack,
                spec=spec,
                diff=diff,
                steps=steps,
                has_weak_password=_is_weak(spec, weak_secrets),
            )


def _group(
    found: Iterable[tuple[Check, Finding]],
) -> Iterator[tuple[str, tuple[Diagnostic, ...]]]:
    """By stack. What stands once in a file is told once, however many servers it concerns."""
    groups: dict[str, dict[object, Diagnostic]] = {}
    for check, finding in found:
        diagnostic = _build_diagnostic(check, finding)
        key = (diagnostic.code, diagnostic.where, diagnostic.source, diagnostic.what)
        groups.setdefault(finding.subject.stack.name, {}).setdefault(key, diagnostic)
    for name, diagnostics in groups.items():
        yield name, _bound(tuple(diagnostics.values()))


def _bound(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Not more than a person reads, the errors first; a last one says that there are more."""
    if len(found) <= MAX_FOUND:
        return found
    ordered = sorted(found, key=lambda diagnostic: not diagnostic.is_error)
    more = Diagnostic(
        code="more-errors",
        what=f"checks have found {len(found) - MAX_FOUND} more than these {MAX_FOUND}",
        hint="fix these first",
        severity=ordered[MAX_FOUND].severity,
    )
    return (*ordered[:MAX_FOUND], more)


def _build_diagnostic(check: Check, finding: Finding) -> Diagnostic:
    where, source = place_in_file(finding.subject.spec, finding.field, finding.path)
    return Diagnostic(
        code=check.code,
        where=where,
        what=finding.what,
        hint=finding.hint,
        severity=finding.severity,
        source=source,
    )


def _warn_unread(account: Account, no_checks: frozenset[str]) -> Iterator[Diagnostic]:
    for operation_id, why in account.unread.items():
        codes = [check.code for check in _select(no_checks) if operation_id in check.reads]
        if not codes:  # it is no catalogue: who needs it says that it is missing
            continue
        yield Diagnostic(
            code=UNREAD,
            where=operation_id,
            what=f"the catalogue could not be read, so {', '.join(codes)} cannot be checked: {why}",
            hint=f"apply shows what is refused; --no-checks {UNREAD} skips this",
            severity=Severity.WARNING,
        )
