"""Resolves `depends_on` to expanded keys, and reports dependency cycles."""

from collections.abc import Mapping

from ccloud_apply.load.stack.expand import spell_server
from ccloud_apply.load.stack.interpolate import Budget
from ccloud_apply.load.stack.keys import Keys
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.load.text.node import Node


def resolve_dependencies(
    servers: Node, keys: Keys, budget: Budget, collector: DiagnosticCollector
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The expanded keys that the servers of each entry depend on, by the entry's key.

    Then the same of all entries by the keys in the file, whether or not they make any server.
    """
    needs: dict[str, tuple[str, ...]] = {}
    graph: dict[str, list[str]] = {}
    for base_key, entry in servers.items():
        node = entry.child("depends_on")
        if node is None or not node.value:
            continue
        found: dict[str, None] = {}
        targets: list[str] = []
        for index, item in enumerate(node.value):
            expanded, what, hint = _find_target(item.value, base_key, keys)
            if what:
                where = spell_server(base_key, "depends_on", index)
                collector.add("bad-dependency", where, what, item.place, hint=hint)
                continue
            instance = keys.instances.get(item.value)
            targets.append(item.value if instance is None else instance.base_key)
            budget.spend(len(expanded))
            found.update(dict.fromkeys(expanded))
        graph[base_key] = targets
        needs[base_key] = tuple(found)
    _report_cycles(graph, servers, collector)
    entries = {key: tuple(dict.fromkeys(graph.get(key, ()))) for key, _ in servers.items()}
    return needs, entries


def _find_target(name: str, base_key: str, keys: Keys) -> tuple[tuple[str, ...], str, str]:
    """The expanded keys of a name; or no keys, with a sentence and a hint."""
    expanded = keys.find(name)
    if expanded is None:
        return (), f'there is no server "{escape(name)}"', keys.suggest(name)
    instance = keys.instances.get(name)
    if base_key in (name, "" if instance is None else instance.base_key):
        return (), "a server cannot depend on itself", "remove the entry"
    return expanded, "", ""


def _report_cycles(
    graph: Mapping[str, list[str]], servers: Node, collector: DiagnosticCollector
) -> None:
    """Report every cycle of entries once.

    All instances of an entry have the same dependencies, so these are the cycles of servers too.
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
                    _report_cycle(circle, servers, collector)
                told.update(circle)
            else:
                trail[target] = None
                stack.append((target, iter(graph[target])))


def _report_cycle(circle: list[str], servers: Node, collector: DiagnosticCollector) -> None:
    first = min(circle)
    turned = circle[circle.index(first) :] + circle[: circle.index(first)]
    shown = turned if len(turned) <= 10 else [*turned[:8], "...", turned[-1]]
    what = f"the servers depend on each other: {' -> '.join([*shown, first])}"
    place = servers.find((first, "depends_on")).place
    where = spell_server(first, "depends_on")
    collector.add("dependency-cycle", where, what, place, hint="remove one of these dependencies")
