"""What makes it uncertain which live disk is which, in words."""

from collections.abc import Sequence

from ccloud_apply.aspects.base import Problem
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.live.account import LiveDisk

_LETTERS = lazy_pattern(r"\D*")


def is_mixed(live: Sequence[LiveDisk]) -> bool:
    """True if the disks hang on controllers of different kinds, as `ide0s0` and `sc0s0` do."""
    return len(live) > 1 and len({_controller(disk) for disk in live}) > 1


def _controller(disk: LiveDisk) -> str:
    """What stands before the numbers of bus and slot."""
    found = _LETTERS.match(disk.id)
    return found[0].casefold() if found else ""


def ambiguous(live: Sequence[LiveDisk], why: str) -> Problem:
    """The problem that says so, and how to pin each disk."""
    where = first = ""
    if is_mixed(live):
        # The API may list them in any order; the message is the same every time.
        live = sorted(live, key=lambda disk: disk.id)
        where, first = " on different controllers", ", the system disk first"
    return Problem(
        code="disk-ambiguous",
        what=f"the live disks are {list_disks(live)}{where}, and {why}",
        hint=f"pin every disk that stays by its id{first}, such as "
        + ", ".join(f"{{id: {disk.id}, size: {disk.size_gb}}}" for disk in live[:2]),
    )


def list_disks(live: Sequence[LiveDisk]) -> str:
    """The disks by their ids and sizes, for a message."""
    return ", ".join(f"{disk.id} ({disk.size_gb} GB)" for disk in live) or "none"
