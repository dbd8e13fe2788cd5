"""One server of an account, explained: the plan's own comparison, told field by field. Pure.

Which server is meant belongs to `plan/matching/named.py`, the commit of its entry to whoever can
ask Git.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ccloud_apply.aspects.base import Aspect, Catalogues, Unknown
from ccloud_apply.aspects.registry import ASPECTS, place_in_file
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.declared.stack import Declared, ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.model.live.addresses import addresses_of
from ccloud_apply.model.live.read import Read
from ccloud_apply.model.ownership import is_reserved_tag, read_ownership
from ccloud_apply.model.results.explanation import (
    ExplainedField,
    Explanation,
    FieldStatus,
    LiveField,
    NextPlan,
    Status,
)
from ccloud_apply.model.results.plan import Action, FieldChange, Plan
from ccloud_apply.plan.build import count_owned, diff_matched, plan_matched
from ccloud_apply.plan.diff.marks import is_managed
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.guard import check_guards
from ccloud_apply.plan.matching.ignored import settle_server
from ccloud_apply.plan.matching.named import NamedServer
from ccloud_apply.plan.matching.select import (
    MatchedAccount,
    MatchedStack,
    PlanOptions,
    find_day,
)
from ccloud_apply.plan.views.drift import build_whole_change, find_causes
from ccloud_apply.plan.views.explained_marks import explain_marks

_TAGS = "tags"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveReading:
    """The live server with all that could be read of it; `why` says why some of it is unknown."""

    live: LiveServer
    catalogues: Catalogues
    why: str = ""


def live_reads(live: LiveServer) -> frozenset[Read]:
    """All that tells the live values of a server's fields, declared or not; nothing of one that is
    being built."""
    if live.is_building or not live.hostname:
        return frozenset()
    of_account = {name for one in ASPECTS.values() if one.is_compared for name in one.account_reads}
    of_server = {name for one in ASPECTS.values() for name in one.live_reads(live)} - of_account
    return frozenset({*map(Read, of_account), *(Read(name, live.hostname) for name in of_server)})


def explain_server(
    named: NamedServer,
    matched: MatchedAccount,
    options: PlanOptions,
    reading: LiveReading | None,
) -> Explanation:
    """The server, without its tasks and without the commit of its entry.

    `matched` has the server's stack alone, if that was given, and `options` ask for this server.
    Raises NotRead if the account lacks a part that `plan/reads.py` names.
    """
    live = None if reading is None else reading.live
    day = find_day(matched.account, options)
    spec = None if named.spec is None else settle_server(named.spec, day)
    owner = read_ownership(() if live is None else live.tags)
    diff = _find_diff(named, matched, options)
    declared = () if spec is None else tuple(_explain_fields(spec, reading, diff))
    return Explanation(
        status=_find_status(named),
        stack=_name_owner(owner.stacks) if named.stack is None else named.stack.name,
        key=_name_owner(owner.keys) if named.key is None else named.key,
        hostname=None if live is None else live.hostname,
        custom_name=None if live is None else live.custom_name,
        created_at=None if live is None else live.created_at,
        addresses=None if live is None else addresses_of(live),
        moved_from=None if diff is None else diff.match.moved_from,
        is_released=diff is not None and diff.match.is_released,
        depends_on=() if spec is None else spec.depends_on,
        needed_by=_find_dependants(named),
        fields=declared,
        ignored=() if spec is None else tuple(_tell_ignored(spec)),
        unmanaged=tuple(_find_unmanaged(spec, reading)),
        marks=() if live is None else tuple(explain_marks(live, named.key, spec, day)),
        why="" if diff is None else diff.why,
        is_busy=diff is not None and diff.is_busy,
        plan=None if named.stack is None else _find_plan(named, matched, options),
        account=None
        if options.account is None
        else replace(options.account, customer_id=matched.account.customer_id),
        env=matched.env,
        read_at=matched.account.read_at,
    )


def with_tasks(
    explanation: Explanation, tasks: Sequence[Task] | None, why: str = ""
) -> Explanation:
    """The explanation with the server's last tasks, newest first; None if they are not known."""
    if tasks is None:
        return replace(explanation, last_tasks=None, tasks_why=why)
    fields = (
        replace(one, cause=next(iter(find_causes(one.changes, tasks).values()), None))
        for one in explanation.fields
    )
    return replace(explanation, last_tasks=tuple(tasks), fields=tuple(fields))


def _find_status(named: NamedServer) -> Status:
    if named.live is None:
        return "missing"
    if named.stack is not None:
        return "undeclared" if named.spec is None else "declared"
    return "other-stack" if read_ownership(named.live.tags).stacks else "unmanaged"


def _name_owner(names: frozenset[str]) -> str | None:
    """One name, or all that contradicting tags say."""
    return ", ".join(sorted(names)) or None


def _find_dependants(named: NamedServer) -> tuple[str, ...]:
    specs: Sequence[ServerSpec] = () if named.stack is None else named.stack.servers
    return tuple(spec.key for spec in specs if named.key in spec.depends_on)


def _find_diff(
    named: NamedServer, matched: MatchedAccount, options: PlanOptions
) -> ServerDiff | None:
    """What the plan makes of the server. An error in it leaves the fields that it could compare."""
    for one in _stacks_of(named.stack, matched):
        for diff, _ in diff_matched(one, matched.account, options):
            if diff.match.key == named.key:
                return diff
    return None


def _stacks_of(stack: Stack | None, matched: MatchedAccount) -> Iterator[MatchedStack]:
    return (one for one in matched.stacks if stack is not None and one.stack.name == stack.name)


