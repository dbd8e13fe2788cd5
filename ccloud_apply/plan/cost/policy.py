"""Policies on money: what holds a plan for its price, and what cannot be checked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from ccloud_apply.model.declared.stack import Policy, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import (
    Plan,
    StackPlan,
)
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.cost.amounts import Amounts, spell_amount
from ccloud_apply.plan.policy_source import name_rule


def check_policy(stack: Stack, total: Amounts, unknown: Sequence[str]) -> Iterator[Diagnostic]:
    """What holds a stack of this cost; the servers of unknown cost let no limit be checked."""
    policy = stack.policy
    limits = (
        ("max_monthly_cost", policy.max_monthly_cost, total.after, "would cost {} per month"),
        (
            "max_monthly_increase",
            policy.max_monthly_increase,
            total.after - total.before,
            "would cost {} more per month",
        ),
    )
    for name, limit, amount, words in limits:
        if limit is None or total.after < total.before:
            continue  # what makes a stack no dearer is never held for its price
        if amount > limit and total.after > total.before:
            what = (
                f"the stack {words.format(_spell(amount, policy))}, which is"
                f" {_spell(amount - limit, policy)} above {name_rule(stack, name)}"
            )
            yield _hold(stack, f"policy.{name}", what, f"raise policy.{name}, or make it smaller")
        elif unknown:
            names = join_names(unknown)
            rule = name_rule(stack, name)
            what = f"the cost of {names} is unknown, so {rule} cannot be checked"
            yield _hold(stack, f"policy.{name}", what, "--no-cost continues without the check")


def _spell(amount: Decimal, policy: Policy) -> str:
    return f"{spell_amount(amount)} {policy.currency or ''}".rstrip()


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
                what="prices were not requested (--no-cost), so it is not checked",
                severity=Severity.WARNING,
                source=found.source,
            )
            for name in names
        )
        return replace(stack, warnings=(*stack.warnings, *warnings))

    return replace(plan, stacks=tuple(map(warn, plan.stacks)))
