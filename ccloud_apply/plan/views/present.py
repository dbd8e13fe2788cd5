"""Stacks and an account to the declared servers that are there, for the end of an apply."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.addresses import addresses_of
from ccloud_apply.model.results.plan import Action, Plan
from ccloud_apply.model.results.present import PresentServer
from ccloud_apply.plan.matching.select import MatchedStack, PlanOptions, match_account

Name = tuple[str, str]
"""A server: its stack and key."""

_CREATE = "create_server"
_ADD_ADDRESS = "add_server_ip"


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceRead:
    """What a run has done since the account was read: nothing, where it was read at the end.

    `touched` are the servers of which a request may have been sent, `gone` those that were deleted,
    and `hostnames` are the new servers' by what the API answered.
    """

    touched: AbstractSet[Name] = frozenset()
    gone: AbstractSet[Name] = frozenset()
    hostnames: Mapping[Name, str] = field(default_factory=dict)


NOTHING_SINCE = SinceRead()


def find_present(
    stacks: Sequence[Stack],
    account: Account,
    plan: Plan,
    since: SinceRead = NOTHING_SINCE,
    *,
    settled: AbstractSet[Name] = frozenset(),
) -> tuple[PresentServer, ...]:
    """The declared servers that are there, in the order of their stacks.

    Of a server that was touched since the account was read, only its hostname is known. `settled`
    are those whose creates an earlier run had left open: nobody has told their addresses yet.
    """
    made = settled | {
        (stack.stack, step.server)
        for stack in plan.stacks
        for step in stack.steps
        if step.operation_id == _CREATE or step.operation_id == _ADD_ADDRESS
    }
    made |= {
        (stack.stack, server.key)
        for stack in plan.stacks
        for server in stack.servers
        if server.action is Action.RESTORE
    }
    matched = match_account(stacks, account, PlanOptions())
    return tuple(one for stack in matched.stacks for one in _find_in(stack, made, since))


def _find_in(
    matched: MatchedStack, made: AbstractSet[Name], since: SinceRead
) -> Iterator[PresentServer]:
    for match in matched.matches:
        if match.spec is None:
            continue
        name = (matched.stack.name, match.key)
        live = None if name in since.gone else match.live
        hostname = since.hostnames.get(name) or (None if live is None else live.hostname)
        if live is None and hostname is None:
            continue
        is_read = live is not None and name not in since.touched
        yield PresentServer(
            stack=name[0],
            key=name[1],
            hostname=hostname,
            addresses=addresses_of(live) if live is not None and is_read else None,
            is_made=name in made,
        )
