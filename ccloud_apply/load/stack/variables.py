"""Resolves the variables of a stack: declared in the file or its project, set from outside.

Strongest first: `--var`, `--var-file`, `CCLOUD_VAR_`, the values of the environment, the default.
Types belong to `variable_types.py`, texts of a command line to `variable_text.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.inherited import NOTHING_INHERITED, Inherited
from ccloud_apply.load.stack.interpolate import Budget, Findings, unescape
from ccloud_apply.load.stack.variable_text import BadValueError, name_type, read_text
from ccloud_apply.load.stack.variable_types import VariableType, fit, read_types
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape, quote, spell_path
from ccloud_apply.load.text.node import Node, Place, make_literal, make_mapping
from ccloud_apply.load.text.parse import MAX_WEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableSources:
    """The values of `--var`, of `--var-file` (parsed), and of `CCLOUD_VAR_` (prefix removed).

    `may_be_unknown`: a variable without any value is no error, and nothing that uses it is known.
    """

    flags: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: Mapping[str, Node] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    may_be_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value, with what it comes from (`--var size`), and where, if that is in a file."""

    node: Node
    name: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """Every declared variable's value: None for one with an error, and for one of `unknown`.

    `given` says for each value where it comes from.
    """

    values: Mapping[str, Node | None] = field(default_factory=dict, repr=False)
    given: Mapping[str, Given] = field(default_factory=dict, repr=False)
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Declarations:
    """The sections `variables` and `variable_types` of a stack, with those of what it extends."""

    variables: Node | None
    types: Node | None = None


def resolve_variables(
    declared: Declarations,
    sources: VariableSources,
    collector: DiagnosticCollector,
    budget: Budget,
    inherited: Inherited = NOTHING_INHERITED,
    *,
    only: Collection[str] | None = None,
) -> Variables:
    """Every declared variable's value; with `only`, that of these, and None for the others.

    The project's variables are declared as well; where the stack declares one too, its own counts.
    Raises TooMuchWorkError.
    """
    own = {} if declared.variables is None else dict(declared.variables.items())
    names = {**inherited.variables, **own}
    wanted = names.keys() if only is None else only
    types = read_types(_pick(declared.types, only), names, budget, collector)
    resolving = _Resolving(sources, collector, budget, inherited)
    values: dict[str, Node | None] = dict.fromkeys(names)
    given: dict[str, Given] = {}
    for name in (name for name in names if name in wanted):
        found = resolving.resolve(name, names[name], types.get(name))
        if found is not None:
            values[name], given[name] = found.node, found
    return Variables(values=values, given=given, unknown=frozenset(resolving.unknown))


def _pick(section: Node | None, only: Collection[str] | None) -> Node | None:
    if section is None or only is None:
        return section
    return make_mapping({name: node for name, node in section.items() if name in only}, section)


class _Resolving:
    """One run over the variables of one stack."""

    def __init__(
        self,
        sources: VariableSources,
        collector: DiagnosticCollector,
        budget: Budget,
        inherited: Inherited,
    ) -> None:
        self.unknown: set[str] = set()
        self._sources = sources
        self._collector = collector
        self._budget = budget
        self._inherited = inherited

    def resolve(self, name: str, default: Node, expected: VariableType | None) -> Given | None:
        """The variable's value; None if it is unknown, or has an error, which is reported."""
        where = f"variables.{escape(name)}"
        findings = Findings(self._collector, where)
        default = unescape(default, findings)
        if findings.has_errors:
            return None
        if expected is not None and default.value is not None:
            fitted = self._fit(name, Given(node=default, place=default.place), expected, default)
            if fitted is None:
                return None
            default = fitted.node
        try:
            given = self._find(name, default, expected)
        except BadValueError as problem:
            self._refuse(where, str(problem), default)
            return None
        if given is None and self._sources.may_be_unknown and default.value is None:
            self.unknown.add(name)
            return None
        if given is None and default.value is None:
            hint = _ways_to_give(name, self._inherited.env)
            self._refuse(where, "has no default (null), so it needs a value", default, hint)
            return None
        if given is None:
            return Given(node=default, place=default.place)
        if given.node.weight > MAX_WEIGHT:
            self._refuse(where, f"{given.name} holds too much", default)
            return None
        if expected is not None:
            return self._fit(name, given, expected, default)
        return self._check_type(where, given, default)

    def _find(self, name: str, default: Node, expected: VariableType | None) -> Given | None:
        """The value from outside, if there is any. Raises BadValueError."""
        sources, env = self._sources, self._inherited.env
        if name in sources.flags:
            origin = f"--var {name}"
            return Given(
                node=read_text(sources.flags[name], default, expected, origin), name=origin
            )
        if name in sources.file:
            node = make_literal(sources.file[name])
            return Given(node=node, name=f"{name} of the --var-file", place=node.place)
        if name in sources.environment:
            origin = f"CCLOUD_VAR_{name}"
            return Given(
                node=read_text(sources.environment[name], default, expected, origin), name=origin
            )
        if name in self._inherited.values:
            node = make_literal(self._inherited.values[name])
            return Given(
                node=node,
                name=f"{escape(name)} of the environment {escape(env or '')}",
                place=node.place,
            )
        return None

    def _fit(self, name: str, given: Given, expected: VariableType, default: Node) -> Given | None:
        """The value with the defaults of its attributes; None if its type does not allow it."""
        node, mismatches = fit(given.node, expected, self._budget)
        for found in mismatches:
            where = spell_path(("variables", name, *found.path))
            what = found.what if given.place is not None else f"{given.name}: {found.what}"
            place = found.place if given.place is not None else default.place
            self._collector.add("bad-variable", where, what, place, hint=found.hint)
        if mismatches:
            return None
        if node.weight > MAX_WEIGHT:
            where = f"variables.{escape(name)}"
            self._refuse(where, "holds too much with the defaults of its type", default)
            return None
        return Given(node=node, name=given.name, place=given.place)

    def _check_type(self, where: str, given: Given, default: Node) -> Given | None:
        """The value, if it has the type of the default."""
        expected, value = default.value, given.node.value
        fits = expected is None or name_type(expected) == name_type(value)
        if fits or (isinstance(expected, float) and _is_integer(value)):
            return given
        name = name_type(expected)
        what = f"{given.name} must be {name} as its default is, not {quote(value)}"
        hint = "" if given.place is None else f"its default is at {default.place}"
        self._collector.add("bad-variable", where, what, given.place or default.place, hint=hint)
        return None

    def _refuse(self, where: str, what: str, default: Node, hint: str = "") -> None:
        self._collector.add("bad-variable", where, what, default.place, hint=hint)


def _ways_to_give(name: str, env: str | None) -> str:
    ways = f"set it with --var {name}=VALUE, --var-file FILE or CCLOUD_VAR_{name}"
    return ways if env is None else f"{ways}, or in the environment {escape(env)}"


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
