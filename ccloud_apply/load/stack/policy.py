"""Reads a policy that is valid: that of a stack file, and those of the project file."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ccloud_apply.load.stack.retire import read_days
from ccloud_apply.load.stack.windows import read_freezes, read_windows
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.declared.policy_levels import combine_policies, find_other_currency
from ccloud_apply.model.declared.stack import Policy


def read_policy(
    node: Node, plain: Mapping[str, Any], where: str, collector: DiagnosticCollector
) -> Policy:
    """The policy of a valid node; `plain` is the node without its places, `where` the path to it.

    Windows and freezes that no schema refuses and no calendar has are reported.
    """
    amounts = {
        name: None if child is None else _read_amount(child)
        for name in ("max_monthly_cost", "max_monthly_increase")
        for child in (node.child(name),)
    }
    kept = node.child("keep_tags")
    windows = read_windows(node.child("windows"), where, collector)
    return Policy(
        max_destroy=plain.get("max_destroy"),
        max_monthly_cost=amounts["max_monthly_cost"],
        max_monthly_increase=amounts["max_monthly_increase"],
        currency=plain.get("currency"),
        keep_tags=tuple(plain.get("keep_tags", ())),
        windows=(windows,) if windows else (),
        freezes=read_freezes(node.child("freeze"), where, collector),
        retire=read_days(plain.get("retire")),
        sources={name: node.key_place(name) for name in plain},
        tag_sources={} if kept is None else {tag.value: tag.place for tag in kept.value},
    )


def read_levels(levels: Sequence[Policy], stack: Node, collector: DiagnosticCollector) -> Policy:
    """The strictest of the policies of a project, its environment and a stack.

    Reports policies in different currencies, of which none is the strictest.
    """
    others = find_other_currency(levels)
    if others is not None:
        one, two = (level.currency for level in others)
        what = f"one policy says amounts in {one}, another in {two}"
        places = (str(one.sources["currency"]) for one in others if "currency" in one.sources)
        hint = f"name one currency: {', '.join(places)}"
        collector.add("policy-currencies", "policy.currency", what, stack.place, hint=hint)
    return combine_policies(levels)


def _read_amount(node: Node) -> Decimal | None:
    """An amount exactly as written, without a detour over a binary float."""
    if isinstance(node.value, float):
        return Decimal(node.text)
    return Decimal(node.value) if isinstance(node.value, int) else None
