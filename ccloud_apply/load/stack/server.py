"""Builds a ServerSpec from an instance: merges defaults, interpolates, validates."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.load.schema.check import check_fields, normalise
from ccloud_apply.load.schema.explain import explain
from ccloud_apply.load.schema.stack_schema import SERVER_ONLY
from ccloud_apply.load.schema.validate import server_checker
from ccloud_apply.load.stack.expand import Instance, spell_server
from ccloud_apply.load.stack.interpolate import Budget, Findings, Scope, interpolate
from ccloud_apply.load.stack.merge import merge_field
from ccloud_apply.load.stack.texts import Texts
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape, spell_path
from ccloud_apply.load.text.node import Node, Place, find_named, to_plain, to_source
from ccloud_apply.model.declared.reference import Reference, Template
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Declared, Lifecycle, Locate, ServerSpec
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits

_RESOLVED_BEFORE = frozenset(SERVER_ONLY) - {"hostname"}

Look = Callable[[Reference], str | None]
"""Checks a referenced file: a sentence about what is wrong, or None."""


@dataclass(slots=True, kw_only=True)
class ServerBuilder:
    """Builds the servers of one file, which share its variables and defaults."""

    stack: str
    variables: Mapping[str, Node | None]
    defaults: Mapping[str, Node]
    collector: DiagnosticCollector
    budget: Budget
    look: Look
    texts: Texts
    limits: Limits = DEFAULT_LIMITS
    key_places: Mapping[str, Place] = field(default_factory=dict)
    _defaults_weight: int = 0
    _declared: dict[int, Declared] = field(default_factory=dict)
    _looked: dict[Reference, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._defaults_weight = sum(node.weight for node in self.defaults.values())

    def build(self, instance: Instance, needs: tuple[str, ...]) -> ServerSpec:
        """The server, without its invalid fields: these are in the diagnostics."""
        values = self._merge(instance)
        plain = {name: to_plain(node) for name, node in values.items()}
        self._validate(instance, values, plain)
        lifecycle = plain.get("lifecycle")
        hostname = plain.get("hostname")
        scope = self._scope(instance)
        fields = {
            name: self._declare(instance, scope, name, values[name], value)
            for name, value in plain.items()
            if name in ASPECTS
        }
        spec = ServerSpec(
            key=instance.key,
            base_key=instance.base_key,
            source=to_source(instance.entry.place),
            hostname=hostname,
            fields=fields,
            depends_on=needs,
            lifecycle=build_lifecycle(lifecycle) if lifecycle else Lifecycle(),
            limits=self.limits,
            key_source=self._find_key(instance.base_key),
        )
        for found in check_fields(spec, self._look_once):
            node = values[found.field].find(found.path)
            where = self._where(instance, (found.field,)) + found.detail
            self.collector.add(
                found.code, where, found.what, node.place, hint=found.hint, severity=found.severity
            )
        return spec

    def _find_key(self, key: str) -> SourceRange | None:
        place = self.key_places.get(key)
        return None if place is None else to_source(place)

    def _scope(self, instance: Instance) -> Scope:
        return Scope(
            variables=self.variables,
            stack=self.stack,
            budget=self.budget,
            key=instance.key,
            index=instance.index,
            each=instance.each,
        )

    def _merge(self, instance: Instance) -> dict[str, Node]:
        own = instance.entry.value or {}
        scope = self._scope(instance)
        self.budget.spend(instance.entry.weight + self._defaults_weight)
        values: dict[str, Node] = {}
        for name, node in self.defaults.items():
            if name not in own or name not in ASPECTS or ASPECTS[name].merge != "replace":
                self._fill(instance, name, node, scope, values)
        for name, node in own.items():
            if name in _RESOLVED_BEFORE:
                continue
            default = values.pop(name, None)
            self._fill(instance, name, node, scope, values)
            if default is not None and name in values:
                values[name] = merge_field(name, default, values[name])
        return values

    def _fill(
        self, instance: Instance, name: str, node: Node, scope: Scope, values: dict[str, Node]
    ) -> None:
        """Add the interpolated value to `values`, unless it has an error."""
        if not node.is_dynamic:
            values[name] = node
            return
        findings = Findings(self.collector, self._where(instance, (name,)))
        filled = interpolate(node, scope, findings)
        if not findings.has_errors:
            values[name] = filled

    def _validate(self, instance: Instance, values: dict[str, Node], plain: dict[str, Any]) -> None:
        """Report every violation of the schema, and remove the field from `plain`."""
        checker = server_checker(self.limits)
        if checker.fits(plain):
            return
        for violation in checker.find_violations(dict(plain)):
            name, *rest = violation.path or ("",)
            path = ("servers", instance.base_key, *violation.path)
            node = values[str(name)].find(rest) if name in values else instance.entry
            is_computed = self._is_computed(instance, str(name), rest)
            code, what, hint = explain(violation, checker, path, node.text, is_computed=is_computed)
            where = self._where(instance, violation.path)
            self.collector.add(code, where, what, node.place, hint=hint)
            plain.pop(str(name), None)

    def _is_computed(self, instance: Instance, name: str, rest: Sequence[str | int]) -> bool:
        written = (instance.entry.child(name), self.defaults.get(name))
        return any(node is not None and node.find(rest).is_dynamic for node in written)

    def _declare(
        self, instance: Instance, scope: Scope, name: str, node: Node, value: Any
    ) -> Declared:
        """The canonical value; servers that share a node share the value."""
        known = self._declared.get(id(node))
        if known is not None:
            return known
        source = to_source(node.place)
        locate = _locator(node) if isinstance(node.value, dict | list) else None
        canonical = normalise(name, value, source.path)
        where = self._where(instance, (name,))
        canonical = self.texts.complete(name, canonical, node, where, scope)
        declared = Declared(canonical, source, locate)
        if isinstance(canonical, Template):
            return declared  # each server has its own text
        # The file's own nodes outlive this builder, so their ids are unique.
        is_repeated = instance.key != instance.base_key and instance.entry.child(name) is node
        if is_repeated or self.defaults.get(name) is node:
            self._declared[id(node)] = declared
        return declared

    def _look_once(self, reference: Reference) -> str | None:
        if reference not in self._looked:
            self._looked[reference] = self.look(reference)
        return self._looked[reference]

    def _where(self, instance: Instance, path: tuple[str | int, ...]) -> str:
        """The value's path in the file: below the server, or below `defaults`."""
        is_own = instance.entry.child(str(path[0]) if path else "") is not None
        if is_own or not path or path[0] not in self.defaults:
            return spell_path(("servers", instance.base_key, *path))
        return spell_path(("defaults", *path))


