"""A stack and its rule -> how it is planned and applied. Pure but for passwords that are known."""

from dataclasses import replace

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.config import FleetConfig, Rule
from ccloud_apply.fleet.rules import digest_rule, find_rule
from ccloud_apply.fleet.store.statements.runs import StackRow
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.results.commit import Commit
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.inputs.passwords import add_weak_secrets


def rule_of(config: FleetConfig, row: StackRow) -> Rule:
    """The rule of a stack, as its row names it.

    Raises UsageError if this process has another fleet.yaml than that which the row was made from:
    its rule may allow more, or its account be another one.
    """
    if row.config not in ("", digest_rule(config, row.rule, row.account)):
        raise UsageError(
            f"{config.path} of this worker says something else of {row.account}/{row.name} than"
            " that of `fleet serve`",
            hint="give all of them the same file, and start them again",
        )
    return find_rule(config, row.rule)


def with_rule(stack: Stack, rule: Rule) -> Stack:
    """The stack, held by the windows and freezes of its rule as by those of its own policy."""
    policy = stack.policy
    windows = (*policy.windows, rule.windows) if rule.windows else policy.windows
    freezes = (*policy.freezes, *rule.freezes)
    return replace(stack, policy=replace(policy, windows=windows, freezes=freezes))


def with_commit(plan: Plan, row: StackRow) -> Plan:
    """The plan, which names the commit of its stack's files if they come from a repository."""
    return plan if row.commit_id is None else replace(plan, commit=Commit(id=row.commit_id))


def plan_options(
    run: Run, stack: Stack, *, is_saved: bool, allow_destroy: int | None
) -> PlanOptions:
    """How it is planned; `is_saved` asks for what a saved plan needs."""
    options = PlanOptions(
        has_fingerprints=is_saved, has_unchanged=is_saved, allow_destroy=allow_destroy
    )
    return add_weak_secrets(options, (stack,), run.environment, run.root)
