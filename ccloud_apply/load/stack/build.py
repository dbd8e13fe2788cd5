"""load_stack(): builds a Stack from a file's text, or reports all of its mistakes in one run.

This module only has the order of the stages: parse, validate the source, variables, instances,
keys, servers. Each stage is a module of its own and sees what the earlier ones found valid.
"""

import gc
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ccloud_apply.load.schema.explain import explain
from ccloud_apply.load.schema.validate import Checker, account_checker, policy_checker
from ccloud_apply.load.schema.validate_source import ValidatedSource, validate_source
from ccloud_apply.load.stack.dependencies import resolve_dependencies
from ccloud_apply.load.stack.expand import expand_all
from ccloud_apply.load.stack.generated import check_generated
from ccloud_apply.load.stack.inherited import NOTHING_INHERITED, Inherited
from ccloud_apply.load.stack.interpolate import (
    ALL_ROOTS,
    Budget,
    Findings,
    Scope,
    TooMuchWorkError,
    check_templates,
    interpolate,
)
from ccloud_apply.load.stack.keys import Keys, collect_keys
from ccloud_apply.load.stack.moved import resolve_moves, resolve_releases
from ccloud_apply.load.stack.server import Look, ServerBuilder, check_hostnames
from ccloud_apply.load.stack.texts import ReadText, Texts, read_no_text
from ccloud_apply.load.stack.variables import VariableSources, resolve_variables
from ccloud_apply.load.text.collector import CollectorFullError, DiagnosticCollector
from ccloud_apply.load.text.format_values import spell_path
from ccloud_apply.load.text.node import Node, make_mapping, to_plain, to_source
from ccloud_apply.load.text.parse import parse
from ccloud_apply.model.declared.stack import AccountSpec, Declared, Policy, ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits

