"""The fields of a server: defaults, templates and its own, merged and with expressions filled in.

Whether the values are valid belongs to `server.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.schema.server_schema import SERVER_ONLY
from ccloud_apply.load.stack.computed import fill_part
from ccloud_apply.load.stack.expand import Instance
from ccloud_apply.load.stack.interpolate import Budget, Findings, Scope, interpolate
from ccloud_apply.load.stack.merge import merge_field
from ccloud_apply.load.stack.shared import Layer, Shared
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import did_you_mean, escape, join_words, spell_path
from ccloud_apply.load.text.node import Node, Place

_RESOLVED_BEFORE = frozenset(SERVER_ONLY) - {"hostname"}
_REPLACED = frozenset(name for name, aspect in ASPECTS.items() if aspect.merge == "replace")
_SHOWN_NAMES = 20
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """How servers with the same layers get their fields.

    `parts` are the values of a field that count, weakest first, each with its layer. `merged` are
    the fields without any expression. `kept` are those of `merged` whose node outlives the server:
    it may be known by its id.
    """

    parts: Mapping[str, tuple[tuple[Layer, Node], ...]]
    merged: Mapping[str, Node]
    kept: frozenset[str]
    weight: int


@dataclass(slots=True)
class Filled:
    """The fields of one server, and where they come from.

    `kept` are the names of values that other servers share: the same nodes.
    """

    values: Mapping[str, Node]
    kept: frozenset[str]
    _instance: Instance
    _file_scope: Scope
    _recipe: _Recipe | None = None

    @property
    def base_key(self) -> str:
        """The server's key as the file writes it."""
        return self._instance.base_key

    @property
    def scope(self) -> Scope:
        """The names that expressions of this server can use."""
        return self._instance.enter(self._file_scope)

    def is_computed(self, name: str, rest: tuple[str | int, ...]) -> bool:
        """True if a file has a `${...}` in this place."""
        return any(node.find(rest).is_dynamic for _, node in self._find_parts(name))

    def spell(self, path: tuple[str | int, ...], node: Node) -> str:
        """The path of a value in the file that says it, such as `templates.small.disks[0]`."""
        name = str(path[0]) if path else ""
        parts = self._find_parts(name)
        holders = (layer for layer, own in reversed(parts) if _holds(own.place, node.place))
        layer = next(holders, parts[-1][0] if parts else None)
        above = ("servers", self.base_key) if layer is None else layer.path
        return spell_path((*above, *path))

    def _find_parts(self, name: str) -> tuple[tuple[Layer, Node], ...]:
        """The parts of a field; of a server that has all from its own entry, that alone."""
        return () if self._recipe is None else self._recipe.parts.get(name, ())


