"""Drafts to steps: ids, hostnames, one shutdown for all offline resizes, and what needs what.

create   create -> everything that the create request cannot say
update   tags, name, [ shutdown -> cores, memory -> start ], disks, addons, ..., power
replace  destroy -> create -> the rest
destroy  destroy
retire   tags -> shutdown
restore  what needs the server off -> start -> the rest -> tags

Where a snapshot is asked for, it stands before the first of the changes that it is for.

depends_on: web: [db]     db's steps -> web's steps        destroy web -> destroy db

A server that has left the file is destroyed in the order of the entry that it came from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from ccloud_apply.aspects.base import StepDraft
from ccloud_apply.aspects.fields.hardware.power import OFF, RUNNING, build_power_draft, is_off
from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import Action, Step
from ccloud_apply.operations import OPERATIONS, operation_path
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.matching.needs import Needs, find_needs
from ccloud_apply.plan.retag import order_retags
from ccloud_apply.plan.safety_snapshot import add_snapshot

SHUTDOWN, START = "shutdown", "start"


def order_steps(stack: Stack, diffs: Sequence[ServerDiff]) -> Mapping[str, tuple[Step, ...]]:
    """The steps of every server, by key; each server's in the order in which they run."""
    own = {diff.match.key: add_snapshot(diff, _order_server(diff)) for diff in diffs}
    linked = _link_dependencies(diffs, own, find_needs(stack, (diff.match for diff in diffs)))
    return order_retags(diffs, linked)


def _order_server(diff: ServerDiff) -> tuple[Step, ...]:
    if diff.action is Action.DESTROY:
        # A server that is being built has no hostname yet: apply waits for it and plans again.
        has_hostname = diff.match.live is not None and diff.match.live.hostname is not None
        return (_destroy(diff),) if has_hostname else ()
    drafts = _order_drafts(diff)
    if diff.create_body is None:
        return tuple(_build_step(diff, draft) for draft in drafts)
    destroy = (_destroy(diff),) if diff.match.live is not None else ()
    draft = StepDraft(name="create", operation_id="create_server", body=diff.create_body)
    create = _build_step(diff, draft, after=tuple(step.id for step in destroy))
    return (*destroy, create, *(_build_step(diff, one, after=(create.id,)) for one in drafts))


def _order_drafts(diff: ServerDiff) -> tuple[StepDraft, ...]:
    drafts = diff.drafts
    is_retired = diff.match.retirement is not None  # its tags go last, and it is owned already
    if diff.action is Action.ADOPT or (diff.match.changes_stack and not is_retired):
        drafts = _after_tags(drafts)
    if any(draft.needs_off for draft in drafts) and diff.match.live is not None:
        drafts = _open_window(drafts, diff.match.live)
    return drafts


def _after_tags(drafts: tuple[StepDraft, ...]) -> tuple[StepDraft, ...]:
    """Nothing of a server is changed before it is the stack's own."""
    return tuple(
        draft if draft.name == "tags" else replace(draft, needs=(*draft.needs, "tags"))
        for draft in drafts
    )


def _open_window(drafts: tuple[StepDraft, ...], live: LiveServer) -> tuple[StepDraft, ...]:
    """One shutdown and one start around all that need the server off.

    A server that is off stays off; one that is to be off anyway is shut down first and not
    started. Where `power` starts an off server, its own draft stands last.
    """
    if live.part("get_server_state") != "Running":
        return drafts
    offline = [draft for draft in drafts if draft.needs_off]
    power = [draft for draft in drafts if draft.name == "power"]
    first = next(index for index, draft in enumerate(drafts) if draft.needs_off)
    before = [draft for draft in drafts[:first] if draft not in power]
    after = [draft for draft in drafts[first:] if draft not in power and not draft.needs_off]
    opener = power[0] if power else build_power_draft(OFF, name=SHUTDOWN)
    opener = replace(opener, needs=tuple(dict.fromkeys(n for d in offline for n in d.needs)))
    window = [replace(draft, needs=(*draft.needs, opener.name)) for draft in offline]
    closer = [] if power else [build_power_draft(RUNNING, name=START)]
    return (*before, opener, *window, *closer, *after)


