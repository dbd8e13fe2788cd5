"""What an undo brings back of what a plan does: of each change, and of each server.

A field judges its own changes (`judge_undo` of its aspect). Here stands what is no field's own:
what an action, a move or a destructive step means for the whole server.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from ccloud_apply.aspects.base import NO_CATALOGUES
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.aspects.undo import REVERSIBLE, Undo, find_worst, irreversible, lossy
from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.model.ownership import is_reserved_tag
from ccloud_apply.model.results.plan import (
    DESTRUCTIVE,
    Action,
    FieldChange,
    Reversibility,
    ServerPlan,
    Step,
    ValueKind,
    find_worst_of,
)
from ccloud_apply.plan.diff.shared import Shared

_OF_ACTION = {
    Action.DESTROY: irreversible("the server is gone with all its data"),
    Action.REPLACE: irreversible("the server is gone with all its data, another takes its place"),
    Action.REINSTALL: irreversible("what is on the system disk is gone"),
    Action.ADOPT: lossy("with the revert, name the server in released to keep it"),
}
_RELEASED = lossy(
    "with the revert, write its hostname into the entry, or another server is created"
)
_MOVED = lossy(
    "with the revert, write moved the other way round, or it is taken for another server"
)
_SNAPSHOT_GONE = irreversible("a deleted snapshot does not come back")
_NO_FILE = lossy("no file has the earlier value")


def judge_change(change: FieldChange, action: Action) -> Undo:
    """What an undo brings back of one change of a server to which `action` happens.

    A server that was created goes again, with all of it. Of one that is adopted no file has what it
    was.
    """
    if action is Action.CREATE:
        return REVERSIBLE
    undo = _judge_field(change)
    if change.is_destructive:
        undo = find_worst((irreversible(undo.why or "data is gone"), undo))
    if action is Action.ADOPT and undo == REVERSIBLE and _has_earlier_value(change):
        return _NO_FILE
    return undo


def tell_undo(
    server: ServerPlan, steps: Sequence[Step], shared: Shared | None = None
) -> ServerPlan:
    """The server with what an undo brings back, of each change and of all. `steps` are its own,
    `shared` what the stack's servers share, where there are others.

    Nothing is said of a server to which nothing happens.
    """
    if not steps and not server.changes:
        return server
    changes = _tell_all(server.changes, server.action, shared or Shared(NO_CATALOGUES))
    told = {change.reversibility for change in changes}
    whole = find_worst(_judge_whole(server, told, steps))
    worst = find_worst_of((whole.reversibility, *told))
    # What a change says of itself is not said of the server once more.
    return replace(server, changes=changes, reversibility=worst, undo=whole.why)


def tell_undo_of_account(changes: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """The changes of the account itself, each with what an undo brings back."""
    return tuple(_tell(change, Action.UPDATE) for change in changes)


def _judge_whole(
    server: ServerPlan, found: Collection[Reversibility | None], steps: Sequence[Step]
) -> Iterator[Undo]:
    """What to say of the server itself; `found` is what its changes say."""
    if server.action in _OF_ACTION:
        yield _OF_ACTION[server.action]
    is_told = server.action in DESTRUCTIVE or Reversibility.IRREVERSIBLE in found
    if not is_told and any(step.is_destructive for step in steps):
        yield _SNAPSHOT_GONE  # an older one, for which no field stands
    if server.is_released:
        yield _RELEASED
    if server.moved_from is not None:
        yield _MOVED
    if server.action is Action.RETIRE and server.retires is not None:
        yield Undo(Reversibility.REVERSIBLE, f"until {server.retires}, when it may be destroyed")


def _tell_all(
    changes: Iterable[FieldChange], action: Action, shared: Shared
) -> tuple[FieldChange, ...]:
    known = shared.told(action)
    told = []
    for change in changes:
        found = known.get(id(change))
        if found is None:
            found = known[id(change)] = (change, _tell(change, action))
        told.append(found[1])
    return tuple(told)


def _tell(change: FieldChange, action: Action) -> FieldChange:
    if change.reversibility is not None:  # whoever made it knows better than its field
        return change
    undo = judge_change(change, action)
    return replace(change, reversibility=undo.reversibility, undo=undo.why)


def _judge_field(change: FieldChange) -> Undo:
    aspect = ASPECTS.get(change.field.partition(".")[0])
    if aspect is not None:
        return aspect.judge_undo(change)
    # A field of the account alone, which has no request that deletes a value.
    return REVERSIBLE if change.before is not None else irreversible("no request takes it away")


def _has_earlier_value(change: FieldChange) -> bool:
    if change.kind is not ValueKind.TAGS:
        return change.before not in (None, [], {}, ())
    gone = set(change.before or ()) - set(change.after or ())
    return any(not is_reserved_tag(tag) for tag in gone)
