"""Which servers cannot be compared, and why: unknown is never equal, and never different.

Nothing happens to such a server, and nothing is destroyed of which this much is not known. Fields
say themselves what they do not know (`aspects/`); here is what concerns the whole server.
"""

from collections.abc import Iterable, Mapping, Sequence

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.plan import Action
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.matching.match import Match


def leave_uncompared(
    match: Match, why: str, *, is_busy: bool = False, unknown: Mapping[str, str] | None = None
) -> ServerDiff:
    """A server that is not compared. `is_busy`: it passes by itself, so that apply waits for it."""
    return ServerDiff(
        match=match,
        action=Action.NOT_COMPARED,
        why=why,
        is_busy=is_busy,
        unknown=unknown or {},
    )


def tell_busy(match: Match) -> str:
    """What a server has to wait for that passes by itself; an empty text if nothing."""
    live = match.live
    if live is None:
        deleting = match.deleting
        if deleting is None:
            return ""
        return f"{deleting.name}, which has the same identity, is still being deleted"
    if live.is_building:
        return f"{live.name} is being built"
    return "" if match.task is None else tell_task(match.task)


def tell_task(task: Task) -> str:
    """The clause about a task that somebody runs on a server."""
    who = f" by {task.username}" if task.username else ""
    return f"{task.hostname} is busy with task {task.id} ({task.action}{who})"


def tell_unreadable(match: Match) -> str:
    """Why the reads of this server alone brought nothing; an empty text if none has failed."""
    unread = {} if match.live is None else match.live.unread
    reasons = dict.fromkeys(why.rstrip(".") for _, why in sorted(unread.items()))
    return "; ".join(reasons)


def find_obstacles(unknown: Mapping[str, str]) -> tuple[str, ...]:
    """Why the whole server is not compared, as its unknown fields tell. What is only set at create
    is none: nothing could be done about a difference but to destroy the server."""
    reasons = (why for name, why in unknown.items() if not ASPECTS[name].is_create_only)
    return tuple(dict.fromkeys(reasons))


def find_resting(diffs: Sequence[ServerDiff]) -> Mapping[str, tuple[str, ...]]:
    """By key of a server that something happens to, the servers that this rests on and that are
    not compared: those that it depends on; for one that is destroyed or retired, those that depend
    on it."""
    uncompared = {diff.match.key for diff in diffs if diff.action is Action.NOT_COMPARED}
    if not uncompared:
        return {}
    dependants: dict[str, list[str]] = {}
    for diff in diffs:
        if diff.match.key in uncompared:
            for key in _depends_on(diff):
                dependants.setdefault(key, []).append(diff.match.key)
    found = {}
    for diff in diffs:
        key = diff.match.key
        is_gone = diff.action in (Action.DESTROY, Action.RETIRE)
        others: Iterable[str] = dependants.get(key, ()) if is_gone else _depends_on(diff)
        resting = tuple(other for other in others if other in uncompared)
        if resting and key not in uncompared:
            found[key] = resting
    return found


def _depends_on(diff: ServerDiff) -> tuple[str, ...]:
    return () if diff.match.spec is None else diff.match.spec.depends_on