def _locator(node: Node) -> Locate:
    def locate(steps: tuple[str | int, ...]) -> SourceRange:
        return to_source(find_named(node, steps).place)

    return locate


def build_lifecycle(plain: Mapping[str, Any]) -> Lifecycle:
    """The lifecycle of one server, from a valid value."""
    return Lifecycle(
        prevent_destroy=plain.get("prevent_destroy", False),
        ignore_changes=frozenset(plain.get("ignore_changes", ())),
        on_create_only_change=plain.get("on_create_only_change", "error"),
        resize=plain.get("resize", "online"),
        snapshot_before=frozenset(plain.get("snapshot_before", ())),
        keep=plain.get("keep"),
    )


def check_hostnames(
    specs: Iterable[ServerSpec], servers: Node, collector: DiagnosticCollector
) -> None:
    """Report two entries that adopt the same existing server."""
    bound: dict[str, str] = {}
    for spec in specs:
        if spec.hostname is None:
            continue
        first = bound.setdefault(spec.hostname.lower(), spec.key)
        if first != spec.key:
            what = f"{escape(spec.hostname)} is bound twice, by {first} and {spec.key}"
            hint = "a hostname belongs to one server; with for_each write ${each.value}"
            path = (spec.base_key, "hostname")
            place = servers.find(path).place
            collector.add("duplicate-hostname", spell_server(*path), what, place, hint=hint)
