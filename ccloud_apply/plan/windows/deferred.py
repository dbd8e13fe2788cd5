"""Which servers a plan defers, and a later plan without them.

What is deferred, and why, is decided when a plan is made, and does not belong here.
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from ccloud_apply.model.results.plan import ACCOUNT, Plan, StackPlan

Name = tuple[str, str]
"""A server's stack and key."""


def find_deferred(plan: Plan) -> frozenset[Name]:
    """The servers that the plan has left out for now."""
    return frozenset((stack.stack, one.key) for stack in plan.stacks for one in stack.deferred)


def leave_out(plan: Plan, names: AbstractSet[Name]) -> Plan:
    """The plan of all other servers."""
    if not names:
        return plan
    return replace(plan, stacks=tuple(_leave_out(stack, names) for stack in plan.stacks))


def _leave_out(stack: StackPlan, names: AbstractSet[Name]) -> StackPlan:
    gone = {key for name, key in names if name == stack.stack}
    steps = tuple(step for step in stack.steps if step.server not in gone)
    ids = {step.id for step in steps}
    return replace(
        stack,
        servers=tuple(server for server in stack.servers if server.key not in gone),
        account=None if ACCOUNT in gone else stack.account,
        steps=tuple(
            replace(step, needs=tuple(need for need in step.needs if need in ids)) for step in steps
        ),
    )
