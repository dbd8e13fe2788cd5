"""Sections of a stack file beside its servers: policy, account, and the stack's earlier names."""

from collections.abc import Iterable, Mapping
from typing import Any

from ccloud_apply.load.stack.computed import fill_part
from ccloud_apply.load.stack.interpolate import Scope
from ccloud_apply.load.stack.merge import put_over
from ccloud_apply.load.stack.policy import read_policy
from ccloud_apply.load.stack.renamed import resolve_renames
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.node import Node, to_plain
from ccloud_apply.model.declared.stack import AccountSpec, Declared, Policy, Rename


def build_policy(nodes: Iterable[Node], scope: Scope, collector: DiagnosticCollector) -> Policy:
    """The policy of the stack itself, from those of its files, the weakest first; mistakes are
    reported. A policy that is one expression has its rules only once it is filled in."""
    rules: Node | None = None
    for node in nodes:
        filled = fill_part(("policy",), "policy", node, scope, collector)
        if filled is not None and filled.value:
            rules = put_over(rules, filled)
    if rules is None:
        return Policy()
    return read_policy(rules, to_plain(rules), "policy", collector)


def build_renames(
    node: Node | None, scope: Scope, collector: DiagnosticCollector
) -> tuple[Rename, ...]:
    """The earlier names of the stack; mistakes are reported."""
    if node is None or node.child("from") is None:  # what is missing is reported already
        return ()
    filled = fill_part(("renamed",), "renamed", node, scope, collector)
    return () if filled is None else resolve_renames(filled, scope.stack, collector)


def fill_account(node: Node | None, scope: Scope, collector: DiagnosticCollector) -> Node | None:
    """What the file says of the account, after interpolation; None if there is nothing, or it has
    an error, which is reported."""
    return (
        None
        if node is None or not node.value
        else fill_part(("account",), "account", node, scope, collector)
    )


def build_account(node: Node | None) -> AccountSpec:
    """The same, part by part."""
    if node is None:
        return AccountSpec()
    return AccountSpec(
        addons=_declare(node, "addons"),
        subscriptions=_declare(node, "subscriptions", "display_name"),
    )


def _declare(node: Node, kind: str, *path: str) -> Mapping[str, Declared]:
    found = node.child(kind)
    parts = {name: one.find(path) for name, one in found.items()} if found else {}
    return {name: Declared(_strip(one.value), one.place) for name, one in parts.items()}


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
