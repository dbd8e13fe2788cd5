"""What a plan costs: which quotes are needed, and what comes of them per server and in all.

A server that is off costs the same. Setup fees are those of what is new: of a server that is made,
and of addons that a live one has not. What has no quote is unknown and in no sum.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from decimal import Decimal
from typing import Any

from ccloud_apply.aspects.base import Catalogues
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.results.cost import Quote, Shape
from ccloud_apply.model.results.plan import (
    Action,
    FieldChange,
    Plan,
    ServerPlan,
    StackPlan,
)

_ANEW = (Action.CREATE, Action.REPLACE)
_ZERO = Decimal(0)
_NEEDED = tuple(
    each.name for each in fields(Shape) if each.default is each.default_factory is MISSING
)
_BLANK = Shape(pool="", cores=0, memory_gb=0, disk_gb=0)

Quotes = Mapping[Shape, Quote | None]
"""By shape; None where there is no quote to be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """A server before and after: None where it is not there. `is_known` is False where the account
    or the file does not say enough for a quote."""

    before: Shape | None = None
    after: Shape | None = None
    is_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cost:
    before: Decimal = _ZERO
    after: Decimal = _ZERO
    fees: Decimal = _ZERO


def find_shapes(
    stacks: Sequence[Stack], account: Account, plan: Plan
) -> Mapping[tuple[str, str], Shapes]:
    """The shapes of the servers of every stack that changes, by stack and key."""
    by_name = {stack.name: stack for stack in stacks}
    live = {server.hostname: server for server in account.servers if server.hostname}
    found = {}
    for stack in (one for one in plan.stacks if one.has_changes):
        for server in _find_priced(stack):
            shapes = _find_shapes(by_name.get(stack.stack), server, live, account)
            found[stack.stack, server.key] = shapes
    return found


def _find_priced(stack: StackPlan) -> tuple[ServerPlan, ...]:
    """The servers; and the account for its addons, whose price nobody says."""
    changes = () if stack.account is None else stack.account.changes
    has_addons = any(change.field.startswith("addons.") for change in changes)
    return stack.entries if has_addons else stack.servers


def distinct_shapes(shapes: Mapping[tuple[str, str], Shapes]) -> tuple[Shape, ...]:
    """Each shape that a quote is needed of, once."""
    return tuple(
        dict.fromkeys(
            shape
            for pair in shapes.values()
            if pair.is_known
            for shape in (pair.before, pair.after)
            if shape is not None
        )
    )


def add_cost(
    plan: Plan,
    stacks: Sequence[Stack],
    shapes: Mapping[tuple[str, str], Shapes],
    quotes: Quotes,
) -> Plan:
    """The plan with the cost of each stack that changes, held where a policy on money says so."""
    by_name = {stack.name: stack for stack in stacks}
    return replace(
        plan,
        stacks=tuple(
            _add_cost(stack, by_name.get(stack.stack), shapes, quotes)
            if stack.has_changes
            else stack
            for stack in plan.stacks
        ),
    )


def _find_shapes(
    stack: Stack | None, server: ServerPlan, live: Mapping[str, LiveServer], account: Account
) -> Shapes:
    before: Shape | None = None
    if server.action is not Action.CREATE:
        found = live.get(server.hostname or "")
        before = None if found is None else _read_shape(found)
        if before is None:
            return Shapes(is_known=False)
    if server.action is Action.DESTROY:
        return Shapes(before=before)
    catalogues = Catalogues(images=account.images, pools=account.pools)
    if server.action in _ANEW:
        after = _describe_shape(stack, server, catalogues)
        return Shapes(before=before, after=after, is_known=after is not None)
    assert before is not None
    return Shapes(before=before, after=_change_shape(before, server.changes, catalogues))


def _read_shape(live: LiveServer) -> Shape | None:
    """The shape of a live server as its fields tell it; None where one lacks what a price needs."""
    shape: dict[str, Any] = {}
    for aspect in ASPECTS.values():
        shape |= aspect.live_shape(live)
    return None if any(shape[name] is None for name in _NEEDED) else Shape(**shape)


def _describe_shape(
    stack: Stack | None, server: ServerPlan, catalogues: Catalogues
) -> Shape | None:
    """The shape of every declared value, for a replace shows only those that differ; None where
    one that a price needs is missing."""
    spec = next((s for s in stack.servers if s.key == server.key), None) if stack else None
    changes: Iterable[FieldChange] = server.changes
    if spec is not None:
        changes = (
            change
            for name, declared in spec.fields.items()
            for change in ASPECTS[name].describe(declared.value)
        )
    shape = _change_shape(_BLANK, changes, catalogues)
    is_whole = shape.pool and shape.cores and shape.memory_gb and shape.disk_gb
    return shape if is_whole else None


def _change_shape(shape: Shape, changes: Iterable[FieldChange], catalogues: Catalogues) -> Shape:
    for change in changes:
        aspect = ASPECTS.get(change.field.partition(".")[0])
        if aspect is not None:
            shape = aspect.change_shape(shape, change, catalogues)
    return shape


