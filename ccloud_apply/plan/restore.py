"""The plan of taking one server back to a snapshot: what goes with it, and what blocks it.

A restored snapshot destroys what was written since, so it is held as all that destroys data is. The
API says neither what becomes of newer snapshots nor whether the server runs afterwards; the plan
says that it does not say it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.aspects.fields.snapshots.restore import RESTORE, is_restoring
from ccloud_apply.aspects.lib.power_state import STATE
from ccloud_apply.aspects.lib.snapshot_pause import SNAPSHOTS, read_moment
from ccloud_apply.errors import ApplyError, UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.ownership import find_protection, read_marks
from ccloud_apply.model.results.plan import (
    Action,
    FieldChange,
    Reversibility,
    ServerPlan,
    StackPlan,
    Step,
)
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.operations import OPERATIONS, operation_path
from ccloud_apply.plan.diff.not_compared import tell_task
from ccloud_apply.plan.guard import find_cap
from ccloud_apply.plan.undo import tell_undo
from ccloud_apply.plan.windows.closed import OVERRIDE_HINT, code_of, describe_closed
from ccloud_apply.plan.windows.schedule import is_allowed, select_rules

UNOWNED_STACK = "servers-of-this-account-that-have-no-stack"
"""Under which a server of no stack is locked and journaled; too long for the name of a stack."""

_FIELD = "snapshots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """What is to be restored, and all that decides on it.

    `key` is the server's in `stack`. `is_given`: the stack's own file was read, so its policy is
    known. `live_count` are the live servers of the stack. `is_forced`: a server of a stack whose
    file is not given may be restored all the same. `task` runs on it. `override_window` is the
    reason why windows and freezes do not count, empty if they do.
    """

    stack: Stack
    key: str
    live: LiveServer
    snapshot: Snapshot
    spec: ServerSpec | None = None
    is_given: bool = True
    is_owned: bool = True
    is_forced: bool = False
    allow_destroy: int | None = None
    live_count: int = 1
    task: Task | None = None
    override_window: str = ""


def stand_in(name: str, live: LiveServer, key: str) -> Stack:
    """A stack that declares this server and nothing of it, where no file was given."""
    source = SourceRange(path=live.name, line=1, column=1)
    spec = ServerSpec(key=key, base_key=key, source=source, hostname=live.hostname)
    return Stack(name=name, path="no file was given", source=source, servers=(spec,))


def find_snapshot(wanted: str, live: LiveServer, task: Task | None = None) -> Snapshot:
    """The snapshot of this name or id; `task` runs on the server, and may be making it.

    Raises UsageError where none or several are meant.
    """
    taken: tuple[Snapshot, ...] = live.part(SNAPSHOTS)
    found = [one for one in taken if wanted in (one.id, clean_text(one.name))]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{wanted}: {live.name} has {len(found)} snapshots of this name",
            hint=f"name one of them by its id: {join_names(map(_with_id, found), most=10)}",
        )
    if task is not None:
        raise UsageError(
            f"{wanted}: {live.name} has no such snapshot, and {tell_task(task)}",
            hint=f"`ccloud-apply tasks {task.id}` waits for it",
        )
    if not taken:
        raise UsageError(f"{wanted}: {live.name} has no snapshots")
    names = [clean_text(one.name) or one.id for one in taken]
    near = get_close_matches(wanted, names, n=1)
    ours = join_names((_describe(one) for one in taken), most=10)
    raise UsageError(
        f"{wanted}: {live.name} has no such snapshot",
        hint=f'did you mean "{near[0]}"?' if near else f"it has {ours}",
    )


def require_no_restore(live: LiveServer, task: Task | None) -> None:
    """Raises ApplyError while somebody restores the server already: a second time right after it
    would lose what was written in between. It may be a run of which no journal is here."""
    if task is not None and is_restoring(task):
        raise ApplyError(
            f"nothing was changed: {tell_task(task)}, which takes {live.name} back to a snapshot",
            hint=f"`ccloud-apply tasks {task.id}` waits for it; look at the server then",
        )


def plan_restore(restore: Restore, read_at: datetime, *, leaves_busy: bool = False) -> StackPlan:
    """The plan: one server, one step. `read_at` is when the account was read (UTC).

    A server on which others work is waited for; with `leaves_busy` it is left as it is.
    """
    live, key = restore.live, restore.key
    busy = "" if restore.task is None else tell_task(restore.task)
    if busy and leaves_busy:
        server = ServerPlan(
            key=key, hostname=live.hostname, action=Action.NOT_COMPARED, why=busy, is_busy=True
        )
        return StackPlan(stack=restore.stack.name, path=restore.stack.path, servers=(server,))
    step = _build_step(restore)
    name = _describe(restore.snapshot)
    server = ServerPlan(
        key=key,
        hostname=live.hostname,
        action=Action.UPDATE,
        changes=(
            FieldChange(
                field=_FIELD,
                before="as it is now",
                after=name,
                is_destructive=True,
                reversibility=Reversibility.IRREVERSIBLE,
                undo="what was written since is gone",
            ),
        ),
        steps=(step.id,),
        has_downtime=True,
        warnings=tuple(_warn(restore, read_at)),
        is_busy=bool(busy),
        source=None if not restore.is_given or restore.spec is None else restore.spec.source,
    )
    return StackPlan(
        stack=restore.stack.name,
        path=restore.stack.path,
        servers=(tell_undo(server, (step,)),),
        steps=(step,),
        held=tuple((*_find_guards(restore), *_find_closed(restore, read_at))),
    )


def _build_step(restore: Restore) -> Step:
    operation = OPERATIONS[RESTORE]
    return Step(
        id=f"{restore.key}/restore",
        server=restore.key,
        operation=f"restore snapshot {_name(restore.snapshot)}",
        operation_id=RESTORE,
        method=operation.method,
        path=operation_path(RESTORE, hostname=restore.live.hostname or "", id=restore.snapshot.id),
        is_destructive=True,
        causes_downtime=True,
    )


def _warn(restore: Restore, read_at: datetime) -> Iterator[str]:
    """What a person has to know before this is approved."""
    live, snapshot = restore.live, restore.snapshot
    moment = read_moment(snapshot.created_at)
    if moment is None:
        yield (
            f"all that was written on {live.name} since the snapshot is DESTROYED; the API does not"
            " say when it was taken"
        )
    else:
        age = describe_age(read_at - moment)
        yield (
            f"all that was written on {live.name} since {_show(moment)} ({age} ago) is DESTROYED,"
            " on all of its disks"
        )
    newer = find_newer(snapshot, live.part(SNAPSHOTS))
    if newer:
        names = join_names(map(_describe, newer), most=10)
        count = count_of(len(newer), "newer snapshot")
        yield f"{count} may go with it, the API does not say: {names}"
    state = live.parts.get(STATE)
    if state:
        yield f"{live.name} is {state} now; the API does not say whether it is afterwards"


def find_newer(snapshot: Snapshot, taken: Sequence[Snapshot]) -> tuple[Snapshot, ...]:
    """The snapshots that were taken after this one, as far as times or parents tell; one of which
    nothing tells counts as newer."""
    own = read_moment(snapshot.created_at)
    older = _ancestors(snapshot, taken)
    return tuple(
        one
        for one in taken
        if one.id != snapshot.id and one.id not in older and not _is_older(one, own)
    )


def _ancestors(snapshot: Snapshot, taken: Sequence[Snapshot]) -> set[str]:
    parents = {one.id: one.parent_id for one in taken}
    found: set[str] = set()
    parent = snapshot.parent_id
    while parent is not None and parent not in found:
        found.add(parent)
        parent = parents.get(parent)
    return found


def _is_older(one: Snapshot, moment: datetime | None) -> bool:
    its = read_moment(one.created_at)
    return its is not None and moment is not None and its <= moment


def describe_age(age: timedelta) -> str:
    """`3 days`, `5 hours`, `12 minutes`: the largest unit that it has two of, else minutes."""
    seconds = max(0, int(age.total_seconds()))
    if seconds >= 2 * 86_400:
        return count_of(seconds // 86_400, "day")
    if seconds >= 2 * 3_600:
        return count_of(seconds // 3_600, "hour")
    return count_of(seconds // 60, "minute") if seconds >= 60 else "less than a minute"


def _show(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _name(snapshot: Snapshot) -> str:
    """Its name on one line; its id where it has none."""
    return " ".join((snapshot.name or "").split()) or snapshot.id


def _describe(snapshot: Snapshot) -> str:
    moment = read_moment(snapshot.created_at)
    return f"{_name(snapshot)} ({'undated' if moment is None else _show(moment)})"


def _with_id(snapshot: Snapshot) -> str:
    moment = read_moment(snapshot.created_at)
    return f"{snapshot.id} ({'undated' if moment is None else _show(moment)})"


# What blocks it.

CLASSES = ("destroy", "downtime")
"""By which windows and freezes judge it: data is lost, and the server is down meanwhile."""


def _find_guards(restore: Restore) -> Iterator[Diagnostic]:
    live = restore.live
    if restore.is_owned and not restore.is_given and not restore.is_forced:
        yield _held(
            restore,
            "owned-server",
            f"{live.name} belongs to stack {restore.stack.name} as {restore.key}, whose file was"
            " not given, so its guards are not known",
            f"name the file: restore {restore.key} {_name(restore.snapshot)} FILE; --force goes"
            " without it",
        )
    tag, spec = find_protection(live.tags), restore.spec
    if tag is not None or (spec is not None and spec.lifecycle.prevent_destroy):
        hint = f"if it may lose data, remove the tag {tag} by hand, in the vendor's panel"
        if restore.is_owned:
            hint = "set lifecycle: {prevent_destroy: false} and apply that first"
        what = f"{live.name} would lose data, and prevent_destroy protects it"
        yield _held(restore, "prevent-destroy", what, hint)
    if read_marks(live.tags).is_incomplete:
        what = f"the build of {live.name} failed, so nothing is done to it"
        hint = f"apply with --accept {restore.key} takes it as it is, --replace builds it again"
        yield _held(restore, "build-failed", what, hint)
    limit, why = find_cap(restore.stack, restore.live_count, restore.allow_destroy)
    if limit < 1:
        yield _held(
            restore,
            "too-many-destroyed",
            f"{live.name} would lose data, and at most {limit} servers may ({why})",
            "if this is intended, repeat with --allow-destroy 1",
        )


def _find_closed(restore: Restore, moment: datetime) -> Iterator[Diagnostic]:
    policy = restore.stack.policy
    rules = select_rules(policy, CLASSES)
    if restore.override_window or is_allowed(rules, moment):
        return
    what = f"{restore.live.name} would lose data: {describe_closed(policy, CLASSES, moment)}"
    yield _held(restore, code_of(rules, moment), what, OVERRIDE_HINT)


def _held(restore: Restore, code: str, what: str, hint: str) -> Diagnostic:
    is_declared = restore.is_given and restore.spec is not None
    return Diagnostic(
        code=code,
        where=f"servers.{restore.key}" if is_declared else restore.key,
        what=what,
        hint=hint,
        severity=Severity.HELD,
        source=restore.spec.source if is_declared and restore.spec is not None else None,
    )
