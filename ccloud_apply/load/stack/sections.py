"""Sections of a stack file beside its servers: policy, account, and the stack's earlier names.

Each is valid as written; here its expressions are filled in, and it is validated again.
"""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.load.schema.explain import explain
from ccloud_apply.load.schema.validate import section_checker
from ccloud_apply.load.stack.interpolate import Findings, Scope, interpolate
from ccloud_apply.load.stack.policy import read_policy
from ccloud_apply.load.stack.renamed import resolve_renames
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import spell_path
from ccloud_apply.load.text.node import Node, to_plain, to_source
from ccloud_apply.model.declared.stack import AccountSpec, Declared, Policy, Rename


def build_policy(node: Node | None, scope: Scope, collector: DiagnosticCollector) -> Policy:
    """The policy of the stack itself; mistakes are reported."""
    if node is None or not node.value:
        return Policy()
    filled = _fill("policy", node, scope, collector)
    return Policy() if filled is None else read_policy(filled, to_plain(filled))


def build_renames(
    node: Node | None, scope: Scope, collector: DiagnosticCollector
) -> tuple[Rename, ...]:
    """The earlier names of the stack; mistakes are reported."""
    if node is None or node.child("from") is None:  # what is missing is reported already
        return ()
    filled = _fill("renamed", node, scope, collector)
    return () if filled is None else resolve_renames(filled, scope.stack, collector)


def fill_account(node: Node | None, scope: Scope, collector: DiagnosticCollector) -> Node | None:
    """What the file says of the account, after interpolation; None if there is nothing, or it has
    an error, which is reported."""
    return None if node is None or not node.value else _fill("account", node, scope, collector)


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
    return {name: Declared(_strip(one.value), to_source(one.place)) for name, one in parts.items()}


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _fill(name: str, node: Node, scope: Scope, collector: DiagnosticCollector) -> Node | None:
    """The section after interpolation; None if it has an error."""
    findings = Findings(collector, name)
    node = interpolate(node, scope, findings)
    if findings.has_errors:
        return None
    checker = section_checker(name)
    violations = tuple(checker.find_violations(to_plain(node)))
    for violation in violations:
        path = (name, *violation.path)
        found = node.find(violation.path)
        code, what, hint = explain(violation, checker, path, found.text)
        collector.add(code, spell_path(path), what, found.place, hint=hint)
    return None if violations else node