def _build_step(diff: ServerDiff, draft: StepDraft, *, after: tuple[str, ...] = ()) -> Step:
    """The draft's request, made after these steps and those that the draft needs."""
    match = diff.match
    operation = OPERATIONS[draft.operation_id]
    parameters = dict(draft.parameters)
    if match.live is not None and match.live.hostname and diff.create_body is None:
        parameters["hostname"] = match.live.hostname
    is_closer = draft.name == START
    offline = (
        [f"{match.key}/{other.name}" for other in diff.drafts if other.needs_off]
        if is_closer
        else [f"{match.key}/{name}" for name in draft.needs]
    )
    return Step(
        id=f"{match.key}/{draft.name}",
        server=match.key,
        operation=draft.label or operation.label,
        operation_id=operation.id,
        method=operation.method,
        path=operation_path(draft.operation_id, **parameters),
        body=draft.body,
        at_apply=draft.at_apply,
        needs=(*after, *offline),
        closes=f"{match.key}/{SHUTDOWN}" if is_closer else None,
        is_destructive=draft.is_destructive,
        causes_downtime=draft.causes_downtime,
    )


def _destroy(diff: ServerDiff) -> Step:
    live = diff.match.live
    assert live is not None
    operation = OPERATIONS["delete_server"]
    hostname = live.hostname or ""
    return Step(
        id=f"{diff.match.key}/destroy",
        server=diff.match.key,
        operation=operation.label,
        operation_id=operation.id,
        method=operation.method,
        path=operation_path("delete_server", hostname=hostname),
        body={"hostname": hostname},
        is_destructive=True,
        causes_downtime=not is_off(live),
    )


def _link_dependencies(
    diffs: Sequence[ServerDiff], own: Mapping[str, tuple[Step, ...]], needs: Needs
) -> Mapping[str, tuple[Step, ...]]:
    """`depends_on` between servers: forwards for what is made, backwards for what is
    destroyed or retired."""
    retired = {diff.match.key for diff in diffs if diff.action is Action.RETIRE}

    def is_ending(step: Step) -> bool:
        return _is_destroy(step) or step.server in retired

    made = {key: tuple(s.id for s in steps if not is_ending(s)) for key, steps in own.items()}
    destroyed = {key: tuple(s.id for s in steps if is_ending(s)) for key, steps in own.items()}
    cache: dict[tuple[str, ...], tuple[str, ...]] = {}
    dependants: dict[str, list[str]] = {}
    linked = dict(own)
    for diff in diffs:
        depends_on = diff.match.spec.depends_on if diff.match.spec else ()
        for key in needs[diff.match.key] if destroyed[diff.match.key] else ():
            dependants.setdefault(key, []).extend(destroyed[diff.match.key])
        if depends_on:
            if depends_on not in cache:
                cache[depends_on] = tuple(step for key in depends_on for step in made.get(key, ()))
            linked[diff.match.key] = _link(
                linked[diff.match.key], cache[depends_on], lambda step: not is_ending(step)
            )
    for key, steps in dependants.items():
        if key in linked:
            linked[key] = _link(linked[key], tuple(steps), is_ending)
    return linked


def _is_destroy(step: Step) -> bool:
    return step.operation_id == "delete_server"


def _link(
    steps: Iterable[Step], needs: tuple[str, ...], applies: Callable[[Step], bool]
) -> tuple[Step, ...]:
    """Adds the needs to the steps that begin a server's work; the others follow from those."""
    if not needs:
        return tuple(steps)
    steps = tuple(steps)
    ids = {step.id for step in steps if applies(step)}
    return tuple(
        replace(step, needs=(*step.needs, *needs))
        if applies(step) and ids.isdisjoint(step.needs) and step.closes is None
        else step
        for step in steps
    )
