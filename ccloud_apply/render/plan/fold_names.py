"""The names of the servers of a group: numbered ones as a run, `web-1 … web-180`.

From a run every key in it can be told: the numbers between its ends, one by one. Where a key is
paired with a server for the first time (an adoption), the hostnames of a run go on in the same way.
"""

from collections.abc import Sequence

from ccloud_apply.model.ownership import split_name
from ccloud_apply.model.results.plan import Action, ServerPlan
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.runs import SHORTEST_RUN, counts_on, split_runs


def name_server(server: ServerPlan) -> str:
    """`web-1 (vs10001, was front-1)`: the key, the hostname, an earlier key."""
    remarks = [] if server.hostname is None else [escape_short(server.hostname)]
    if server.moved_from is not None:
        remarks.append(f"was {escape_short(server.moved_from)}")
    name = escape_short(server.key)
    return f"{name} ({', '.join(remarks)})" if remarks else name


def name_runs(servers: Sequence[ServerPlan]) -> list[str]:
    """The names in the order of the servers, three and more with following numbers as one."""
    return [text for run in split_runs(servers, _follows) for text in _show(run)]


def first_runs(servers: Sequence[ServerPlan], *, most: int) -> tuple[list[str], int]:
    """The first runs and names, and how many more servers there are."""
    shown: list[str] = []
    count = 0
    for run in split_runs(servers, _follows):
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
    if len(run) < SHORTEST_RUN:
        return [name_server(server) for server in run]
    return [f"{name_server(run[0])} … {name_server(run[-1])}"]


def _follows(first: ServerPlan, server: ServerPlan, distance: int) -> bool:
    """True if the server is so many numbers after the first one of its run."""
    stacks = [find_earlier_stack(one) for one in (first, server)]
    if stacks[0] != stacks[1] or None in stacks:
        return False
    if not counts_on(first.key, server.key, distance):
        return False
    if Action.ADOPT not in (first.action, server.action):
        return True
    return counts_on(first.hostname or "", server.hostname or "", distance)


def find_earlier_stack(server: ServerPlan) -> str | None:
    """The stack that the server comes from with the same key, empty for its own; None for one that
    had another key."""
    if server.moved_from is None:
        return ""
    stack, key = split_name(server.moved_from)
    return stack if stack and key == server.key else None
