"""Reads a policy that is valid: that of a stack file, and those of the project file."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ccloud_apply.load.text.node import Node, to_source
from ccloud_apply.model.declared.stack import Policy


def read_policy(node: Node, plain: Mapping[str, Any]) -> Policy:
    """The policy of a valid node; `plain` is the node without its places."""
    amounts = {
        name: None if child is None else _read_amount(child)
        for name in ("max_monthly_cost", "max_monthly_increase")
        for child in (node.child(name),)
    }
    return Policy(
        max_destroy=plain.get("max_destroy"),
        max_monthly_cost=amounts["max_monthly_cost"],
        max_monthly_increase=amounts["max_monthly_increase"],
        currency=plain.get("currency"),
        keep_tags=tuple(plain.get("keep_tags", ())),
        sources={name: to_source(node.key_place(name)) for name in plain},
    )


def _read_amount(node: Node) -> Decimal | None:
    """An amount exactly as written, without a detour over a binary float."""
    if isinstance(node.value, float):
        return Decimal(node.text)
    return Decimal(node.value) if isinstance(node.value, int) else None
