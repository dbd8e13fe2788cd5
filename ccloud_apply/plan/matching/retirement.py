"""When a server that the stack gives up goes: at once, or on a day that its tags name or will name.

How a tag is spelled belongs to `model/ownership.py`, what happens to the server to `plan/diff/`.
"""

from datetime import date, timedelta

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Policy, ServerSpec
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import (
    find_unread_waits,
    is_retire_mark,
    is_retired,
    read_retire_after,
    read_retirement,
)
from ccloud_apply.model.text import join_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """What there is to say of the end of a live server.

    `is_marked`: it was retired already. `day` (UTC) is the one from whose beginning on it may be
    destroyed; None for one that is destroyed at once, and for one that is declared. `problem` is a
    clause that says why the day cannot be told.
    """

    is_marked: bool
    day: date | None = None
    problem: str = ""

    @property
    def is_let_be(self) -> bool:
        """True for a server that was retired and waits, and for one whose day cannot be told."""
        return bool(self.problem) or (self.is_marked and self.waits)

    @property
    def waits(self) -> bool:
        """True for a server that is given up and not destroyed now."""
        return self.day is not None or bool(self.problem)


def read_mark(live: LiveServer) -> Retirement | None:
    """What the mark of a declared server says; None without one."""
    return Retirement(is_marked=True) if is_retired(live.tags) else None


def find_retirement(
    live: LiveServer, spec: ServerSpec | None, policy: Policy, today: date
) -> Retirement:
    """The end of a server that is given up on that day; `spec` is what the file says of it."""
    marks = sorted(filter(is_retire_mark, live.tags))
    if not marks and (unread := find_unread_waits(live.tags)):
        problem = f"{live.name} carries {join_names(unread)}, which tells no number of days to wait"
        return Retirement(is_marked=False, problem=problem)
    if not marks:
        days = find_days(live, spec, policy)
        day = None if days is None else today + timedelta(days=days)
        return Retirement(is_marked=False, day=day)
    day = read_retirement(live.tags)
    if day is None:
        problem = f"{live.name} carries {join_names(marks)}, which tells no day for its end"
        return Retirement(is_marked=True, problem=problem)
    return Retirement(is_marked=True, day=day if day > today else None)


def find_days(live: LiveServer, spec: ServerSpec | None, policy: Policy) -> int | None:
    """How many days a server waits that is not retired yet; None if it does not wait.

    The longest that its tags and its entry say, else what the policy says; never less than a policy
    above the stack's own.
    """
    own = [read_retire_after(live.tags), None if spec is None else spec.lifecycle.retire]
    if own == [None, None]:
        own = [policy.retire]
    told = (days for days in (*own, policy.least_retire) if days is not None)
    return max(told, default=None)
