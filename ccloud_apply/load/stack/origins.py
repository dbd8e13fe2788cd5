"""Where the values of a stack come from: the places of expressions, and what these stood for.

A value that an expression brings has the expression's place. What stands there is looked up in the
files as they were written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.expand import Instance
from ccloud_apply.load.stack.interpolate import Expression, InterpolationError, parse_template
from ccloud_apply.load.stack.variables import Given
from ccloud_apply.load.text.node import Node, Place
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.results.resolved import Origin, ResolvedValue


@dataclass(slots=True, kw_only=True)
class OriginFinder:
    """Finds the origins of values in the files of one stack.

    `written` are the files as they were written, `given` the values of the variables.
    """

    written: Sequence[Node]
    given: Mapping[str, Given]
    _expressions: dict[Place, tuple[Expression, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for root in self.written:
            self._note(root)

    def resolve(self, node: Node, instance: Instance | None = None) -> ResolvedValue:
        """The value with the origins of all its parts; `instance` is the server that has it."""
        value = node.value
        if isinstance(value, dict):
            value = {name: self.resolve(child, instance) for name, child in value.items()}
        elif isinstance(value, list):
            value = tuple(self.resolve(child, instance) for child in value)
        return ResolvedValue(
            value=value,
            source=node.place,
            origins=tuple(self._find(node.place, instance)),
        )

    def find(self, source: SourceRange | None) -> tuple[Origin, ...]:
        """The origins of what is written in this place, or after the key there."""
        if source is None:
            return ()
        return tuple(self._find(source, None))

    def _note(self, node: Node) -> None:
        if not node.is_dynamic:
            return
        if isinstance(node.value, dict):
            for name, child in node.value.items():
                self._note(child)
                if child.place in self._expressions:  # a policy knows its keys' places alone
                    self._expressions[node.key_place(name)] = self._expressions[child.place]
        elif isinstance(node.value, list):
            for child in node.value:
                self._note(child)
        else:
            found = tuple(_find_expressions(node.value))
            if found:
                self._expressions[node.place] = found

    def _find(self, place: Place, instance: Instance | None) -> Iterator[Origin]:
        for expression in self._expressions.get(place, ()):
            found = self._look_up(expression, instance)
            if found is not None:
                yield found

    def _look_up(self, expression: Expression, instance: Instance | None) -> Origin | None:
        if expression.root == "var":
            return self._look_up_variable(str(expression), expression.path)
        if expression.root != "each" or instance is None or instance.each is None:
            return None
        key, value = instance.each
        if expression.path[0] != "value":
            return None
        path = expression.path[1:]
        (outer, *more) = self._expressions.get(value.place, (None,))
        if outer is not None and outer.root == "var" and not more:
            written = instance.entry.child("for_each")
            is_whole = written is not None and written.place == value.place
            inner = (*outer.path, key, *path) if is_whole else (*outer.path, *path)
            return self._look_up_variable(str(expression), inner)
        return Origin(expression=str(expression), source=value.find(path).place)

    def _look_up_variable(self, expression: str, path: Sequence[str]) -> Origin | None:
        name, *rest = path
        given = self.given.get(name)
        if given is None:
            return None
        if given.place is None:
            return Origin(expression=expression, name=given.name)
        return Origin(expression=expression, source=given.node.find(rest).place)


def _find_expressions(text: str) -> Iterator[Expression]:
    try:
        yield from (part for part in parse_template(text) if isinstance(part, Expression))
    except InterpolationError:
        return
