"""What a plan wants to read of an account whose list is there already."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.read import ALWAYS, Read
from ccloud_apply.plan.matching.select import PlanOptions, match_account
from ccloud_apply.plan.reads import wanted

LISTED = ALWAYS.union(
    map(Read, ("list_os", "list_snapshot_schedules", "list_customer_addons", "list_subscriptions"))
)
"""All that can be asked once for the account."""

POOLS = Read("list_pools", is_optional=True)


def all_reads(
    desired: Stack, lives: Account, *, known: Iterable[Read] = (POOLS,), **options: Any
) -> frozenset[Read]:
    """Everything that is wanted, beside what is asked once for the account."""
    listed = replace(lives, known=LISTED.union(known))
    wished = PlanOptions(**options)
    return wanted(match_account([desired], listed, wished), wished) - LISTED


def parts(desired: Stack, lives: Account, **options: Any) -> dict[str, set[str]]:
    """By hostname, the parts of servers without which there is no plan."""
    found: dict[str, set[str]] = {}
    for read in all_reads(desired, lives, **options):
        if read.hostname and not read.is_optional:
            found.setdefault(read.hostname, set()).add(read.operation_id)
    return found


def catalogues(desired: Stack, lives: Account, **options: Any) -> set[str]:
    """The catalogues of the account."""
    reads = all_reads(desired, lives, **options)
    assert all(read.is_optional for read in reads if not read.hostname)
    return {read.operation_id for read in reads if not read.hostname}
