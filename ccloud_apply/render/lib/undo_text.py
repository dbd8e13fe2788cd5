"""What an undo brings back, in words that all formats share.

What comes back whole is not said of each change: the line below the changes counts it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from ccloud_apply.model.results.plan import (
    ACCOUNT,
    DESTRUCTIVE,
    Action,
    FieldChange,
    Reversibility,
    ServerPlan,
)
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.escape import escape_short

_MAX_WHY = 200


def tell_change(change: FieldChange) -> str:
    """`irreversible: a disk cannot shrink`, one harmless line; nothing for what comes back."""
    is_said = change.is_destructive or change.forces_replace
    return _tell(change.reversibility, "" if is_said else change.undo)


def tell_server(server: ServerPlan) -> str:
    """`undo: a revert creates another server`: what happens to the whole server, where neither its
    action nor its day says it. Without a mark: a change of it may have a worse one."""
    is_said = server.action in DESTRUCTIVE or server.reversibility is Reversibility.REVERSIBLE
    return "" if is_said or not server.undo else f"undo: {escape_short(server.undo, _MAX_WHY)}"


def undo_lines(server: ServerPlan) -> Iterator[str]:
    """What does not come back of one server: a line for each change, and one for the server."""
    for change in server.changes:
        if told := _tell(change.reversibility, change.undo):
            yield f"{escape_short(change.field)} is {told}"
    if told := tell_server(server):
        yield told


def undo_line(servers: Iterable[ServerPlan]) -> str:
    """`Undo with git revert: 3 servers reversible, 1 lossy.`: how many of them are which.

    Nothing where nothing happens, or servers are created and no more: they go as they came.
    """
    told = [server for server in servers if server.reversibility is not None]
    if all(server.action is Action.CREATE for server in told):
        return ""
    counts = Counter(server.reversibility for server in told)
    first, *others = (one for one in Reversibility if counts[one])
    has_account = any(server.key == ACCOUNT for server in told)
    number = f"{counts[first]:,}" if has_account else count_of(counts[first], "server")
    words = [f"{number} {first}", *(f"{counts[one]:,} {one}" for one in others)]
    return f"Undo with git revert: {', '.join(words)}."


def _tell(reversibility: Reversibility | None, why: str) -> str:
    if reversibility in (None, Reversibility.REVERSIBLE):
        return ""
    return f"{reversibility}: {escape_short(why, _MAX_WHY)}" if why else f"{reversibility}"
