"""Stacks and an account -> a plan: the sequence that plan, apply and destroy share.

Read the account's list, then only the parts that the stacks' fields need, then plan. What a plan
is belongs to plan/, how the account is read to api/.
"""

from collections.abc import Sequence
from dataclasses import replace

from ccloud_apply.api.account_reader import read_account, read_parts
from ccloud_apply.api.catalogue_reader import read_catalogues
from ccloud_apply.api.client import Client
from ccloud_apply.apply.pricing import price_plan
from ccloud_apply.concurrency import task_group
from ccloud_apply.errors import PlanError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.build import build_plan
from ccloud_apply.plan.checks.lib.reads import catalogue_reads, server_catalogue_reads
from ccloud_apply.plan.cost import warn_unchecked
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.reads import (
    account_reads,
    comparison_reads,
    more_reads,
    server_reads,
    snapshot_reads,
)


async def read_live(client: Client, stacks: Sequence[Stack], options: PlanOptions) -> Account:
    """The account, with all that a plan of these stacks looks at. Raises ApiError."""
    account = await read_account(client, reads=account_reads(stacks, options))
    compared = comparison_reads(stacks, account, options)
    early = await read_catalogues(client, compared)
    account = early.add_to(account)
    reads = catalogue_reads(stacks, account, options) - compared
    of_servers = server_catalogue_reads(stacks, account, options)
    async with task_group() as group:
        parts = group.create_task(_read_all_parts(client, stacks, account, options))
        found = group.create_task(read_catalogues(client, reads, of_servers))
    catalogues = early.join(found.result())
    account = parts.result()
    late = catalogue_reads(stacks, account, options) - reads - compared
    late_of_servers = server_catalogue_reads(stacks, account, options) - of_servers
    if late or late_of_servers:
        catalogues = catalogues.join(await read_catalogues(client, late, late_of_servers))
    return catalogues.add_to(account)


async def _read_all_parts(
    client: Client, stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> Account:
    account = await read_parts(client, account, server_reads(stacks, account, options))
    for find_further in (more_reads, snapshot_reads):
        further = find_further(stacks, account, options)
        account = await read_parts(client, account, further) if further else account
    return account


async def plan_stacks(
    client: Client, stacks: Sequence[Stack], options: PlanOptions, *, has_cost: bool = False
) -> Plan:
    """Read the account and plan, with what it costs where that is asked for.

    Raises ApiError, and PlanError with every error of planning.
    """
    account = await read_live(client, stacks, options)
    plan = plan_account(stacks, account, options)
    return await add_prices(client, stacks, account, plan, has_cost=has_cost)


async def add_prices(
    client: Client, stacks: Sequence[Stack], account: Account, plan: Plan, *, has_cost: bool
) -> Plan:
    """The plan with its cost; without, a warning stands for each policy that needs it."""
    if not has_cost:
        return warn_unchecked(stacks, plan)
    return await price_plan(client, stacks, account, plan)


def plan_account(stacks: Sequence[Stack], account: Account, options: PlanOptions) -> Plan:
    """Plan against what was read; the plan names the account. Raises PlanError."""
    plan, diagnostics = build_plan(stacks, account, options)
    if plan is None:
        raise PlanError(diagnostics)
    if options.account is None:
        return plan
    return replace(plan, account=replace(options.account, customer_id=account.customer_id))
