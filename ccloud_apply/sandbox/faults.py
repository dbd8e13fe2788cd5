"""Which tasks are to fail. The place for every other trouble that is asked for on purpose.

Only decides; tasks.py lets it happen.
"""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase


def find_failure(fail: Sequence[str], action: str, names: Iterable[str | None]) -> str | None:
    """The error message that a new task will end with, or None if it is to succeed."""
    known = [name for name in names if name]
    for rule in fail:
        wanted, _, pattern = rule.partition(":")
        if wanted == action and any(fnmatchcase(name, pattern or "*") for name in known):
            return f"The task {action} failed on the hypervisor, as the sandbox was told to let it."
    return None
