"""Expands an entry of `servers` to its instances: count, for_each, and their keys.

The fields of an instance belong to `server.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ccloud_apply.load.schema.explain import explain
from ccloud_apply.load.schema.validate import server_checker
from ccloud_apply.load.stack.interpolate import (
    Findings,
    Scope,
    check_templates,
    interpolate,
)
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape, spell_path
from ccloud_apply.load.text.node import Node, to_plain
from ccloud_apply.model.ownership import KEY_RULE, is_key

_INSTANCE_WEIGHT = 20
"""The weight of a server in addition to its values. It bounds the number of servers of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One server of an entry. `index` counts from 1 with count; `each` is the entry of for_each."""

    key: str
    base_key: str
    entry: Node
    index: int | None = None
    each: tuple[str, Node] | None = None


def find_roots(entry: Node) -> tuple[str, ...]:
    """The roots of expressions that are allowed in this entry."""
    roots = ["var", "stack", "key"]
    if entry.child("count") is not None:
        roots.append("index")
    if entry.child("for_each") is not None:
        roots.append("each")
    return tuple(roots)


def spell_server(key: str, *steps: str | int) -> str:
    """`servers.web.disks[1]`."""
    return spell_path(("servers", key, *steps))


def expand_all(
    servers: Node, scope: Scope, collector: DiagnosticCollector
) -> tuple[dict[str, list[Instance]], set[str]]:
    """The instances of every entry, and the keys whose instances are unknown due to an error."""
    entries: dict[str, list[Instance]] = {}
    unknown: set[str] = set()
    for base_key, entry in servers.items():
        count, for_each = _resolve_repeat(base_key, entry, scope, collector)
        if isinstance(count, _Broken) or isinstance(for_each, _Broken):
            unknown.add(base_key)
            continue
        entries[base_key] = []
        for instance in _expand(base_key, entry, count, for_each):
            scope.budget.spend(_INSTANCE_WEIGHT)
            if is_key(instance.key):
                entries[base_key].append(instance)
                continue
            what = f'"{escape(instance.key, limit=60)}" cannot be a key'
            hint = f"keys are {KEY_RULE}"
            place = entry.key_place("count" if for_each is None else "for_each")
            collector.add("bad-key", spell_server(base_key), what, place, hint=hint)
            unknown.add(base_key)
        if not entries[base_key]:
            _check_unused(base_key, entry, scope, collector)
    return entries, unknown


class _Broken:
    """Stands for a count or a for_each with an error."""


def _resolve_repeat(
    base_key: str, entry: Node, scope: Scope, collector: DiagnosticCollector
) -> tuple[Node | _Broken | None, Node | _Broken | None]:
    count, for_each = (
        _resolve(base_key, name, entry.child(name), scope, collector)
        for name in ("count", "for_each")
    )
    return count, for_each


def _resolve(
    base_key: str, name: str, node: Node | None, scope: Scope, collector: DiagnosticCollector
) -> Node | _Broken | None:
    """The value of count or for_each after interpolation."""
    if node is None:
        return None
    findings = Findings(collector, spell_server(base_key, name))
    node = interpolate(node, scope, findings)
    if findings.has_errors:
        return _Broken()
    checker = server_checker()
    is_good = True
    for violation in checker.find_violations({name: to_plain(node)}):
        is_good = False
        path = ("servers", base_key, *violation.path)
        found = node.find(violation.path[1:])
        code, what, hint = explain(violation, checker, path, found.text)
        collector.add(code, spell_path(path), what, found.place, hint=hint)
    return node if is_good else _Broken()


def _check_unused(base_key: str, entry: Node, scope: Scope, collector: DiagnosticCollector) -> None:
    """Check the expressions of an entry without instances, which no other stage looks at."""
    roots, known = find_roots(entry), scope.variables.keys()
    for name, node in entry.items():
        if name not in {"count", "for_each"}:
            findings = Findings(collector, spell_server(base_key, name))
            check_templates(node, roots, known, findings)


def _expand(
    base_key: str, entry: Node, count: Node | None, for_each: Node | None
) -> Iterator[Instance]:
    """The entry's instances in the file's order, with unchecked keys."""
    if count is not None:
        for index in range(1, count.value + 1):
            key = f"{base_key}-{index}"
            yield Instance(key=key, base_key=base_key, entry=entry, index=index)
    elif for_each is not None:
        if isinstance(for_each.value, dict):
            pairs = list(for_each.items())
        else:
            pairs = [(item.value, item) for item in for_each.value]
        for name, value in pairs:
            key = f"{base_key}-{name}"
            yield Instance(key=key, base_key=base_key, entry=entry, each=(name, value))
    else:
        yield Instance(key=base_key, base_key=base_key, entry=entry)
