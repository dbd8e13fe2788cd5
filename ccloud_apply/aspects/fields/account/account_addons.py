"""What becomes of a request that changes the account: its addons, the names of subscriptions.

What differs is found by `plan/account.py`: the account is no server and has no aspect.
"""

from ccloud_apply.aspects.effects import ACCOUNT_ADDONS_READ, Effect, Facts, Sent


def _has_addon(facts: Facts, sent: Sent) -> bool:
    count = facts.part(ACCOUNT_ADDONS_READ).get(sent.target)
    return bool(count == sent.baseline.get("count"))


EFFECTS = (
    Effect(
        operation_id="set_customer_addon",
        of_body=("count",),
        reads=frozenset({ACCOUNT_ADDONS_READ}),
        has_happened=_has_addon,
        is_of_account=True,
    ),
    Effect(operation_id="delete_customer_addon", is_of_account=True),
    Effect(operation_id="set_subscription_display_name", is_of_account=True),
)
