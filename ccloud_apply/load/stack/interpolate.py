"""Interpolation: replaces `${...}` in values.

A scalar that is nothing but one `${...}` gets the value with its type. Within a longer text only
scalars are allowed. An inserted value is never interpolated again.
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import did_you_mean, escape, join_words, quote
from ccloud_apply.load.text.node import (
    Node,
    Place,
    make_mapping,
    make_scalar,
    make_sequence,
    move_to,
    start_of,
    weigh_text,
)

ALL_ROOTS = ("var", "stack", "env", "key", "index", "each")
FILE_ROOTS = ("var", "stack", "env")
MAX_WORK = 2_000_000

_PART = lazy_pattern(r"\$\$\{|\$\{")
_EXPRESSION = lazy_pattern(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*", re.ASCII)
_FORBIDDEN = "${...} is not allowed here"
_MISSING = {
    "stack": "${stack} is not known here: the stack's name is made of other values",
    "key": "${key} is only known inside a server",
    "index": "${index} is only known where a server has a count",
    "each": "${each...} is only known where a server has a for_each",
}


class InterpolationError(ValueError):
    """An invalid `${...}`. An empty `what` means that the cause is reported elsewhere."""

    def __init__(self, code: str, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.hint = hint


class TooMuchWorkError(Exception):
    """The file expands to more than the loader's budget allows."""


class Budget:
    """The amount of work that one file may cause, in weights of `Node`.

    `used` is what was looked up on the way from outside of the file or its servers: `env`, and
    `var.NAME`, each with the first place that names it.
    """

    def __init__(self, amount: int = MAX_WORK) -> None:
        self.left = amount
        self.used: dict[str, Place] = {}

    def spend(self, weight: int) -> None:
        """Spend some. Raises TooMuchWorkError if the budget is exceeded."""
        self.left -= weight
        if self.left < 0:
            raise TooMuchWorkError


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands between `${` and `}`: `var.size` is the root `var` and the path (`size`,)."""

    root: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"${{{escape('.'.join((self.root, *self.path)))}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The names that expressions in one place can use. A variable with an error is None.

    `env` is the name of the project's environment.
    """

    variables: Mapping[str, Node | None]
    stack: str
    budget: Budget
    key: str | None = None
    index: int | None = None
    each: tuple[str, Node] | None = None
    env: str | None = None


class Findings:
    """Passes the invalid expressions of one value on to a collector."""

    def __init__(self, collector: DiagnosticCollector, where: str) -> None:
        self._collector = collector
        self._where = where
        self.has_errors = False

    def add(self, node: Node, error: InterpolationError) -> None:
        """Add the error of one scalar. Raises CollectorFullError."""
        self.has_errors = True
        if error.what:
            self._collector.add(error.code, self._where, error.what, node.place, hint=error.hint)


@lru_cache(maxsize=4096)
def parse_template(text: str) -> tuple[str | Expression, ...]:
    """The texts and expressions of a scalar. Raises InterpolationError."""
    parts: list[str | Expression] = []
    position = 0
    while found := _PART.search(text, position):
        parts.append(text[position : found.start()])
        position = found.end()
        if found.group() == "$${":
            parts.append("${")
            continue
        end = text.find("}", position)
        if end < 0:
            what = "a ${ has no } after it"
            raise InterpolationError("bad-interpolation", what, "write $${ for a literal ${")
        parts.append(_parse_expression(text[position:end].strip()))
        position = end + 1
    parts.append(text[position:])
    return tuple(part for part in parts if part != "")


def _parse_expression(text: str) -> Expression:
    if not _EXPRESSION.fullmatch(text):
        what = f"${{{escape(text)}}} is not an expression"
        raise InterpolationError("bad-interpolation", what, _keep_as_text(text))
    root, *path = text.split(".")
    return Expression(root, tuple(path))


def _keep_as_text(text: str) -> str:
    """How a `${...}` is written that is not ours, such as a shell's."""
    way = f"$${{{text}}}" if text == escape(text) else "$${ in place of ${"
    return f"write {way} to keep it as text"


def _check_shape(expression: Expression, known: Collection[str]) -> None:
    root, path = expression.root, expression.path
    name = ".".join((root, *path))
    what, hint = f"{expression} is unknown", ""
    if root == "secret":
        what = f"{expression} is only known in a file that {{template: FILE}} names"
        secret = "{NAME: {env: CCLOUD_SECRET_NAME}}"  # noqa: S105 - how one is written
        hint = f"name a template: user_data: {{template: FILE, secrets: {secret}}}"
    elif root not in ALL_ROOTS:
        what = f"{expression} is unknown; ${{...}} begins with {join_words(ALL_ROOTS)}"
        hint = f"write ${{var.{name}}}" if root in known else _keep_as_text(name)
    elif root == "var" and not path:
        hint = "a variable has a name: ${var.NAME}"
    elif root == "each" and path != ("key",) and path[:1] != ("value",):
        hint = "write ${each.key} or ${each.value}"
    elif root in {"stack", "key", "index", "env"} and path:
        hint = f"write ${{{root}}}"
    if hint:
        raise InterpolationError("bad-interpolation", what, hint)


