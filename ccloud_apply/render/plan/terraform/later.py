"""What a plan leaves for later, under `x_ccloud`: the days of retired servers, what is deferred.

Terraform's own `deferred_changes` belong to `document.py`.
"""

from typing import Any

from ccloud_apply.model.results.plan import Plan
from ccloud_apply.render.plan.terraform.names import server_address


def told_later(plan: Plan) -> dict[str, Any]:
    """For which moment the plan is, why windows do not count, by address the day from which on each
    retired server may be destroyed, and since when what is deferred may be done; nothing where
    nothing is told."""
    told: dict[str, Any] = {
        "at": None if plan.at is None else plan.at.isoformat(),
        "override_window": plan.override_window,
        "retires": {
            server_address(stack.stack, server.key): server.retires.isoformat()
            for stack in plan.stacks
            for server in stack.servers
            if server.retires is not None
        },
        "deferred": {
            server_address(stack.stack, one.key): {
                "why": one.why,
                "from": None if one.opens_at is None else one.opens_at.isoformat(),
            }
            for stack in plan.stacks
            for one in stack.deferred
        },
    }
    return {name: value for name, value in told.items() if value}
