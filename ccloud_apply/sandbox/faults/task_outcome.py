"""The outcome that faults prescribe for tasks: fail, end late, never end, or do nothing.

This is data only: sandbox/rules/tasks.py runs the tasks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import field
from fnmatch import fnmatchcase

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(slots=True, kw_only=True)
class TaskOutcome:
    """The outcome of the tasks of one request, and the ids of those that it started."""

    failure: str | None = None
    leaves: str | None = None
    """What a failed create leaves: `nothing`, `server` (partly created) or `critical`. None: what
    the options say."""
    is_ignored: bool = False
    """Whether the tasks end as done without doing anything."""
    is_stuck: bool = False
    late_s: float = 0.0
    """Seconds by which the tasks end later than normal."""
    started: list[int] = field(default_factory=list)


def find_failure(fail: Sequence[str], action: str, names: Iterable[str | None]) -> str | None:
    """The error message with which a new task will fail; None if it will succeed."""
    known = [name for name in names if name]
    for rule in fail:
        wanted, _, pattern = rule.partition(":")
        if wanted == action and any(fnmatchcase(name, pattern or "*") for name in known):
            return f"The task {action} failed on the hypervisor, as the sandbox was told to let it."
    return None