def check_templates(
    node: Node, roots: Collection[str], variables: Collection[str] | None, findings: Findings
) -> None:
    """Report every expression below the node that is invalid for any values of the names.

    `variables` are those that may be named; None for a place that may never be used: any.
    """
    if not node.is_dynamic:
        return
    if isinstance(node.value, dict):
        for child in node.value.values():
            check_templates(child, roots, variables, findings)
    elif isinstance(node.value, list):
        for child in node.value:
            check_templates(child, roots, variables, findings)
    else:
        try:
            for part in parse_template(node.value):
                if isinstance(part, Expression):
                    _check_known(part, roots, variables)
        except InterpolationError as error:
            findings.add(node, error)


def _check_known(
    expression: Expression, roots: Collection[str], known: Collection[str] | None
) -> None:
    if expression.root in ALL_ROOTS and expression.root not in roots:
        raise InterpolationError("bad-interpolation", _MISSING.get(expression.root, _FORBIDDEN))
    _check_shape(expression, known or ())
    if known is not None and expression.root == "var" and expression.path[0] not in known:
        name = expression.path[0]
        what = f'the variable "{escape(name)}" is not declared'
        hint = did_you_mean(name, known) or "declare it under variables:"
        raise InterpolationError("undefined-variable", what, hint)


def interpolate(node: Node, scope: Scope, findings: Findings) -> Node:
    """The node with every expression replaced; one that fails is reported and left as it is."""
    if not node.is_dynamic:
        return node
    if isinstance(node.value, dict):
        entries = {name: interpolate(c, scope, findings) for name, c in node.value.items()}
        return make_mapping(entries, node)
    if isinstance(node.value, list):
        return make_sequence([interpolate(child, scope, findings) for child in node.value], node)
    try:
        return _fill(node, scope)
    except InterpolationError as error:
        findings.add(node, error)
        return node


def interpolate_text(node: Node, scope: Scope, findings: Findings) -> str | None:
    """The text of a scalar with every expression replaced; None after an error, which is reported.

    Unlike `interpolate`, one `${...}` alone gives a text too.
    """
    try:
        parts = parse_template(node.value)
        _note_used(parts, node.place, scope.budget)
        return _join_texts(parts, scope)
    except InterpolationError as error:
        findings.add(node, error)
        return None


def unescape(node: Node, findings: Findings) -> Node:
    """The node in a place without interpolation: `$${` becomes `${`, expressions are reported."""
    nothing = Scope(variables={}, stack="", budget=Budget())
    check_templates(node, (), (), findings)
    return node if findings.has_errors else interpolate(node, nothing, findings)


def _fill(node: Node, scope: Scope) -> Node:
    parts = parse_template(node.value)
    _note_used(parts, node.place, scope.budget)
    if len(parts) == 1 and isinstance(parts[0], Expression):
        found = _look_up(parts[0], scope)
        scope.budget.spend(found.weight)
        return move_to(found, node.place)
    filled = make_scalar(_join_texts(parts, scope), node.place)
    filled.is_dynamic = False
    return filled


def _join_texts(parts: tuple[str | Expression, ...], scope: Scope) -> str:
    """The text of a scalar. It is paid for while it grows: many expressions in a short text can
    name one long value."""
    texts: list[str] = []
    for part in parts:
        text = part if isinstance(part, str) else _to_text(part, _look_up(part, scope))
        scope.budget.spend(weigh_text(text))
        texts.append(text)
    return "".join(texts)


def _note_used(parts: tuple[str | Expression, ...], place: Place, budget: Budget) -> None:
    for part in parts:
        if isinstance(part, Expression) and part.root in ("env", "var"):
            budget.used.setdefault(".".join((part.root, *part.path[:1])), place)


def _to_text(expression: Expression, found: Node) -> str:
    value = found.value
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict | list):
        what = f"{expression} is {quote(value)}, which cannot be part of a longer text"
        raise InterpolationError("bad-interpolation", what)
    if isinstance(value, float):
        return found.text
    return quote(value)


def _look_up(expression: Expression, scope: Scope) -> Node:
    root, path = expression.root, expression.path
    _check_shape(expression, scope.variables.keys())
    if root == "stack":
        return _leaf(scope.stack)
    if root == "key" and scope.key is not None:
        return _leaf(scope.key)
    if root == "index" and scope.index is not None:
        return _leaf(scope.index)
    if root == "each" and scope.each is not None:
        key, value = scope.each
        return _leaf(key) if path[0] == "key" else _descend(value, path[1:], expression)
    if root == "env":
        return _leaf(_require_env(scope))
    _check_known(expression, FILE_ROOTS, scope.variables.keys())
    variable = scope.variables[path[0]]
    if variable is None:
        raise InterpolationError("", "")
    return _descend(variable, path[1:], expression)


def _require_env(scope: Scope) -> str:
    if scope.env is None:
        what = "${env} is not known, because no environment is chosen"
        hint = "choose one of the project file's with --env NAME or CCLOUD_ENV"
        raise InterpolationError("no-environment", what, hint)
    return scope.env


def _leaf(value: str | int) -> Node:
    return Node(value, start_of(""))


def _descend(node: Node, path: tuple[str, ...], expression: Expression) -> Node:
    for name in path:
        child = node.child(name)
        if child is None:
            what = f"{expression}: there is no {escape(name)} in {quote(node.value)}"
            options = node.value if isinstance(node.value, dict) else ()
            raise InterpolationError("bad-interpolation", what, did_you_mean(name, options))
        node = child
    return node
