"""Expands an entry of `servers` to its instances: for_each, count, enabled, and their keys.

The fields of an instance belong to `server.py`.
"""

from collections.abc import Iterator
from dataclasses import field, replace

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.computed import fill_part
from ccloud_apply.load.stack.interpolate import Findings, Scope, check_templates
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape, spell_path
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.ownership import KEY_RULE, is_key

_INSTANCE_WEIGHT = 20
"""The weight of a server in addition to its values. It bounds the number of servers of a file."""
_MAKE_INSTANCES = frozenset(("count", "for_each", "enabled"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One server of an entry. `index` counts from 1 with count; `each` is the entry of for_each.

    `group_key` is the key before count, such as `pool-a` of `pool-a-1`; that of the entry in the
    file where it has one of both alone.
    """

    key: str
    base_key: str
    group_key: str
    entry: Node
    index: int | None = None
    each: tuple[str, Node] | None = None

    def enter(self, scope: Scope) -> Scope:
        """The file's scope with the names that this server has."""
        return Scope(
            variables=scope.variables,
            stack=scope.stack,
            budget=scope.budget,
            key=self.key,
            index=self.index,
            each=self.each,
            env=scope.env,
        )


@dataclass(slots=True)
class Expanded:
    """The instances of every entry, by its key.

    `groups` are the expanded keys by the key before count, of entries with for_each and count.
    `unknown` are the keys of entries whose instances are unknown due to an error. `disabled` are
    the keys of servers that `enabled: false` takes away, also of an entry that is one server: that
    entry stands in no other list.
    """

    entries: dict[str, list[Instance]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    disabled: set[str] = field(default_factory=set)


def find_roots(entry: Node) -> tuple[str, ...]:
    """The roots of expressions that are allowed in this entry."""
    roots = ["var", "env", "stack", "key"]
    if entry.child("count") is not None:
        roots.append("index")
    if entry.child("for_each") is not None:
        roots.append("each")
    return tuple(roots)


def spell_server(key: str, *steps: str | int) -> str:
    """`servers.web.disks[1]`."""
    return spell_path(("servers", key, *steps))


def expand_all(servers: Node, scope: Scope, collector: DiagnosticCollector) -> Expanded:
    """The instances of every entry."""
    found = Expanded()
    for base_key, entry in servers.items():
        if _MAKE_INSTANCES.isdisjoint(entry.value or ()) and is_key(base_key):
            scope.budget.spend(_INSTANCE_WEIGHT)
            one = Instance(key=base_key, base_key=base_key, group_key=base_key, entry=entry)
            found.entries[base_key] = [one]
        else:
            _Expansion(base_key, entry, scope, collector, found).run()
    return found


class _BrokenError(Exception):
    """A count, a for_each or an enabled has an error, which is reported."""


@dataclass(slots=True)
class _Expansion:
    """One entry of the file."""

    base_key: str
    entry: Node
    scope: Scope
    collector: DiagnosticCollector
    found: Expanded

    def run(self) -> None:
        """Add the entry's instances to what was found."""
        instances: list[Instance] = []
        is_single = not any(self.entry.child(name) for name in ("count", "for_each"))
        is_known = True
        for instance in self._repeat():
            if instance is None:
                is_known = False
                continue
            self.scope.budget.spend(_INSTANCE_WEIGHT)
            try:
                is_enabled = self._is_enabled(instance)
            except _BrokenError:
                is_known = False
                continue
            if not is_key(instance.key):
                self._report_key(instance.key)
                is_known = False
            elif is_enabled:
                instances.append(instance)
                if instance.group_key != self.base_key:
                    self.found.groups[instance.group_key].append(instance.key)
            else:
                self.found.disabled.add(instance.key)
        if not is_known:
            self.found.unknown.add(self.base_key)
        if is_known and not instances:
            self._check_unused()
        if instances or (is_known and not is_single):
            self.found.entries[self.base_key] = instances

    def _repeat(self) -> Iterator[Instance | None]:
        """The instances in the file's order, with unchecked keys; None in place of those that
        cannot be told."""
        try:
            for_each = self._resolve("for_each", self.scope)
        except _BrokenError:
            yield None
            return
        entry, base_key = self.entry, self.base_key
        plain = Instance(key=base_key, base_key=base_key, group_key=base_key, entry=entry)
        if for_each is None:
            yield from self._count(plain)
            return
        if isinstance(for_each.value, dict):
            pairs = list(for_each.items())
        else:
            pairs = [(item.value, item) for item in for_each.value]
        for name, value in pairs:
            key = f"{base_key}-{name}"
            yield from self._count(replace(plain, key=key, each=(name, value)))

    def _count(self, one: Instance) -> Iterator[Instance | None]:
        try:
            scope = self.scope if one.each is None else replace(self.scope, each=one.each)
            count = self._resolve("count", scope)
        except _BrokenError:
            yield None
            return
        if count is None:
            yield one
            return
        if one.key != self.base_key:
            self.found.groups.setdefault(one.key, [])
        for index in range(1, count.value + 1):
            yield replace(one, key=f"{one.key}-{index}", group_key=one.key, index=index)

    def _is_enabled(self, one: Instance) -> bool:
        node = self.entry.child("enabled")
        if node is not None and node.is_dynamic:
            node = self._resolve("enabled", one.enter(self.scope))
        return node is None or bool(node.value)

    def _resolve(self, name: str, scope: Scope) -> Node | None:
        """The value after interpolation. Raises _BrokenError."""
        node = self.entry.child(name)
        if node is None:
            return None
        node = fill_part(("servers", self.base_key, name), name, node, scope, self.collector)
        if node is None:
            raise _BrokenError
        return node

    def _report_key(self, key: str) -> None:
        what = f'"{escape(key, limit=60)}" cannot be a key'
        hint = f"keys are {KEY_RULE}"
        name = "count" if self.entry.child("for_each") is None else "for_each"
        place = self.entry.key_place(name)
        self.collector.add("bad-key", spell_server(self.base_key), what, place, hint=hint)

    def _check_unused(self) -> None:
        """Check the expressions of an entry without instances, which no other stage looks at."""
        roots, known = find_roots(self.entry), self.scope.variables.keys()
        for name, node in self.entry.items():
            if name not in _MAKE_INSTANCES:
                findings = Findings(self.collector, spell_server(self.base_key, name))
                check_templates(node, roots, known, findings)
