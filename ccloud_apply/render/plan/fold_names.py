"""The names of the servers of a group: numbered ones as a run, `web-1 … web-180`.

From a run every key in it can be told: the numbers between its ends, one by one. Where a key is
paired with a server for the first time (an adoption), the hostnames of a run go on in the same way.
"""

import re
from collections.abc import Iterator, Sequence

from ccloud_apply.model.results.plan import Action, ServerPlan
from ccloud_apply.render.lib.escape import escape_short

_NUMBERED = re.compile(r"(.*?)([0-9]+)", re.DOTALL)
_SHORTEST_RUN = 3


def name_server(server: ServerPlan) -> str:
    """`web-1 (vs10001, was front-1)`: the key, the hostname, an earlier key."""
    remarks = [] if server.hostname is None else [escape_short(server.hostname)]
    if server.moved_from is not None:
        remarks.append(f"was {escape_short(server.moved_from)}")
    name = escape_short(server.key)
    return f"{name} ({', '.join(remarks)})" if remarks else name


def name_runs(servers: Sequence[ServerPlan]) -> list[str]:
    """The names in the order of the servers, three and more with following numbers as one."""
    return [text for run in _runs(servers) for text in _show(run)]


def first_runs(servers: Sequence[ServerPlan], *, most: int) -> tuple[list[str], int]:
    """The first runs and names, and how many more servers there are."""
    shown: list[str] = []
    count = 0
    for run in _runs(servers):
        texts = _show(run)
        if len(shown) + len(texts) > most:
            break
        shown += texts
        count += len(run)
    return shown, len(servers) - count


def join_runs(servers: Sequence[ServerPlan], *, most: int) -> str:
    """`web-1 … web-9, db and 3 more`: the same as one text."""
    shown, rest = first_runs(servers, most=most)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")


def _show(run: Sequence[ServerPlan]) -> list[str]:
    if len(run) < _SHORTEST_RUN:
        return [name_server(server) for server in run]
    return [f"{name_server(run[0])} … {name_server(run[-1])}"]


def _runs(servers: Sequence[ServerPlan]) -> Iterator[Sequence[ServerPlan]]:
    begin = 0
    for end in range(1, len(servers) + 1):
        if end == len(servers) or not _follows(servers[begin], servers[end], end - begin):
            yield servers[begin:end]
            begin = end


def _follows(first: ServerPlan, server: ServerPlan, distance: int) -> bool:
    """True if the server is so many numbers after the first one of its run."""
    if first.moved_from is not None or server.moved_from is not None:
        return False
    if not _is_counted(first.key, server.key, distance):
        return False
    if Action.ADOPT not in (first.action, server.action):
        return True
    return _is_counted(first.hostname or "", server.hostname or "", distance)


def _is_counted(first: str, text: str, distance: int) -> bool:
    found = _NUMBERED.fullmatch(first)
    if found is None:
        return False
    return text == f"{found[1]}{int(found[2]) + distance:0{len(found[2])}}"