def _find_plan(named: NamedServer, matched: MatchedAccount, options: PlanOptions) -> NextPlan:
    plan, diagnostics = plan_matched(matched, options)
    if plan is None:
        return NextPlan(errors=tuple(d for d in diagnostics if d.is_error))
    return _cut_plan(plan, named.key, _held_by_others(matched.stacks[0]))


def _cut_plan(plan: Plan, key: str | None, held_by_others: Sequence[Diagnostic]) -> NextPlan:
    (stack,) = plan.stacks
    codes = {(held.code, held.where) for held in stack.held}
    return NextPlan(
        server=next((one for one in stack.servers if one.key == key), None),
        steps=tuple(step for step in stack.steps if step.server == key),
        held=(*stack.held, *(h for h in held_by_others if (h.code, h.where) not in codes)),
        warnings=tuple(d for d in stack.warnings if _is_about(d, key)),
    )


_END = {True: Action.RETIRE, False: Action.DESTROY}
"""How a server goes, by whether it waits."""


def _held_by_others(matched: MatchedStack) -> tuple[Diagnostic, ...]:
    """What blocks a plan of the whole stack because of servers that left its file. Nothing is read
    for it: whatever else another server does to the plan is not known here, nor whether one that
    was retired runs."""
    unwanted = (m for m in matched.matches if m.spec is None and not m.is_released)
    ending = (m for m in unwanted if not (m.retirement and m.retirement.is_let_be))
    return check_guards(
        matched.stack,
        [ServerDiff(match=m, action=_END[m.waits]) for m in ending],
        live_count=count_owned(matched.matches),
        is_destroy=False,
        allow_destroy=None,
    )


def _is_about(diagnostic: Diagnostic, key: str | None) -> bool:
    """True for what is said of this server, and for what is said of none."""
    head, _, rest = diagnostic.where.partition(".")
    return head != "servers" or rest.partition(".")[0].partition("[")[0] == key


def _explain_fields(
    spec: ServerSpec, reading: LiveReading | None, diff: ServerDiff | None
) -> Iterator[ExplainedField]:
    for name, declared in spec.fields.items():
        aspect = ASPECTS[name]
        live, unknown = _tell_live(aspect, reading)
        changes = tuple(_changes_of(spec, name, reading, diff))
        why = {} if diff is None else diff.unknown
        status = _find_field_status(name, spec, reading, diff, unknown, changes)
        is_partial = bool(spec.lifecycle.ignored_parts(name))
        if status == "equal" and is_partial and live != aspect.show(declared.value):
            status = "ignored"  # what differs is a part that is left alone
        yield ExplainedField(
            field=name,
            status=status,
            declared=None if aspect.is_sensitive else aspect.show(declared.value),
            live=live,
            unknown=unknown if status == "ignored" else why.get(name, unknown),
            is_sensitive=aspect.is_sensitive,
            kind=aspect.kind,
            changes=changes if status == "differs" else (),
            source=declared.source,
        )


def _tell_ignored(spec: ServerSpec) -> Iterator[IgnoredField]:
    """What is ignored of the server beyond what the status of a field says."""
    for one in spec.lifecycle.ignore_changes:
        if one.part or one.until is not None or one.reason:
            yield IgnoredField(key=spec.key, field=one.name, until=one.until, reason=one.reason)


def _find_field_status(
    name: str,
    spec: ServerSpec,
    reading: LiveReading | None,
    diff: ServerDiff | None,
    unknown: str,
    changes: Sequence[FieldChange],
) -> FieldStatus:
    if reading is None:
        return "new"
    if not is_managed(spec, name):
        return "ignored"
    if diff is None or diff.action is Action.NOT_COMPARED or name in diff.unknown:
        return "unknown"
    if changes:
        return "differs"
    return "unknown" if unknown else "equal"


def _changes_of(
    spec: ServerSpec, name: str, reading: LiveReading | None, diff: ServerDiff | None
) -> Iterator[FieldChange]:
    """What differs of the field, whether or not a plan can change it; of the tags the users' own
    alone."""
    if diff is None:
        return
    if reading is not None and name in diff.unplanned:
        yield build_whole_change(name, diff.unplanned[name], spec, reading.live)
    for change in diff.changes:
        if change.field.partition(".")[0] != name:
            continue
        if name == _TAGS:
            change = replace(change, before=_users(change.before), after=_users(change.after))
        if change.before != change.after or change.is_sensitive:
            yield change


def _users(tags: Sequence[str] | None) -> list[str]:
    return [tag for tag in tags or () if not is_reserved_tag(tag)]


def _tell_live(aspect: Aspect, reading: LiveReading | None) -> tuple[Any, str]:
    """The live value, or None and why it is not known."""
    if reading is None:
        return None, ""
    value = aspect.peek_live(reading.live, reading.catalogues)
    if not isinstance(value, Unknown):
        return aspect.show(value), ""
    if aspect.is_compared and reading.why:
        return None, reading.why
    return None, value.reason or f"the API does not say what {aspect.field} it has"


def _find_unmanaged(spec: ServerSpec | None, reading: LiveReading | None) -> Iterator[LiveField]:
    """What no file declares; a field that the API never shows is left out."""
    if reading is None:
        return
    declared: Mapping[str, Declared] = {} if spec is None else spec.fields
    for aspect in sorted(ASPECTS.values(), key=place_in_file):
        if aspect.field not in declared and aspect.is_compared and not aspect.is_sensitive:
            value, unknown = _tell_live(aspect, reading)
            yield LiveField(field=aspect.field, live=value, unknown=unknown, kind=aspect.kind)
