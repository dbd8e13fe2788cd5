"""Types of variables, as `variable_types:` of a stack file spells them.

A type is a word (`string`, `integer`, ...), a list with one type (`[string]`), or a mapping of
attributes to types (`{name: string}`). The attribute `"*"` stands for all others. An attribute may
be left out if it is written as `{optional: TYPE}` or `{optional: TYPE, default: VALUE}`.

Where a variable's value comes from belongs to `variables.py`, the form of the section itself to the
schema.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.interpolate import Budget, Findings, unescape
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import (
    did_you_mean,
    escape,
    join_words,
    quote,
    spell_path,
)
from ccloud_apply.load.text.node import Node, Place, make_mapping, make_scalar, make_sequence

OTHERS = "*"
_MAX_NAMED = 10

_WORDS: Mapping[str, str] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
    "object": "a mapping",
}
"""How a message names a type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableType:
    """What a value may be: `word` is `any`, `list`, `object`, or the word of a scalar.

    `item` is the type of a list's entries, `others` that of attributes without a name.
    """

    word: str
    item: "VariableType | None" = None
    attributes: Mapping[str, "Attribute"] = field(default_factory=dict)
    others: "VariableType | None" = None

    @property
    def description(self) -> str:
        """What a message calls it."""
        return _WORDS.get(self.word, "a value")

    @property
    def is_structure(self) -> bool:
        """True for a list and an object: a text that is meant so is read as YAML."""
        return self.word in ("list", "object")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of an object; `default` is its value where it is left out or null."""

    type: VariableType
    is_optional: bool = False
    default: Node | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One part of a value that its type does not allow."""

    path: tuple[str | int, ...]
    what: str
    place: Place
    hint: str = ""


def read_types(
    section: Node | None,
    declared: Mapping[str, object],
    budget: Budget,
    collector: DiagnosticCollector,
) -> dict[str, VariableType]:
    """The types by the variable's name, from a section that is valid by the schema.

    Reports a type of no variable, and a default that its own type does not allow. Raises
    TooMuchWorkError.
    """
    types: dict[str, VariableType] = {}
    for name, node in section.items() if section is not None else ():
        where = f"variable_types.{escape(name)}"
        if name not in declared:
            what = f'the variable "{escape(name)}" is not declared'
            hint = did_you_mean(name, declared) or "declare it under variables:"
            place = section.key_place(name) if section is not None else node.place
            collector.add("undefined-variable", where, what, place, hint=hint)
            continue
        findings = Findings(collector, where)
        node = unescape(node, findings)
        if not findings.has_errors:
            types[name] = _Reader(where, budget, collector).read(node, ())
    return types


def fit(node: Node, expected: VariableType, budget: Budget) -> tuple[Node, tuple[Mismatch, ...]]:
    """The value with the defaults of all attributes that it leaves out, and what does not fit.

    Raises TooMuchWorkError.
    """
    fitting = _Fitting(budget)
    filled = fitting.fit(node, expected, ())
    return filled, tuple(fitting.mismatches)


@dataclass(slots=True)
class _Reader:
    """Reads one variable's type."""

    where: str
    budget: Budget
    collector: DiagnosticCollector

    def read(self, node: Node, path: tuple[str | int, ...]) -> VariableType:
        if isinstance(node.value, str):
            return VariableType(word=node.value)
        if isinstance(node.value, list):
            return VariableType(word="list", item=self.read(node.value[0], (*path, 0)))
        others = node.child(OTHERS)
        return VariableType(
            word="object",
            attributes={
                name: self._read_attribute(child, (*path, name))
                for name, child in node.items()
                if name != OTHERS
            },
            others=None if others is None else self.read(others, (*path, OTHERS)),
        )

    def _read_attribute(self, node: Node, path: tuple[str | int, ...]) -> Attribute:
        optional = node.child("optional")
        if optional is None:
            return Attribute(type=self.read(node, path))
        expected = self.read(optional, (*path, "optional"))
        default = node.child("default")
        if default is None or default.value is None:
            return Attribute(type=expected, is_optional=True)
        filled, mismatches = fit(default, expected, self.budget)
        for found in mismatches:
            at = spell_path((*path, "default", *found.path))
            where = f"{self.where}{at}" if at.startswith("[") else f"{self.where}.{at}"
            self.collector.add("bad-variable", where, found.what, found.place, hint=found.hint)
        return Attribute(type=expected, is_optional=True, default=filled)


@dataclass(slots=True)
class _Fitting:
    """One value that is held against its type."""

    budget: Budget
    mismatches: list[Mismatch] = field(default_factory=list)

    def fit(self, node: Node, expected: VariableType, path: tuple[str | int, ...]) -> Node:
        self.budget.spend(1)
        if expected.word == "any":
            return node
        if not _is(node.value, expected.word):
            what = f"must be {expected.description}, not {quote(node.value)}"
            self._refuse(path, what, node.place)
            return node
        if expected.item is not None:
            return self._fit_list(node, expected.item, path)
        return self._fit_object(node, expected, path) if expected.word == "object" else node

    def _fit_list(self, node: Node, item: VariableType, path: tuple[str | int, ...]) -> Node:
        children = [self.fit(child, item, (*path, i)) for i, child in enumerate(node.value)]
        if all(a is b for a, b in zip(children, node.value, strict=True)):
            return node
        return make_sequence(children, node)

    def _fit_object(self, node: Node, expected: VariableType, path: tuple[str | int, ...]) -> Node:
        children: dict[str, Node] = {}
        for name, child in node.items():
            attribute = expected.attributes.get(name)
            wanted = expected.others if attribute is None else attribute.type
            if wanted is None:
                self._refuse_attribute(node, name, expected, path)
            elif not (attribute and attribute.is_optional and child.value is None):
                children[name] = self.fit(child, wanted, (*path, name))
        for name, child in self._find_left_out(node, expected, children, path):
            self.budget.spend(child.weight)
            children[name] = child
        is_same = len(children) == len(node.value) and all(
            node.value.get(name) is child for name, child in children.items()
        )
        return node if is_same else make_mapping(children, node)

    def _find_left_out(
        self,
        node: Node,
        expected: VariableType,
        children: Mapping[str, Node],
        path: tuple[str | int, ...],
    ) -> Iterator[tuple[str, Node]]:
        for name, attribute in expected.attributes.items():
            if name in children:
                continue
            if attribute.is_optional:
                yield name, attribute.default or make_scalar(None, node.place, text="null")
            else:
                what = f"the attribute {escape(name)} is missing"
                self._refuse(path, what, node.place, f"add {escape(name)}: VALUE")

    def _refuse_attribute(
        self, node: Node, name: str, expected: VariableType, path: tuple[str | int, ...]
    ) -> None:
        known = tuple(expected.attributes)
        names = [escape(one) for one in known[:_MAX_NAMED]]
        hint = did_you_mean(name, known) or f"its attributes are {join_words(names, 'and')}"
        what = f"the attribute {escape(name)} is unknown"
        self._refuse((*path, name), what, node.key_place(name), hint)

    def _refuse(self, path: tuple[str | int, ...], what: str, place: Place, hint: str = "") -> None:
        self.mismatches.append(Mismatch(path=path, what=what, place=place, hint=hint))


def _is(value: Any, word: str) -> bool:
    if word == "list":
        return isinstance(value, list)
    if word == "object":
        return isinstance(value, dict)
    if word == "string":
        return isinstance(value, str)
    if word == "boolean":
        return isinstance(value, bool)
    kinds = int if word == "integer" else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool)
