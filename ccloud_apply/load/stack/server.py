"""Builds a ServerSpec from an instance: validates its fields, which `layers.py` fills in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from functools import partial
from typing import Any

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.schema.check import check_fields, normalise
from ccloud_apply.load.schema.explain import explain
from ccloud_apply.load.schema.validate import server_checker
from ccloud_apply.load.stack.expand import Instance, spell_server
from ccloud_apply.load.stack.ignored import read_ignored
from ccloud_apply.load.stack.layers import Filled, Mixer
from ccloud_apply.load.stack.record import Record
from ccloud_apply.load.stack.retire import read_days
from ccloud_apply.load.stack.texts import WITH_TEXT, Texts
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.load.text.node import Node, Place, to_plain
from ccloud_apply.model.declared.ignored import IgnoredChange
from ccloud_apply.model.declared.reference import Reference, Template
from ccloud_apply.model.declared.stack import Declared, Lifecycle, ServerSpec
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits

_PARTS = (dict, list)

Look = Callable[[Reference], str | None]
"""Checks a referenced file: a sentence about what is wrong, or None."""


@dataclass(slots=True, kw_only=True)
class ServerBuilder:
    """Builds the servers of one file, whose fields `mixer` fills in."""

    mixer: Mixer
    collector: DiagnosticCollector
    look: Look
    texts: Texts
    limits: Limits = DEFAULT_LIMITS
    key_places: Mapping[str, Place] = field(default_factory=dict)
    record: Record | None = None
    _declared: dict[tuple[str, int], Declared] = field(default_factory=dict)
    _looked: dict[Reference, str | None] = field(default_factory=dict)

    def build(self, instance: Instance, needs: tuple[str, ...]) -> ServerSpec:
        """The server, without its invalid fields: these are in the diagnostics."""
        filled = self.mixer.fill(instance)
        if self.record is not None:
            self.record.servers[instance.key] = (instance, filled.values)
        plain = {
            name: to_plain(node) if type(node.value) in _PARTS else node.value
            for name, node in filled.values.items()
        }
        self._validate(instance, filled, plain)
        lifecycle = plain.get("lifecycle")
        hostname = plain.get("hostname")
        fields = {
            name: self._declare(name, filled, value)
            for name, value in plain.items()
            if name in ASPECTS
        }
        spec = ServerSpec(
            key=instance.key,
            base_key=instance.base_key,
            group_key="" if instance.group_key == instance.base_key else instance.group_key,
            source=instance.entry.place,
            hostname=hostname,
            fields=fields,
            depends_on=needs,
            lifecycle=self._build_lifecycle(filled, lifecycle) if lifecycle else Lifecycle(),
            limits=self.limits,
            key_source=self.key_places.get(instance.base_key),
        )
        for found in check_fields(spec, self._look_once):
            node = filled.values[found.field].find(found.path)
            where = filled.spell((found.field,), node) + found.detail
            self.collector.add(
                found.code, where, found.what, node.place, hint=found.hint, severity=found.severity
            )
        return spec

    def _build_lifecycle(self, filled: Filled, plain: Mapping[str, Any]) -> Lifecycle:
        """The lifecycle of one server, from a valid value."""
        ignored: tuple[IgnoredChange, ...] = ()
        if "ignore_changes" in plain:
            path = ("lifecycle", "ignore_changes")
            node = filled.values[path[0]].find(path[1:])
            ignored = read_ignored(node, partial(filled.spell, path, node), self.collector)
        return Lifecycle(
            prevent_destroy=plain.get("prevent_destroy", False),
            ignore_changes=ignored,
            on_create_only_change=plain.get("on_create_only_change", "error"),
            resize=plain.get("resize", "online"),
            snapshot_before=frozenset(plain.get("snapshot_before", ())),
            keep=plain.get("keep"),
            retire=read_days(plain.get("retire")),
        )

    def _validate(self, instance: Instance, filled: Filled, plain: dict[str, Any]) -> None:
        """Report every violation of the schema, and remove the field from `plain`."""
        checker = server_checker(self.limits)
        if checker.fits(plain):
            return
        for violation in checker.find_violations(dict(plain)):
            name, *rest = violation.path or ("",)
            path = ("servers", instance.base_key, *violation.path)
            values = filled.values
            node = values[str(name)].find(rest) if name in values else instance.entry
            is_computed = filled.is_computed(str(name), tuple(rest))
            code, what, hint = explain(violation, checker, path, node.text, is_computed=is_computed)
            where = filled.spell(violation.path, node)
            self.collector.add(code, where, what, node.place, hint=hint)
            plain.pop(str(name), None)

    def _declare(self, name: str, filled: Filled, value: Any) -> Declared:
        """The canonical value; servers that share a node share the value. Through an alias two
        fields share one too, and each has a value of its own."""
        node = filled.values[name]
        is_kept = name in filled.kept
        if is_kept and (known := self._declared.get((name, id(node)))) is not None:
            return known
        source = node.place
        locate = node.locate if type(node.value) in _PARTS else None
        canonical = normalise(name, value, source.path)
        if name in WITH_TEXT or isinstance(canonical, Reference):
            canonical = self._complete(name, canonical, node, filled)
        declared = Declared(canonical, source, locate)
        # What is kept outlives this builder, so its id is unique. Of a template, each server has a
        # text of its own.
        if is_kept and not isinstance(canonical, Template):
            self._declared[name, id(node)] = declared
        return declared

    def _complete(self, name: str, canonical: Any, node: Node, filled: Filled) -> Any:
        if isinstance(canonical, Reference) and canonical.kind == "generate":
            # Stacks that extend one file must not share what is made for their servers.
            canonical = replace(canonical, base=self.collector.path)
        return self.texts.complete(name, canonical, node, filled)

    def _look_once(self, reference: Reference) -> str | None:
        if reference not in self._looked:
            self._looked[reference] = self.look(reference)
        return self._looked[reference]


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