def _add_cost(
    plan: StackPlan,
    stack: Stack | None,
    shapes: Mapping[tuple[str, str], Shapes],
    quotes: Quotes,
) -> StackPlan:
    costs: dict[str, _Cost] = {}
    unknown: list[str] = []
    for server in _find_priced(plan):
        cost = _cost_of(shapes[plan.stack, server.key], quotes)
        if cost is None:
            unknown.append(server.key)
        else:
            costs[server.key] = cost
    total = _Cost(
        before=sum((cost.before for cost in costs.values()), _ZERO),
        after=sum((cost.after for cost in costs.values()), _ZERO),
        fees=sum((cost.fees for cost in costs.values()), _ZERO),
    )
    document: dict[str, Any] = {
        **_show(total),
        "servers": {key: _show(cost) for key, cost in costs.items()},
        "unknown": unknown,
    }
    changed = {server.key for server in plan.changed_servers()}
    uncertain = [key for key in unknown if key in changed]
    held = () if stack is None else tuple(_check_policy(stack, total, uncertain))
    return replace(plan, cost=document, held=(*plan.held, *held))


def _cost_of(shapes: Shapes, quotes: Quotes) -> _Cost | None:
    if not shapes.is_known:
        return None
    before = None if shapes.before is None else quotes.get(shapes.before)
    after = None if shapes.after is None else quotes.get(shapes.after)
    if (before is None and shapes.before is not None) or (
        after is None and shapes.after is not None
    ):
        return None
    return _Cost(
        before=_ZERO if before is None else before.monthly_total,
        after=_ZERO if after is None else after.monthly_total,
        fees=_find_fees(before, after),
    )


def _find_fees(before: Quote | None, after: Quote | None) -> Decimal:
    if after is None:
        return _ZERO
    if before is None:
        return after.setup_fee_total
    fees = (
        max(_ZERO, fee - before.addon_fees.get(name, _ZERO))
        for name, fee in after.addon_fees.items()
    )
    return sum(fees, _ZERO)


def _show(cost: _Cost) -> dict[str, str]:
    return {
        "monthly_before": spell_amount(cost.before),
        "monthly_after": spell_amount(cost.after),
        "monthly_change": spell_amount(cost.after - cost.before),
        "setup_fees": spell_amount(cost.fees),
    }


def spell_amount(amount: Decimal) -> str:
    """The amount with two decimals, or with as many more as it has; nothing is rounded."""
    exponent = amount.normalize().as_tuple().exponent
    digits = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{amount:.{digits}f}"


def _check_policy(stack: Stack, total: _Cost, unknown: Sequence[str]) -> Iterator[Diagnostic]:
    policy = stack.policy
    limits = (
        ("max_monthly_cost", policy.max_monthly_cost, total.after, "would cost {} a month"),
        (
            "max_monthly_increase",
            policy.max_monthly_increase,
            total.after - total.before,
            "would cost {} more a month",
        ),
    )
    for name, limit, amount, words in limits:
        if limit is None or total.after < total.before:
            continue  # what makes a stack cheaper is never held for its price
        if amount > limit:
            what = (
                f"the stack {words.format(spell_amount(amount))}, which is"
                f" {spell_amount(amount - limit)} above policy.{name}"
            )
            yield _hold(stack, f"policy.{name}", what, f"raise policy.{name}, or make it smaller")
        elif unknown:
            names = ", ".join(unknown[:5]) + (", …" if len(unknown) > 5 else "")
            what = f"the cost of {names} is unknown, so policy.{name} cannot be checked"
            yield _hold(stack, f"policy.{name}", what, "--no-cost goes on without the check")


def _hold(stack: Stack, where: str, what: str, hint: str) -> Diagnostic:
    return Diagnostic(
        code="policy-cost",
        where=where,
        what=what,
        hint=hint,
        severity=Severity.HELD,
        source=stack.source,
    )


def warn_unchecked(stacks: Sequence[Stack], plan: Plan) -> Plan:
    """The plan with a warning for each policy on money that nobody asked the prices for."""
    by_name = {stack.name: stack for stack in stacks}

    def warn(stack: StackPlan) -> StackPlan:
        found = by_name.get(stack.stack)
        if found is None or not stack.has_changes:
            return stack
        policy = found.policy
        names = [
            name
            for name, limit in (
                ("max_monthly_cost", policy.max_monthly_cost),
                ("max_monthly_increase", policy.max_monthly_increase),
            )
            if limit is not None
        ]
        warnings = tuple(
            Diagnostic(
                code="policy-unchecked",
                where=f"policy.{name}",
                what="prices were not asked for (--no-cost), so it is not checked",
                severity=Severity.WARNING,
                source=found.source,
            )
            for name in names
        )
        return replace(stack, warnings=(*stack.warnings, *warnings))

    return replace(plan, stacks=tuple(map(warn, plan.stacks)))
