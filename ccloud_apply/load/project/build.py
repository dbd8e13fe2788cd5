"""load_project(): builds a Project from the text of its file, or reports all of its mistakes.

What stands under every stack (variables, defaults) stays a tree of nodes, which know their places:
a stack that inherits a wrong value says where that stands. What a stack makes of it belongs to
`load/stack/`, where the file is found to `workflows/inputs/`.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from typing import Any
from urllib.parse import urlsplit

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.project.explain import explain_project
from ccloud_apply.load.schema.validate import policy_checker, project_checker
from ccloud_apply.load.schema.validate_source import report_violations
from ccloud_apply.load.stack.inherited import Inherited, ReadBeside, read_nothing
from ccloud_apply.load.stack.interpolate import Findings, unescape
from ccloud_apply.load.stack.policy import read_policy
from ccloud_apply.load.text.collector import CollectorFullError, DiagnosticCollector
from ccloud_apply.load.text.format_values import escape, spell_path
from ccloud_apply.load.text.node import Node, make_mapping, to_plain
from ccloud_apply.load.text.parse import parse
from ccloud_apply.model.declared.project import Environment, ExpectedAccount, Project
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.limits import DEFAULT_LIMITS, LIMIT_KEYS, MAX_LIMIT, Limits

_Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedProject:
    """A project file that has no mistake, with the values that its stacks inherit.

    `environments` has the variables of each environment. `root` is the file as it is written.
    """

    project: Project
    root: Node = field(repr=False)
    variables: Mapping[str, Node] = field(repr=False)
    environments: Mapping[str, Mapping[str, Node]] = field(repr=False)
    defaults: Node | None = field(repr=False)

    def place(self, *path: str | int) -> SourceRange:
        """Where that part of the file stands."""
        return self.root.find(path).place

    def inherit(
        self,
        env: str | None,
        var_files: Sequence[Mapping[str, Node]] = (),
        read: ReadBeside = read_nothing,
    ) -> Inherited:
        """What each stack inherits in this environment, whose `var_files` have these values.

        A variable that the environment alone sets is declared by it for every stack. Without an
        environment it may be any of them, so that all of their policies count.
        """
        own = {} if env is None else self.environments[env]
        values = dict(own)
        for more in var_files:
            values.update(more)
        project = self.project
        chosen = project.environments.values() if env is None else (project.environments[env],)
        policies = (project.policy, *(one.policy for one in chosen))
        return Inherited(
            env=env,
            variables={**own, **self.variables},
            values=values,
            defaults=self.defaults,
            policies=policies,
            secret_commands=project.secret_commands,
            read=read,
        )


def load_project(
    text: bytes, *, path: str, limits: Limits = DEFAULT_LIMITS
) -> tuple[LoadedProject | None, tuple[Diagnostic, ...]]:
    """The project of a file's text, None if it has any error, and the diagnostics.

    `path` is its name in places, `limits` what the platform takes by all but this file. Mistakes
    raise nothing.
    """
    collector = DiagnosticCollector(path)
    project = None
    with suppress(CollectorFullError):  # the diagnostics say so themselves
        project = _load(text, collector, limits)
    return None if collector.has_errors else project, collector.sorted()


def _load(text: bytes, collector: DiagnosticCollector, limits: Limits) -> LoadedProject | None:
    root, diagnostics = parse(text, collector.path)
    collector.take(*diagnostics)
    if root is None or root.value is None:
        if not diagnostics:
            hint = "a project file begins with project: NAME"
            collector.add("empty-file", "", "the file is empty", None, hint=hint)
        return None
    _validate(root, collector, limits)
    if collector.has_errors:
        return None
    root = _unescape(root, collector)
    return None if collector.has_errors else _build(root, collector)


def _validate(root: Node, collector: DiagnosticCollector, limits: Limits) -> None:
    """Report every violation of the schema, with the largest limits that anybody names: whether a
    stack keeps to those that count is seen there."""
    checker = project_checker(_widen(limits, root.child("limits")))
    report_violations(root, collector, checker, explain_project)


def _widen(limits: Limits, node: Node | None) -> Limits:
    told: dict[str, Any] = {}
    for name, key in LIMIT_KEYS.items():
        child = None if node is None else node.child(key)
        value = None if child is None else child.value
        if type(value) is int and getattr(limits, name) < value <= MAX_LIMIT:
            told[name] = value
    return replace(limits, **told)


def _unescape(root: Node, collector: DiagnosticCollector) -> Node:
    """The file without `$${`. Only `defaults` may have `${...}`: a stack fills it in."""
    parts = {}
    for name, node in root.items():
        parts[name] = node if name == "defaults" else _unescape_part((name,), node, collector)
    return make_mapping(parts, root)


def _unescape_part(path: _Steps, node: Node, collector: DiagnosticCollector) -> Node:
    if not node.is_dynamic:
        return node
    if isinstance(node.value, dict):
        entries = {
            name: _unescape_part((*path, name), child, collector) for name, child in node.items()
        }
        return make_mapping(entries, node)
    return unescape(node, Findings(collector, spell_path(path)))


def _build(root: Node, collector: DiagnosticCollector) -> LoadedProject:
    plain = to_plain(root)
    environments = root.child("environments")
    entries = dict(environments.items()) if environments is not None else {}
    keys = environments.keys if environments is not None and environments.keys else {}
    project = Project(
        name=plain["project"],
        path=collector.path,
        source=root.place,
        stacks=tuple(plain.get("stacks") or ()),
        account=_read_account(("account",), root.child("account"), collector),
        policy=_read_policy(("policy",), root.child("policy"), collector),
        limits=dict(plain.get("limits") or {}),
        environments={
            name: _read_environment(name, node, keys.get(name, node.place), collector)
            for name, node in entries.items()
        },
        secret_commands=tuple(map(tuple, plain.get("secret_commands") or ())),
    )
    return LoadedProject(
        project=project,
        root=root,
        variables=_entries(root.child("variables")),
        environments={name: _entries(node.child("variables")) for name, node in entries.items()},
        defaults=root.child("defaults"),
    )


def _entries(node: Node | None) -> dict[str, Node]:
    return {} if node is None else dict(node.items())


def _read_environment(
    name: str, node: Node, source: SourceRange, collector: DiagnosticCollector
) -> Environment:
    plain = to_plain(node) or {}
    path = ("environments", name)
    return Environment(
        name=name,
        source=source,
        var_files=tuple(plain.get("var_files") or ()),
        account=_read_account((*path, "account"), node.child("account"), collector),
        policy=_read_policy((*path, "policy"), node.child("policy"), collector),
    )


def _read_account(
    path: _Steps, node: Node | None, collector: DiagnosticCollector
) -> ExpectedAccount | None:
    if node is None or not node.value:
        return None
    endpoint = node.child("endpoint")
    if endpoint is not None and not _is_address(endpoint.text):
        where = spell_path((*path, "endpoint"))
        what = f"its host or port cannot be one: {escape(endpoint.text, limit=300)}"
        collector.add("bad-value", where, what, endpoint.place)
    plain: Mapping[str, Any] = to_plain(node)
    return ExpectedAccount(
        customer_id=plain.get("customer_id"),
        endpoint=plain.get("endpoint"),
        source=node.place,
    )


def _is_address(endpoint: str) -> bool:
    """False where its host or port can be none; the rest is the schema's, and `sandbox` too."""
    try:
        parts = urlsplit(endpoint)
        return not parts.scheme or (bool(parts.hostname) and parts.port != 0)
    except ValueError:
        return False


def _read_policy(path: _Steps, node: Node | None, collector: DiagnosticCollector) -> Policy:
    """The policy. What was `$${...}` has no type of a policy: it is reported."""
    if node is None or not node.value:
        return Policy()
    plain, checker = to_plain(node), policy_checker()
    for violation in checker.find_violations(plain):
        where, found = (*path, *violation.path), node.find(violation.path)
        code, what, hint = explain_project(violation, checker, where, found.text)
        collector.add(code, spell_path(where), what, found.place, hint=hint)
    if collector.has_errors:
        return Policy()
    policy = read_policy(node, plain, spell_path(path), collector)
    return replace(policy, least_retire=policy.retire)  # no stack and no server goes below it
