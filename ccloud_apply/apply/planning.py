"""Stacks and an account -> a plan: the sequence that plan, apply and destroy share.

Read the account's list, then only the parts that the stacks' fields need, then plan. What a plan
is belongs to plan/, how the account is read to api/.
"""

from collections.abc import Sequence

from ccloud_apply.api.client import Client
from ccloud_apply.api.snapshot import read_account, read_parts
from ccloud_apply.errors import PlanError
from ccloud_apply.model.account import Account
from ccloud_apply.model.plan import Plan
from ccloud_apply.model.stack import Stack
from ccloud_apply.plan.build import build_plan
from ccloud_apply.plan.reads import account_reads, server_reads
from ccloud_apply.plan.select import PlanOptions


async def read_live(client: Client, stacks: Sequence[Stack], options: PlanOptions) -> Account:
    """The account, with all that a plan of these stacks looks at. Raises ApiError."""
    account = await read_account(client, reads=account_reads(stacks, options))
    return await read_parts(client, account, server_reads(stacks, account, options))


async def plan_stacks(client: Client, stacks: Sequence[Stack], options: PlanOptions) -> Plan:
    """Read the account and plan. Raises ApiError, and PlanError with every error of planning."""
    return plan_account(stacks, await read_live(client, stacks, options), options)


def plan_account(stacks: Sequence[Stack], account: Account, options: PlanOptions) -> Plan:
    """Plan against what was read. Raises PlanError."""
    plan, diagnostics = build_plan(stacks, account, options)
    if plan is None:
        raise PlanError(diagnostics)
    return plan
