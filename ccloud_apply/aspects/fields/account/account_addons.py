"""What becomes of a request that changes the account: its addons, the names of subscriptions.

What differs is found by `plan/account.py`: the account is no server and has no aspect.
"""

from ccloud_apply.aspects.effects import (
    ACCOUNT_ADDONS_READ,
    Effect,
    Facts,
    Planned,
    Sent,
    changed_since_plan,
)

_READS = frozenset({ACCOUNT_ADDONS_READ})


def _has_addon(facts: Facts, sent: Sent) -> bool:
    count = facts.part(ACCOUNT_ADDONS_READ).get(sent.target)
    return bool(count == sent.baseline.get("count"))


def _is_due(planned: Planned, facts: Facts, sent: Sent) -> bool:
    """The addon has the count that the plan saw, or the one that is wanted: then it is done."""
    now = facts.part(ACCOUNT_ADDONS_READ).get(sent.target)
    if now == (sent.body or {}).get("count"):
        return False
    before = None if planned.change is None else planned.change.before
    if now != before:
        what = f"the account has {now or 0} of {sent.target}, not {before or 0}"
        raise changed_since_plan(what)
    return True


EFFECTS = (
    Effect(
        operation_id="set_customer_addon",
        reads_to_check=_READS,
        is_due=_is_due,
        of_body=("count",),
        reads=_READS,
        has_happened=_has_addon,
        is_of_account=True,
    ),
    Effect(
        operation_id="delete_customer_addon",
        reads_to_check=_READS,
        is_due=_is_due,
        is_of_account=True,
    ),
    Effect(operation_id="set_subscription_display_name", is_of_account=True),
)