__all__ = ["Loaded", "VariableSources", "check_stacks", "load_stack"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The result for one file. `stack` is None if there is any error; `variables` are declared."""

    stack: Stack | None
    diagnostics: tuple[Diagnostic, ...]
    variables: frozenset[str]


def load_stack(
    text: bytes,
    *,
    path: str,
    variables: VariableSources,
    look: Look,
    limits: Limits = DEFAULT_LIMITS,
    inherited: Inherited = NOTHING_INHERITED,
    read: ReadText = read_no_text,
) -> Loaded:
    """Load one stack file. `path` is its name in places; `look` checks references to files.

    `read` reads those that are no secrets: templates are filled in, and others looked through.
    `limits` is what the platform takes, `inherited` what the file gets from its project.

    Mistakes raise nothing: all of them are in the diagnostics, in the order of the file. Time and
    memory are bounded for any text.
    """
    # A large file creates hundreds of thousands of objects but no cyclic garbage. Without the
    # garbage collector loading takes half the time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _Loading(path, variables, look, limits, inherited, read).load(text)
    finally:
        if was_enabled:
            gc.enable()


def check_stacks(stacks: Sequence[Stack]) -> tuple[Diagnostic, ...]:
    """Diagnostics across files: two files with the same stack name."""
    first: dict[str, Stack] = {}
    found: list[Diagnostic] = []
    for stack in stacks:
        other = first.get(stack.name)
        first.setdefault(stack.name, stack)
        if other is not None:
            found.append(
                Diagnostic(
                    code="duplicate-stack",
                    where="stack",
                    what=f'the stack "{stack.name}" is defined in two files; the other is'
                    f" {other.path}",
                    hint="give one of them another name; servers belong to a stack by its name",
                    source=stack.source,
                )
            )
    return tuple(found)


class _Loading:
    """One run over one file."""

    def __init__(
        self,
        path: str,
        sources: VariableSources,
        look: Look,
        limits: Limits,
        inherited: Inherited,
        read: ReadText,
    ) -> None:
        self.limits = limits
        self.inherited = inherited
        self.path = path
        self.sources = sources
        self.look = look
        self.read = read
        self.collector = DiagnosticCollector(path)
        self.budget = Budget()
        self.variables: Mapping[str, Node | None] = {}

    def load(self, text: bytes) -> Loaded:
        stack = None
        with suppress(CollectorFullError):  # the diagnostics say so themselves
            stack = self._read(text)
        return Loaded(
            stack=None if self.collector.has_errors else stack,
            diagnostics=self.collector.sorted(),
            variables=frozenset(self.variables),
        )

    def _read(self, text: bytes) -> Stack | None:
        root, diagnostics = parse(text, self.path)
        self.collector.take(*diagnostics)
        if root is None or root.value is None:
            if not diagnostics:
                hint = "a stack file begins with stack: NAME"
                self.collector.add("empty-file", "", "the file is empty", None, hint=hint)
            return None
        try:
            return self._build(root)
        except TooMuchWorkError:
            what = "the file expands to more servers and values than can be loaded at once"
            self.collector.add("too-much", "", what, None, hint="split it into several stacks")
            return None

    def _build(self, root: Node) -> Stack | None:
        declared = root.child("variables")
        self.variables = dict.fromkeys((n for n, _ in declared.items()) if declared else ())
        written = validate_source(root, self.collector, self.limits)
        if written is None:
            return None
        root = written.root
        values = resolve_variables(root.child("variables"), self.sources, self.collector)
        self.variables = {**self.variables, **values}
        place = root.child("stack") or root
        name = place.value if isinstance(place.value, str) else ""
        scope = Scope(variables=self.variables, stack=name, budget=self.budget)
        policy = self._build_policy(root.child("policy"), scope)
        account = self._build_account(root.child("account"), scope)
        servers = root.child("servers") or make_mapping({}, root)
        keys = self._find_keys(written, servers, scope)
        specs = self._build_servers(servers, keys, root.child("defaults"), scope)
        moves = resolve_moves(root.child("moved"), keys, self.collector)
        releases = resolve_releases(root.child("released"), moves, keys, self.collector)
        return Stack(
            name=name,
            path=self.path,
            source=to_source(place.place),
            servers=specs,
            policy=policy,
            account=account,
            moved=moves,
            released=releases,
        )

    def _find_keys(self, written: ValidatedSource, servers: Node, scope: Scope) -> Keys:
        entries, unknown = expand_all(servers, scope, self.collector)
        keys = collect_keys(entries, servers, self.collector)
        keys.unknown = written.find_unknown_keys() | unknown
        keys.is_complete = ("servers",) not in written.broken
        return keys

    def _build_servers(
        self, servers: Node, keys: Keys, defaults: Node | None, scope: Scope
    ) -> tuple[ServerSpec, ...]:
        for name, node in defaults.items() if defaults else ():
            findings = Findings(self.collector, f"defaults.{name}")
            check_templates(node, ALL_ROOTS, self.variables.keys(), findings)
        needs = resolve_dependencies(servers, keys, self.budget, self.collector)
        builder = ServerBuilder(
            stack=scope.stack,
            variables=self.variables,
            defaults=dict(defaults.items()) if defaults else {},
            collector=self.collector,
            budget=self.budget,
            look=self.look,
            texts=Texts(
                collector=self.collector,
                read=self.read,
                secret_commands=self.inherited.secret_commands,
            ),
            limits=self.limits,
            key_places=servers.keys or {},
        )
        specs = []
        for instance in keys.instances.values():
            specs.append(builder.build(instance, needs.get(instance.base_key, ())))
        check_hostnames(specs, servers, self.collector)
        check_generated(specs, self.collector)
        return tuple(specs)

    def _build_policy(self, node: Node | None, scope: Scope) -> Policy:
        if node is None or not node.value:
            return Policy()
        filled = self._fill("policy", node, scope, policy_checker())
        if filled is None:
            return Policy()
        node, plain = filled
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
        )

    def _build_account(self, node: Node | None, scope: Scope) -> AccountSpec:
        if node is None or not node.value:
            return AccountSpec()
        filled = self._fill("account", node, scope, account_checker())
        if filled is None:
            return AccountSpec()
        node, _ = filled

        def parts(kind: str, *path: str) -> Mapping[str, Declared]:
            child = node.child(kind)
            found = {name: one.find(path) for name, one in child.items()} if child else {}
            return {
                name: Declared(
                    one.value.strip() if isinstance(one.value, str) else one.value,
                    to_source(one.place),
                )
                for name, one in found.items()
            }

        return AccountSpec(
            addons=parts("addons"), subscriptions=parts("subscriptions", "display_name")
        )

    def _fill(
        self, name: str, node: Node, scope: Scope, checker: Checker
    ) -> tuple[Node, Mapping[str, Any]] | None:
        """A section of the file after interpolation; None if it has an error."""
        findings = Findings(self.collector, name)
        node = interpolate(node, scope, findings)
        if findings.has_errors:
            return None
        plain = to_plain(node)
        for violation in checker.find_violations(plain):
            path = (name, *violation.path)
            found = node.find(violation.path)
            code, what, hint = explain(violation, checker, path, found.text)
            place = found.place
            self.collector.add(code, spell_path(path), what, place, hint=hint)
        return None if self.collector.has_errors else (node, plain)


def _read_amount(node: Node) -> Decimal | None:
    """An amount exactly as written, without a detour over a binary float."""
    if isinstance(node.value, float):
        return Decimal(node.text)
    return Decimal(node.value) if isinstance(node.value, int) else None
