"""What is to become of tasks: those that a request starts, and those that are to fail by name.

Only says so; tasks.py lets it happen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(slots=True, kw_only=True)
class TaskFate:
    """What becomes of the tasks of one request, and which ones it started."""

    failure: str | None = None
    leaves_server: bool = False
    """Whether a create that fails leaves its half-made server."""
    is_ignored: bool = False
    """Whether the tasks end as done without having done anything."""
    is_stuck: bool = False
    late_s: float = 0.0
    """Seconds at which it ends too late."""
    started: list[int] = field(default_factory=list)


def find_failure(fail: Sequence[str], action: str, names: Iterable[str | None]) -> str | None:
    """The error message that a new task will end with, or None if it is to succeed."""
    known = [name for name in names if name]
    for rule in fail:
        wanted, _, pattern = rule.partition(":")
        if wanted == action and any(fnmatchcase(name, pattern or "*") for name in known):
            return f"The task {action} failed on the hypervisor, as the sandbox was told to let it."
    return None
