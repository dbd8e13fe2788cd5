"""What becomes of a request that changes the account: its addons, the names of subscriptions.

What differs is found by `plan/account.py`: the account is no server and has no aspect.
"""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.aspects.effects import (
    ACCOUNT_ADDONS_READ,
    Addition,
    Bound,
    Effect,
    Facts,
    Planned,
    Sent,
    changed_since_plan,
    shows_count,
)


def _count(facts: Facts, sent: Sent) -> int:
    return int(facts.part(ACCOUNT_ADDONS_READ).get(sent.target, 0))


def _has_addon(facts: Facts, sent: Sent) -> bool:
    return shows_count(_count(facts, sent), sent)


def _bind(planned: Planned, facts: Facts, sent: Sent) -> Bound | None:
    """None if it is already so. Raises ApplyError if the plan saw another count."""
    count = _count(facts, sent)
    if count == (sent.body or {}).get("count", 0):
        return None
    if planned.change is not None and count != (planned.change.before or 0):
        raise changed_since_plan(f"the account has {count} of addon {sent.target}")
    return Bound(path=sent.path, body=sent.body)


def _note_before(_planned: Planned, facts: Facts, sent: Sent) -> Mapping[str, Any]:
    return {"before": _count(facts, sent)}


_READS = frozenset({ACCOUNT_ADDONS_READ})

EFFECTS = (
    Effect(
        operation_id="set_customer_addon",
        reads_to_bind=_READS,
        bind=_bind,
        binds_always=True,
        reads_to_note=_READS,
        baseline=_note_before,
        of_body=("count",),
        reads=_READS,
        has_happened=_has_addon,
        addition=Addition(
            delete_operation_id="delete_customer_addon", read_count=_count, kind="addon"
        ),
        is_of_account=True,
    ),
    Effect(
        operation_id="delete_customer_addon",
        reads_to_bind=_READS,
        bind=_bind,
        binds_always=True,
        is_of_account=True,
    ),
    Effect(operation_id="set_subscription_display_name", is_of_account=True),
)
