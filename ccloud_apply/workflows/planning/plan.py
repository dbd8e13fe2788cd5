"""Stacks and an account -> a plan: the sequence that plan, apply and destroy share.

Reading goes on until the account knows all that the plan wants. What a plan is and what it wants
belongs to plan/, how the account is read to api/.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ccloud_apply.api.account_reader import read
from ccloud_apply.api.client import Client
from ccloud_apply.apply.engine.contents import bind_contents
from ccloud_apply.apply.once.half_made import find_half_made_by_tasks, read_failed_creates
from ccloud_apply.concurrency import task_group
from ccloud_apply.errors import PlanError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.read import Read
from ccloud_apply.model.ownership import INCOMPLETE
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.build import plan_matched
from ccloud_apply.plan.cost.policy import warn_unchecked
from ccloud_apply.plan.expected_account import require_unclaimed
from ccloud_apply.plan.matching.select import MatchedAccount, PlanOptions, match_account
from ccloud_apply.plan.reads import wanted
from ccloud_apply.workflows.account.identity import describe_to
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.planning.price import price_plan
from ccloud_apply.workflows.planning.timing import time_plan

if TYPE_CHECKING:
    from ccloud_apply.apply.session import ReadAndPlan

_NOTHING_READ = Account()


async def read_live(
    client: Client,
    stacks: Sequence[Stack],
    options: PlanOptions,
    account: Account = _NOTHING_READ,
    *,
    reads_tags: bool = False,
    lists_only: bool = False,
) -> MatchedAccount:
    """The account, with all that a plan of these stacks looks at, and matched with them.

    What is known of `account` already is not read again. What cannot be read of one server alone is
    noted there. With `reads_tags` the account may hold the servers of the stacks' tags alone, where
    their plan needs no others; with `lists_only` no server is read for itself. Raises ApiError.
    """
    limits = next((spec.limits for stack in stacks for spec in stack.servers), DEFAULT_LIMITS)
    matched = match_account(stacks, set_limits(account, limits), options)

    def find_missing() -> frozenset[Read]:
        missing = wanted(matched, options, reads_tags=reads_tags) - matched.account.known
        return frozenset(one for one in missing if not (lists_only and one.hostname))

    while missing := find_missing():
        account = await read(client, matched.account, missing, may_lack=True)
        account = _set_marks(set_limits(account, limits), options)
        matched = match_account(stacks, account, options)
    return matched


async def read_live_alone(
    client: Client,
    stacks: Sequence[Stack],
    options: PlanOptions,
    account: Account = _NOTHING_READ,
    *,
    reads_tags: bool = False,
    lists_only: bool = False,
) -> MatchedAccount:
    """As `read_live`, for what changes nothing and has no journal: servers whose build failed, and
    that no apply has marked yet, are taken as if they were marked. Raises ApiError."""
    async with task_group() as group:
        failed = group.create_task(read_failed_creates(client))
        reading = group.create_task(
            read_live(
                client, stacks, options, account, reads_tags=reads_tags, lists_only=lists_only
            )
        )
    matched = reading.result()
    names = frozenset(name for stack in stacks for name in stack.names)
    found = await find_half_made_by_tasks(client, matched.account, names, failed.result())
    if not found:
        return matched
    due = {one.server.id: (INCOMPLETE,) for one in found}
    account = _set_marks(matched.account, replace(options, due_marks=due))
    return match_account(stacks, account, options)


def set_limits(account: Account, limits: Limits) -> Account:
    """The account, whose sizes are judged by what the platform takes."""
    if all(server.limits == limits for server in account.servers):
        return account
    servers = (replace(server, limits=limits) for server in account.servers)
    return replace(account, servers=tuple(servers))


def _set_marks(account: Account, options: PlanOptions) -> Account:
    """The account, with the marks that are due and could not be set."""
    due = options.due_marks
    if not any(server.id in due for server in account.servers):
        return account
    servers = (
        replace(s, tags=tuple(dict.fromkeys((*s.tags, *due.get(s.id, ())))))
        for s in account.servers
    )
    return replace(account, servers=tuple(servers))


async def plan_run(
    run: Run, stacks: Sequence[Stack], options: PlanOptions, *, has_cost: bool
) -> Plan:
    """Read the account and plan; the plan names its account, and with fingerprints its files.

    Raises ApiError, UnreadableReferenceError, and PlanError with every error of planning.
    """
    options = describe_to(run, options)
    plan = await plan_stacks(run.client, stacks, options, has_cost=has_cost)
    plan = await time_plan(run.client, stacks, plan, moment=options.moment)
    return bind_contents(plan, run.read_reference) if options.has_fingerprints else plan


async def plan_stacks(
    client: Client, stacks: Sequence[Stack], options: PlanOptions, *, has_cost: bool = False
) -> Plan:
    """Read the account and plan, with what it costs where that is asked for.

    Raises ApiError, and PlanError with every error of planning.
    """
    matched = await read_live_alone(client, stacks, options, reads_tags=True)
    plan = plan_read(matched, options)
    return await add_prices(client, stacks, matched.account, plan, has_cost=has_cost)


def planner(client: Client) -> "ReadAndPlan":
    """What an apply reads and plans with, as often as it has to."""

    async def read_and_plan(stacks: Sequence[Stack], options: PlanOptions) -> tuple[Plan, Account]:
        matched = await read_live(client, stacks, options, reads_tags=True)
        try:
            return plan_read(matched, options), matched.account
        except PlanError as error:
            error.account = matched.account
            raise

    return read_and_plan


async def add_prices(
    client: Client, stacks: Sequence[Stack], account: Account, plan: Plan, *, has_cost: bool
) -> Plan:
    """The plan with its cost; without, a warning stands for each policy that needs it."""
    if not has_cost:
        return warn_unchecked(stacks, plan)
    return await price_plan(client, stacks, account, plan)


def plan_account(stacks: Sequence[Stack], account: Account, options: PlanOptions) -> Plan:
    """Plan against an account that was read for something else. Raises PlanError."""
    return plan_read(match_account(stacks, account, options), options)


def plan_read(matched: MatchedAccount, options: PlanOptions) -> Plan:
    """Plan against what was read; the plan names the account.

    Raises WrongAccountError where it is that of another environment, which has such a stack too,
    and PlanError.
    """
    require_unclaimed(matched)
    plan, diagnostics = plan_matched(matched, options)
    if plan is None:
        raise PlanError(diagnostics)
    plan = replace(plan, env=matched.env)
    if options.account is None:
        return plan
    return replace(plan, account=replace(options.account, customer_id=matched.account.customer_id))
