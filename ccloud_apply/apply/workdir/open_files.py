"""Room for the files that an apply of many stacks holds open: the locks and the journal of each."""

import errno
from contextlib import suppress

_FEW = 64
"""So many fit into every system's limit beside all else."""
_OTHERS = 512
"""Connections, slots and whatever else is open."""


def make_room(files: int) -> None:
    """Raise the process's own limit so that it can hold so many files open, as far as it may."""
    if files <= _FEW:
        return
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files + _OTHERS
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(OSError, ValueError):  # then opening one says what is missing
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def hint_for(error: OSError, otherwise: str) -> str:
    """What to do about a file that cannot be opened; `otherwise` if it is not for the limit."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "raise the limit of open files (`ulimit -n`), or apply fewer stacks at once"
    return otherwise
