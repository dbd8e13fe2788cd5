"""What can be rehearsed: all but the servers that are not compared, and what rests on them.

A copy of what is not known would prove nothing about it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ccloud_apply.model.declared.stack import AccountSpec, Stack
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import ACCOUNT, Action, Plan, StackPlan
from ccloud_apply.plan.matching.index import index_account
from ccloud_apply.plan.matching.match import match_servers


def limit_to_known(
    stacks: Sequence[Stack], account: Account, plan: Plan
) -> tuple[tuple[Stack, ...], Account, Plan]:
    """Stacks, account and plan without the servers that cannot be rehearsed."""
    unknown = {stack.stack: keys for stack in plan.stacks if (keys := _find_unknown(stack))}
    if not unknown:
        return tuple(stacks), account, plan
    index = index_account(account)
    gone = {
        match.live.id
        for stack in stacks
        for match in match_servers(stack, index)[0]
        if match.live is not None and match.key in unknown.get(stack.name, ())
    }
    return (
        tuple(_limit_stack(stack, unknown.get(stack.name, frozenset())) for stack in stacks),
        replace(account, servers=tuple(s for s in account.servers if s.id not in gone)),
        replace(plan, stacks=tuple(_limit_plan(stack, unknown) for stack in plan.stacks)),
    )


def _find_unknown(stack: StackPlan) -> frozenset[str]:
    """The keys of what is not compared, and of all whose steps would not be made because of it."""
    found = {server.key for server in stack.uncompared_servers()}
    found |= {server.key for server in stack.servers if server.rests_on}
    servers = {step.id: step.server for step in stack.steps}
    count = -1
    while count < len(found):
        count = len(found)
        found |= {
            step.server
            for step in stack.steps
            if any(servers.get(need) in found for need in step.needs)
        }
    return frozenset(found)


def _limit_stack(stack: Stack, unknown: frozenset[str]) -> Stack:
    if not unknown:
        return stack
    return replace(
        stack,
        servers=tuple(spec for spec in stack.servers if spec.key not in unknown),
        account=AccountSpec() if ACCOUNT in unknown else stack.account,
    )


def _limit_plan(stack: StackPlan, unknown: Mapping[str, frozenset[str]]) -> StackPlan:
    keys = unknown.get(stack.stack, frozenset())
    return replace(
        stack,
        servers=tuple(server for server in stack.servers if server.key not in keys),
        account=None if ACCOUNT in keys else stack.account,
        steps=tuple(step for step in stack.steps if step.server not in keys),
    )


def tell_unknown(plan: Plan) -> tuple[str, ...]:
    """Every server that is not compared, and why; and those that rest on them."""
    return tuple(
        f"{stack.stack}/{server.key}: {server.why}"
        if server.action is Action.NOT_COMPARED
        else f"{stack.stack}/{server.key}: rests on {', '.join(server.rests_on)}"
        for stack in plan.stacks
        for server in stack.entries
        if server.action is Action.NOT_COMPARED or server.rests_on
    )
