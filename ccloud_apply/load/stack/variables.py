"""Resolves the variables of a stack: declared in the file, set by flags, a file or environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ccloud_apply.load.stack.inherited import NOTHING_INHERITED, Inherited
from ccloud_apply.load.stack.interpolate import Findings, unescape
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape, quote
from ccloud_apply.load.text.node import Node, Place, from_plain, make_scalar, to_plain
from ccloud_apply.load.text.parse import MAX_WEIGHT, parse
from ccloud_apply.load.text.scalar import BadNumberError, resolve_scalar

_STRUCTURE_STARTS = ("[", "{", '"', "'")


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableSources:
    """The values of `--var`, of `--var-file` (parsed), and of `CCLOUD_VAR_` (prefix removed)."""

    flags: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: Mapping[str, Any] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class _BadValueError(ValueError):
    """An invalid value of a variable; the message is one sentence."""


class _BadPlaceError(ValueError):
    """The same for a value that stands in a file of its own, at this place."""

    def __init__(self, what: str, place: Place) -> None:
        super().__init__(what)
        self.place = place


def resolve_variables(
    declared: Node | None,
    sources: VariableSources,
    collector: DiagnosticCollector,
    inherited: Inherited = NOTHING_INHERITED,
) -> dict[str, Node | None]:
    """Every declared variable's value; None for one that has an error.

    The project's variables are declared as well; where the stack declares one too, its own counts.
    """
    values: dict[str, Node | None] = {}
    own = dict(declared.items()) if declared is not None else {}
    for name, default in {**inherited.variables, **own}.items():
        values[name] = None
        where = f"variables.{escape(name)}"
        findings = Findings(collector, where)
        default = unescape(default, findings)
        if findings.has_errors:
            continue
        try:
            values[name] = _choose(name, default, sources, inherited)
        except _BadPlaceError as problem:
            collector.add("bad-variable", where, str(problem), problem.place)
        except _BadValueError as problem:
            hint = "" if default.value is not None else _ways_to_give(name)
            collector.add("bad-variable", where, str(problem), default.place, hint=hint)
    return values


def _ways_to_give(name: str) -> str:
    return f"set it with --var {name}=VALUE, --var-file FILE or CCLOUD_VAR_{name}"


def _choose(name: str, default: Node, sources: VariableSources, inherited: Inherited) -> Node:
    place = default.place
    if name in sources.flags:
        return _convert(sources.flags[name], default, f"--var {name}")
    if name in sources.file:
        value = from_plain(sources.file[name], place)
        return _check_type(value, default, f"{name} of the --var-file")
    if name in sources.environment:
        return _convert(sources.environment[name], default, f"CCLOUD_VAR_{name}")
    if name in inherited.values:
        return _take_from_environment(inherited.values[name], default, inherited.env)
    if default.value is None:
        raise _BadValueError("has no default (null), so it needs a value")
    return default


def _take_from_environment(value: Node, default: Node, env: str | None) -> Node:
    try:
        return _check_type(value, default, f"the value in the environment {env}")
    except _BadValueError as problem:
        raise _BadPlaceError(str(problem), value.place) from None


def _convert(text: str, default: Node, origin: str) -> Node:
    """The text converted to the default's type; without a default, as YAML would read it."""
    if isinstance(default.value, str):
        _check_encoding(text, origin)
        node = make_scalar(text, default.place)
        node.is_dynamic = False
        return node
    is_structure = isinstance(default.value, dict | list)
    if is_structure or (default.value is None and text.startswith(_STRUCTURE_STARTS)):
        node = _read_structure(text, default, origin)
    else:
        try:
            value = resolve_scalar(text)
        except BadNumberError as error:
            raise _BadValueError(f"{origin}: {error}") from None
        _check_encoding(text, origin)
        node = make_scalar(value, default.place, text=text)
        node.is_dynamic = False
    return _check_type(node, default, origin)


def _check_encoding(text: str, origin: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _BadValueError(f"{origin} is not valid UTF-8") from None


def _read_structure(text: str, default: Node, origin: str) -> Node:
    node, diagnostics = parse(text, origin)
    if diagnostics or node is None:
        what = diagnostics[0].what if diagnostics else "it is empty"
        expected = _name_type(default.value)
        raise _BadValueError(f"{origin} cannot be read as {expected}: {what}")
    return from_plain(to_plain(node), default.place)


def _check_type(node: Node, default: Node, origin: str) -> Node:
    expected, given = default.value, node.value
    if node.weight > MAX_WEIGHT:
        raise _BadValueError(f"{origin} holds too much")
    fits = expected is None or _name_type(expected) == _name_type(given)
    if not fits and not (isinstance(expected, float) and _is_integer(given)):
        name = _name_type(expected)
        raise _BadValueError(f"{origin} must be {name} as its default is, not {quote(given)}")
    return node


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _name_type(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a whole number"
    if isinstance(value, float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return quote(value) if isinstance(value, list | dict) else "a value"
