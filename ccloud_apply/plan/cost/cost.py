"""What a plan costs: what comes of the quotes per server and in all.

A server that is off costs the same, so a retired one does until it is destroyed. Setup fees are
those of what is new: of a server that is made, and of addons that a live one has not. What has no
quote is unknown and in no sum.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.cost import Quote, Shape
from ccloud_apply.model.results.plan import (
    MONTHLY_COST,
    Action,
    FieldChange,
    Plan,
    ServerPlan,
    StackPlan,
    ValueKind,
)
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.cost.amounts import ZERO, Amounts, spell_amount
from ccloud_apply.plan.cost.policy import check_policy
from ccloud_apply.plan.cost.shapes import Shapes, find_priced, has_cost, is_retired

_GOING = (Action.DESTROY, Action.RETIRE)

Quotes = Mapping[Shape, Quote | None]
"""By shape; None where there is no quote to be had."""


def add_cost(
    plan: Plan,
    stacks: Sequence[Stack],
    shapes: Mapping[tuple[str, str], Shapes],
    quotes: Quotes,
) -> Plan:
    """The plan with the cost of each stack that changes or has retired servers, held where a policy
    on money says so."""
    by_name = {stack.name: stack for stack in stacks}
    return replace(
        plan,
        stacks=tuple(
            _add_cost(stack, by_name.get(stack.stack), shapes, quotes) if has_cost(stack) else stack
            for stack in plan.stacks
        ),
    )


def _add_cost(
    plan: StackPlan,
    stack: Stack | None,
    shapes: Mapping[tuple[str, str], Shapes],
    quotes: Quotes,
) -> StackPlan:
    costs: dict[str, Amounts] = {}
    unknown: list[str] = []
    for server in find_priced(plan):
        cost = _cost_of(shapes[plan.stack, server.key], quotes)
        if cost is None:
            unknown.append(server.key)
        else:
            costs[server.key] = cost
    total = Amounts(
        before=sum((cost.before for cost in costs.values()), ZERO),
        after=sum((cost.after for cost in costs.values()), ZERO),
        fees=sum((cost.fees for cost in costs.values()), ZERO),
    )
    document: dict[str, Any] = {
        **_show(total),
        "servers": {key: _show(cost) for key, cost in costs.items()},
        "unknown": unknown,
    }
    retired = [server.key for server in plan.servers if is_retired(server)]
    if retired:
        document["retired_monthly"] = _sum_before(costs, retired)
    why = {key: found for key in unknown if (found := shapes[plan.stack, key].why)}
    # What goes makes nothing dearer, nor does what stays as it is priced.
    changed = {s.key for s in plan.changed_servers() if s.action not in _GOING}
    uncertain = [key for key in unknown if key in changed and not shapes[plan.stack, key].is_same]
    held: tuple[Diagnostic, ...] = ()
    if stack is not None and plan.has_changes:
        held = tuple(check_policy(stack, total, uncertain))
    warnings = tuple(_warn_own_prices(why, stack))
    return replace(
        plan,
        servers=tuple(_tell_gone(server, costs.get(server.key)) for server in plan.servers),
        cost=document,
        held=(*plan.held, *held),
        warnings=(*plan.warnings, *warnings),
    )


def _sum_before(costs: Mapping[str, Amounts], keys: Sequence[str]) -> str | None:
    """What these servers cost per month as far as that is known; None where it is of none."""
    known = [costs[key].before for key in keys if key in costs]
    return spell_amount(sum(known, ZERO)) if known else None


def _tell_gone(server: ServerPlan, cost: Amounts | None) -> ServerPlan:
    """The server, with what it costs now beside all else that a reviewer sees going."""
    if cost is None or not server.goes:
        return server
    now = FieldChange(field=MONTHLY_COST, before=spell_amount(cost.before), kind=ValueKind.MONEY)
    return replace(server, goes=(*server.goes, now))


def _warn_own_prices(why: Mapping[str, str], stack: Stack | None) -> Iterator[Diagnostic]:
    """What the cost of a stack is without: one warning for each reason."""
    for reason in dict.fromkeys(why.values()):
        names = join_names(key for key, other in why.items() if other == reason)
        yield Diagnostic(
            code="price-unknown",
            where="cost",
            what=f"the cost of {names} is unknown, and in no sum: {reason}",
            severity=Severity.WARNING,
            source=None if stack is None else stack.source,
        )


def _cost_of(shapes: Shapes, quotes: Quotes) -> Amounts | None:
    if not shapes.is_known:
        return None
    before = None if shapes.before is None else quotes.get(shapes.before)
    after = None if shapes.after is None else quotes.get(shapes.after)
    if (before is None and shapes.before is not None) or (
        after is None and shapes.after is not None
    ):
        return None
    return Amounts(
        before=ZERO if before is None else before.monthly_total,
        after=ZERO if after is None else after.monthly_total,
        fees=_find_fees(before, after),
    )


def _find_fees(before: Quote | None, after: Quote | None) -> Decimal:
    if after is None:
        return ZERO
    if before is None:
        return after.setup_fee_total
    fees = (
        max(ZERO, fee - before.addon_fees.get(name, ZERO)) for name, fee in after.addon_fees.items()
    )
    return sum(fees, ZERO)


def _show(cost: Amounts) -> dict[str, str]:
    return {
        "monthly_before": spell_amount(cost.before),
        "monthly_after": spell_amount(cost.after),
        "monthly_change": spell_amount(cost.after - cost.before),
        "setup_fees": spell_amount(cost.fees),
    }
