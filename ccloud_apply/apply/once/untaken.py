"""Finds fields that still differ although the step that changed them was done. Pure.

The platform may accept a change and drop it, or tell a value in another way than it was set. Such a
field is marked, so that no later apply repeats the change. How it is marked is `marking.py`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from ccloud_apply.apply.once.precondition import field_of
from ccloud_apply.apply.queued_step import CREATE
from ccloud_apply.apply.result import ApplyResult, StepOutcome
from ccloud_apply.aspects.registry import ASPECTS, EFFECTS_BY_OPERATION
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.ownership import is_reserved_tag
from ccloud_apply.model.results.plan import Action, FieldChange, Plan, Step
from ccloud_apply.plan.diff.diff import diff_server
from ccloud_apply.plan.diff.marks import build_untaken_tag
from ccloud_apply.plan.matching.index import index_account
from ccloud_apply.plan.matching.match import Asked, Match, match_servers

_TAGS = "tags"
_CREATED = frozenset(name for name, aspect in ASPECTS.items() if aspect.is_create_only)
"""What a create sets for good. What it leaves out of the rest, the next apply sets by a step."""

_NONE: frozenset[str] = frozenset()

Name = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UntakenField:
    """A field of a live server that was changed, and differs still; `tag` is its mark."""

    stack: str
    key: str
    field: str
    tag: str
    server: LiveServer
    changes: tuple[FieldChange, ...]


def find_done(plan: Plan, result: ApplyResult) -> Mapping[Name, frozenset[str]]:
    """The fields that the platform says are changed, by stack and key: steps that were done, and
    steps that failed only because what they did never showed."""
    done = _find_fields(plan, result, lambda outcome: outcome.is_reported_done)
    failed = _find_fields(plan, result, lambda outcome: not outcome.is_reported_done)
    unseen = find_unseen(plan, result)
    # Where one disk was made and another one refused, the field differs whatever became of the one.
    found = {
        name: fields - (failed.get(name, _NONE) - unseen.get(name, _NONE))
        for name, fields in done.items()
    }
    return {name: fields for name, fields in found.items() if fields}


def find_unseen(plan: Plan, result: ApplyResult) -> Mapping[Name, frozenset[str]]:
    """The fields of the steps that failed because what they did never showed."""
    return _find_fields(plan, result, lambda outcome: outcome.is_unseen)


def _find_fields(
    plan: Plan, result: ApplyResult, is_meant: Callable[[StepOutcome], bool]
) -> Mapping[Name, frozenset[str]]:
    meant = {(o.stack, o.step) for o in result.outcomes if is_meant(o)}
    found: dict[Name, set[str]] = {}
    for stack in plan.stacks:
        for step in stack.steps:
            if (stack.stack, step.id) in meant:
                found.setdefault((stack.stack, step.server), set()).update(_fields_of(step))
    return {name: frozenset(fields) for name, fields in found.items() if fields}


def _fields_of(step: Step) -> frozenset[str]:
    effect = EFFECTS_BY_OPERATION.get(step.operation_id)
    if step.operation_id == CREATE or (effect is not None and effect.ends_server):
        # A server that is deleted to be replaced, and is there all the same, has them still.
        return _CREATED
    field = field_of(step.operation_id, step.id).partition(".")[0]
    return frozenset({field}) & ASPECTS.keys()


def find_untaken(
    stacks: Sequence[Stack], account: Account, plan: Plan, done: Mapping[Name, frozenset[str]]
) -> tuple[UntakenField, ...]:
    """The fields of `done` that this account, which was read since, shows otherwise than declared.

    What others have done to them meanwhile cannot be told from it, but for tags that they added. A
    server that was retired is no longer held against its entry, for which nothing was read.
    """
    index = index_account(account)
    names = {name for name, _ in done}
    planned = {(s.stack, server.key): server for s in plan.stacks for server in s.servers}
    found: list[UntakenField] = []
    for stack in stacks:
        if stack.name not in names:
            continue
        for match in match_servers(stack, index)[0]:
            name = (stack.name, match.key)
            server = planned.get(name)
            if server is not None and server.action is Action.RETIRE:
                continue
            if name in done and match.live is not None and match.spec is not None:
                before = () if server is None else server.changes
                found += _find_of_server(stack, match, account, done[name], before)
    return tuple(found)


def _find_of_server(
    stack: Stack,
    match: Match,
    account: Account,
    done: frozenset[str],
    planned: tuple[FieldChange, ...],
) -> Iterator[UntakenField]:
    spec, live = match.spec, match.live
    assert spec is not None
    assert live is not None
    if live.is_building or not live.hostname:
        return
    # What stands as a mark already is not to hide that the field differs.
    diff, _ = diff_server(stack, _as_retried(match), account)
    for field in sorted(done):
        changes = tuple(c for c in diff.changes if c.field.partition(".")[0] == field)
        if field == _TAGS:
            changes = _without_others(live, planned)
        tag = build_untaken_tag(spec, field)
        if changes and tag is not None:
            yield UntakenField(
                stack=stack.name,
                key=match.key,
                field=field,
                tag=tag,
                server=live,
                changes=changes,
            )


def _as_retried(match: Match) -> Match:
    return replace(match, asked=frozenset({Asked.RETRY, Asked.ACCEPT}))


def _without_others(live: LiveServer, planned: tuple[FieldChange, ...]) -> tuple[FieldChange, ...]:
    """The users' tags that were set and do not show, or that were removed and stay."""
    change = next((change for change in planned if change.field == _TAGS), None)
    if change is None:
        return ()
    before, after = set(change.before or ()), set(change.after or ())
    wished = {tag.lower() for tag in after if not is_reserved_tag(tag)}
    shown = {tag.lower(): tag for tag in live.tags if not is_reserved_tag(tag)}
    removed = {tag.lower() for tag in before - after}
    if wished <= shown.keys() and not removed & shown.keys():
        return ()
    users = sorted(tag for tag in after if not is_reserved_tag(tag))
    return (FieldChange(field=_TAGS, before=sorted(shown.values()), after=users),)
