"""How long tasks of each action have taken, as far as a list of tasks tells it.

The API tells when a task was made and not when it ended. The platform does one thing at a time to a
server, though: where one user's next task of a server follows soon, the first had ended by then. So
each sample is an upper bound of what one task took, and the median of them is what is told. A
pause of a person makes a sample too long, so what follows late counts for nothing, and neither does
a pair between which one piece of work ends and another begins: what follows on a start, and what
comes before a shutdown or a deletion.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from itertools import pairwise

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import NOTHING, Task

LONGEST_S = 1800
"""Seconds after which the next task of a server tells nothing of the one before. An apply waits no
longer for a task either, unless it is told to."""

_LAST = frozenset({"start-server"})
_FIRST = frozenset({"stop-server", "shutdown-server", "delete-server"})
"""The actions that end a piece of work on a server, and those that begin one. Between the two is
the time until somebody wants the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """By the action of a task, the seconds that earlier ones took at most, each in order."""

    samples: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: NOTHING)

    def median_of(self, actions: Iterable[str]) -> float | None:
        """The seconds that a task of one of these actions takes; None where no sample tells it."""
        found = sorted(one for action in actions for one in self.samples.get(action, ()))
        if not found:
            return None
        middle = len(found) // 2
        return found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2


def read_durations(tasks: Iterable[Task]) -> Durations:
    """What a list of tasks (`list_tasks`) tells, in whatever order it comes.

    A task that has not ended well tells nothing, nor does one of which it is not known who sent it
    or when.
    """
    by_server: dict[str, list[tuple[datetime, Task]]] = {}
    for task in {task.id: task for task in tasks}.values():
        made_at = _read_time(task.created_at)
        if task.hostname and made_at is not None:
            by_server.setdefault(task.hostname, []).append((made_at, task))
    samples: dict[str, list[float]] = {}
    for made in by_server.values():
        made.sort(key=lambda pair: pair[1].id)
        for (start, task), (end, follower) in pairwise(made):
            seconds = _seconds_between(start, end)
            if task.is_done and _is_one_work(task, follower) and seconds is not None:
                samples.setdefault(task.action, []).append(seconds)
    return Durations(samples={action: tuple(sorted(found)) for action, found in samples.items()})


def _is_one_work(task: Task, follower: Task) -> bool:
    """True if the same user may have sent the second as soon as the first had ended."""
    is_theirs = task.username is not None and task.username == follower.username
    return is_theirs and task.action not in _LAST and follower.action not in _FIRST


def _seconds_between(start: datetime, end: datetime) -> float | None:
    """None for what is no length of a task: too long, or backwards."""
    if (start.tzinfo is None) is not (end.tzinfo is None):
        return None
    seconds = (end - start).total_seconds()
    return seconds if 0 <= seconds <= LONGEST_S else None


def _read_time(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text.strip())
    except ValueError:
        return None
