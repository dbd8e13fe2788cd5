"""How long something is expected to take: an apply, and the downtime of servers."""

from collections.abc import Iterable
from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyLength:
    """How long an apply of a plan is expected to take, in whole seconds.

    `unknown` are the labels of steps that nobody can time: then it is at least so long. `seconds`
    is None where nothing of it is known. `tasks` is how many earlier tasks tell it, `source` whose.
    """

    seconds: int | None
    unknown: tuple[str, ...] = ()
    tasks: int = 0
    source: Literal["account", "sandbox"] = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class DowntimeTotal:
    """The expected downtime of `servers` servers, in whole seconds: all of it and the longest.

    Both are None where that of no server is known. `unknown` are those of which it is not known.
    """

    servers: int
    seconds: int | None
    longest_seconds: int | None
    unknown: tuple[str, ...]


def sum_downtime(stopped: Iterable[tuple[str, int | None]]) -> DowntimeTotal:
    """The total of servers that are down for a while: their names, and the seconds of each."""
    servers = tuple(stopped)
    known = [seconds for _, seconds in servers if seconds is not None]
    return DowntimeTotal(
        servers=len(servers),
        seconds=sum(known) if known else None,
        longest_seconds=max(known, default=None),
        unknown=tuple(name for name, seconds in servers if seconds is None),
    )
