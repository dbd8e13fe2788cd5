"""Whose the servers are that no stack of a drift report has: other stacks', or nobody's.

Every live server that is not being deleted is in exactly one place: with a stack of the report,
which its tags name or whose file binds it; with another stack; or with none.
"""

from collections import Counter

from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.addresses import addresses_of
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.model.results.drift import OtherStack, UnmanagedServer
from ccloud_apply.plan.matching.select import MatchedAccount


def find_others(
    matched: MatchedAccount,
) -> tuple[tuple[OtherStack, ...], tuple[UnmanagedServer, ...]]:
    """The other stacks by name, and the servers without any stack in the account's order.

    A server whose tags name several other stacks counts once, under all their names.
    """
    given = {name for one in matched.stacks for name in one.stack.names}
    bound = {match.live.id for one in matched.stacks for match in one.matches if match.live}
    others: Counter[str] = Counter()
    unmanaged = []
    for server in matched.account.every_server:
        stacks = read_ownership(server.tags).stacks
        if server.is_deleting or server.id in bound or stacks & given:
            continue
        if stacks:
            others[", ".join(sorted(stacks))] += 1
        else:
            unmanaged.append(_to_unmanaged(server))
    found = tuple(OtherStack(stack=name, servers=count) for name, count in sorted(others.items()))
    return found, tuple(unmanaged)


def _to_unmanaged(server: LiveServer) -> UnmanagedServer:
    return UnmanagedServer(
        hostname=server.hostname,
        custom_name=server.custom_name,
        tags=tuple(sorted(server.tags)),
        addresses=addresses_of(server),
    )