@dataclass(slots=True, kw_only=True)
class Mixer:
    """Fills in the fields of the servers of one stack file, which share their layers.

    `scope` is that of the file.
    """

    scope: Scope
    shared: Shared
    collector: DiagnosticCollector
    _recipes: dict[tuple[str, tuple[str, ...]], _Recipe] = field(default_factory=dict)
    _under: dict[tuple[str, ...], _Recipe] = field(default_factory=dict)

    def fill(self, instance: Instance) -> Filled:
        """The server's fields, without those that have an error: these are reported."""
        if self._is_plain(instance):
            return self._fill_plain(instance)
        scope = instance.enter(self.scope)
        recipe = self._find_recipe(instance, scope)
        scope.budget.spend(recipe.weight)
        values: dict[str, Node] = {}
        for name, parts in recipe.parts.items():
            merged = recipe.merged.get(name) or self._merge(name, parts, scope)
            if merged is not None:
                values[name] = merged
        return Filled(values, recipe.kept, instance, self.scope, recipe)

    def _is_plain(self, instance: Instance) -> bool:
        """True for one server alone that has nothing but what its entry says, word for word."""
        entry = instance.entry
        is_alone = not entry.is_dynamic and instance.key == instance.base_key
        return is_alone and not self.shared.defaults and entry.child("template") is None

    def _fill_plain(self, instance: Instance) -> Filled:
        entry = instance.entry
        self.scope.budget.spend(entry.weight)
        if entry.value and _RESOLVED_BEFORE.isdisjoint(entry.value):
            return Filled(entry.value, _NOTHING, instance, self.scope)
        values = {name: node for name, node in entry.items() if name not in _RESOLVED_BEFORE}
        return Filled(values, _NOTHING, instance, self.scope)

    def _merge(self, name: str, parts: tuple[tuple[Layer, Node], ...], scope: Scope) -> Node | None:
        merged: Node | None = None
        is_good = True
        for layer, node in parts:
            if node.is_dynamic:
                findings = Findings(self.collector, spell_path((*layer.path, name)))
                node = interpolate(node, scope, findings)
                is_good = is_good and not findings.has_errors
            merged = node if merged is None else _merge(name, merged, node, scope.budget)
        return merged if is_good else None

    def _find_recipe(self, instance: Instance, scope: Scope) -> _Recipe:
        names = tuple(self._find_templates(instance, scope))
        key = (instance.base_key, names)
        found = self._recipes.get(key)
        if found is None:
            is_repeated = instance.key != instance.base_key
            found = self._make_recipe(instance, names, is_repeated=is_repeated)
            if is_repeated:
                self._recipes[key] = found
        return found

    def _make_recipe(
        self, instance: Instance, names: tuple[str, ...], *, is_repeated: bool
    ) -> _Recipe:
        under = self._find_recipe_under(names)
        parts, merged = dict(under.parts), dict(under.merged)
        entry = instance.entry
        own = {name: node for name, node in entry.items() if name not in _RESOLVED_BEFORE}
        layer = Layer(path=("servers", instance.base_key), fields=own, weight=entry.weight)
        _put_over(layer, parts, merged, self.scope.budget)
        kept = frozenset(merged) if is_repeated else under.kept - own.keys()
        return _Recipe(parts=parts, merged=merged, kept=kept, weight=under.weight + layer.weight)

    def _find_recipe_under(self, names: tuple[str, ...]) -> _Recipe:
        """The recipe of what stands under the own fields of servers with these templates."""
        found = self._under.get(names)
        if found is None:
            parts: dict[str, tuple[tuple[Layer, Node], ...]] = {}
            merged: dict[str, Node] = {}
            layers = (*self.shared.defaults, *(self.shared.templates[name] for name in names))
            for layer in layers:
                _put_over(layer, parts, merged, self.scope.budget)
            weight = sum(layer.weight for layer in layers)
            kept = frozenset(merged)
            found = _Recipe(parts=parts, merged=merged, kept=kept, weight=weight)
            self._under[names] = found
        return found

    def _find_templates(self, instance: Instance, scope: Scope) -> Iterator[str]:
        """The names of the server's templates; those that do not exist are reported."""
        node = instance.entry.child("template")
        if node is None:
            return
        path = ("servers", instance.base_key, "template")
        node = fill_part(path, "template", node, scope, self.collector)
        if node is None or node.value is None:
            return
        for item in node.value if isinstance(node.value, list) else [node]:
            if item.value in self.shared.templates:
                yield item.value
            elif item.value not in self.shared.broken and self.shared.is_complete:
                what = f'there is no template "{escape(item.value)}"'
                hint = self._suggest(item.value)
                where = spell_path(path)
                self.collector.add("unknown-template", where, what, item.place, hint=hint)

    def _suggest(self, name: str) -> str:
        known = self.shared.templates.keys()
        if not known:
            return "declare it under templates:"
        shown = [escape(one) for one in known][:_SHOWN_NAMES]
        return did_you_mean(name, known) or f"templates: {join_words(shown, 'and')}"


def _put_over(
    layer: Layer,
    parts: dict[str, tuple[tuple[Layer, Node], ...]],
    merged: dict[str, Node],
    budget: Budget,
) -> None:
    """Put a stronger layer over what there is; of a field that is replaced, it alone counts."""
    for name, node in layer.fields.items():
        weaker, below = parts.pop(name, ()), merged.pop(name, None)
        if not weaker or name in _REPLACED:
            parts[name] = ((layer, node),)
            if not node.is_dynamic:
                merged[name] = node
            continue
        parts[name] = (*weaker, (layer, node))
        if below is not None and not node.is_dynamic:
            merged[name] = _merge(name, below, node, budget)


def _merge(name: str, weaker: Node, own: Node, budget: Budget) -> Node:
    merged = merge_field(name, weaker, own)
    budget.spend(merged.weight)
    return merged


def _holds(outer: Place, inner: Place) -> bool:
    """True if the inner place is a part of the outer one, in the same file."""
    return outer.path == inner.path and outer[1:3] <= inner[1:3] and inner[3:5] <= outer[3:5]
