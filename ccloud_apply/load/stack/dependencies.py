"""Resolves `depends_on` to expanded keys, and reports dependency cycles."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ccloud_apply.load.stack.computed import fill_part
from ccloud_apply.load.stack.expand import Instance, spell_server
from ccloud_apply.load.stack.interpolate import Scope
from ccloud_apply.load.stack.keys import Keys
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.load.text.node import Node

_FIELD = "depends_on"


def resolve_dependencies(
    servers: Node, keys: Keys, scope: Scope, collector: DiagnosticCollector
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The expanded keys that each server depends on, by its expanded key.

    Then the entries that each entry of the file depends on, whether or not they make any server.
    """
    by_entry = _group(keys)
    needs: dict[str, tuple[str, ...]] = {}
    graph: dict[str, dict[str, None]] = {}
    entries: dict[str, dict[str, None]] = {key: {} for key, _ in servers.items()}
    for base_key, entry in servers.items():
        node = entry.child(_FIELD)
        if node is None or not node.value:
            continue
        if not node.is_dynamic:
            # All servers of an entry depend on the same ones: the entry stands for them.
            found = _find_all(node, base_key, None, keys, collector)
            scope.budget.spend(len(found))
            needs.update(dict.fromkeys((one.key for one in by_entry.get(base_key, ())), found))
            graph[base_key] = _find_units(found, servers, keys)
            entries[base_key].update(_find_entries(node, keys))
            continue
        for one in by_entry.get(base_key, ()):
            filled = _fill(node, one, scope, collector)
            if filled is None or not filled.value:
                continue
            found = _find_all(filled, base_key, one.key, keys, collector)
            scope.budget.spend(filled.weight + len(found))
            needs[one.key] = found
            graph[one.key] = _find_units(found, servers, keys)
            entries[base_key].update(_find_entries(filled, keys))
    _report_cycles(graph, servers, keys, collector)
    return needs, {key: tuple(found) for key, found in entries.items()}


def _group(keys: Keys) -> Mapping[str, Sequence[Instance]]:
    by_entry: dict[str, list[Instance]] = {}
    for instance in keys.instances.values():
        by_entry.setdefault(instance.base_key, []).append(instance)
    return by_entry


def _find_units(found: Sequence[str], servers: Node, keys: Keys) -> dict[str, None]:
    """What stands for these servers where cycles are looked for: themselves where each of an entry
    has dependencies of its own, else their entry."""
    units: dict[str, None] = {}
    for key in found:
        base_key = keys.instances[key].base_key
        node = servers.find((base_key, _FIELD))
        units[key if node.is_dynamic else base_key] = None
    return units


def _find_entries(node: Node, keys: Keys) -> dict[str, None]:
    """The entries of these names; one that makes no server is among them."""
    found = ((name, keys.instances.get(name)) for name in (item.value for item in node.value))
    return {name if one is None else one.base_key: None for name, one in found}


def _fill(node: Node, one: Instance, scope: Scope, collector: DiagnosticCollector) -> Node | None:
    """The names that one server depends on, after interpolation; None if there is an error."""
    inside = replace(scope, key=one.key, index=one.index, each=one.each)
    return fill_part(("servers", one.base_key, _FIELD), _FIELD, node, inside, collector)


def _find_all(
    node: Node, base_key: str, own: str | None, keys: Keys, collector: DiagnosticCollector
) -> tuple[str, ...]:
    """The expanded keys of all names; those that are no keys are reported.

    `own` is the server that depends on them, None for all servers of the entry.
    """
    found: dict[str, None] = {}
    for index, item in enumerate(node.value):
        expanded, what, hint = _find_target(item.value, base_key, own, keys)
        if what:
            where = spell_server(base_key, _FIELD, index)
            collector.add("bad-dependency", where, what, item.place, hint=hint)
        found.update(dict.fromkeys(expanded))
    return tuple(found)


def _find_target(
    name: str, base_key: str, own: str | None, keys: Keys
) -> tuple[tuple[str, ...], str, str]:
    """The expanded keys of a name; or no keys, with a sentence and a hint."""
    expanded = keys.find(name)
    if expanded is None:
        return (), f'there is no server "{escape(name)}"', keys.suggest(name)
    is_own = name == base_key or own in expanded
    if own is None and expanded:  # a name means servers of one entry alone
        is_own = is_own or keys.instances[expanded[0]].base_key == base_key
    if is_own:
        return (), "a server cannot depend on itself", "remove the entry"
    return expanded, "", ""


def _report_cycles(
    graph: Mapping[str, Mapping[str, None]],
    servers: Node,
    keys: Keys,
    collector: DiagnosticCollector,
) -> None:
    """Report every cycle once: of entries, and of servers whose own dependencies differ.

    All servers of another entry have the same dependencies, so its cycles are theirs too.
    """
    done: set[str] = set()
    told: set[str] = set()
    for start in graph:
        trail: dict[str, None] = {}
        stack = [(start, iter(graph[start]))] if start not in done else []
        trail.update(dict.fromkeys(name for name, _ in stack))
        while stack:
            name, rest = stack[-1]
            target = next((t for t in rest if t in graph and t not in done), None)
            if target is None:
                stack.pop()
                trail.pop(name)
                done.add(name)
            elif target in trail:
                names = list(trail)
                circle = names[names.index(target) :]
                if told.isdisjoint(circle):
                    _report_cycle(circle, servers, keys, collector)
                told.update(circle)
            else:
                trail[target] = None
                stack.append((target, iter(graph[target])))


def _report_cycle(
    circle: list[str], servers: Node, keys: Keys, collector: DiagnosticCollector
) -> None:
    first = min(circle)
    turned = circle[circle.index(first) :] + circle[: circle.index(first)]
    shown = turned if len(turned) <= 10 else [*turned[:8], "...", turned[-1]]
    what = f"the servers depend on each other: {' -> '.join([*shown, first])}"
    base_key = keys.instances[first].base_key if first in keys.instances else first
    place = servers.find((base_key, _FIELD)).place
    where = spell_server(base_key, _FIELD)
    collector.add("dependency-cycle", where, what, place, hint="remove one of these dependencies")
