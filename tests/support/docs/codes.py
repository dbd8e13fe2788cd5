"""Every diagnostic code that the code can give, found in its syntax trees.

A code is a constant that is given to a parameter or field called `code`, is such a parameter's
default, is assigned to a variable or to a field of a class called `code`, or begins the tuple that
a function returns whose caller unpacks it into `code, ...`. A name in capitals stands for the
constant that it was given.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "ccloud_apply"
ELSEWHERE = {"api", "apply", "render", "sandbox"}
"""Folders in which `code` is something else; only a Diagnostic that they make has one of ours."""

CODE = "code"
DIAGNOSTIC = "Diagnostic"
TABLE = PACKAGE / "model" / "codes.py"


@cache
def find_codes(package: Path = PACKAGE) -> frozenset[str]:
    """All of them, those of checks and exceptions included; the table itself is no use."""
    whole, elsewhere = _read(package)
    named = _find_named([*whole, *elsewhere])
    positions = _find_positions(whole)
    codes: set[str] = set()
    for tree in whole:
        for node in ast.walk(tree):
            codes.update(_resolve(_codes_of(node, positions), named))
    for tree in elsewhere:
        for call in _find_diagnostics(tree):
            codes.update(_resolve(_codes_of(call, {}), named))
    return frozenset(codes)


@cache
def find_severities(package: Path = PACKAGE) -> frozenset[tuple[str, str]]:
    """The codes of the diagnostics that are made with a constant severity, each with its name."""
    whole, elsewhere = _read(package)
    named = _find_named([*whole, *elsewhere])
    found: set[tuple[str, str]] = set()
    for tree in (*whole, *elsewhere):
        for call in _find_diagnostics(tree):
            severity = _severity_of(call)
            if severity:
                codes = _resolve(_codes_of(call, {}), named)
                found.update((code, severity) for code in codes)
    return frozenset(found)


@cache
def _read(package: Path) -> tuple[list[ast.Module], list[ast.Module]]:
    """The trees of all modules: whole ones, and those where only diagnostics count."""
    whole: list[ast.Module] = []
    elsewhere: list[ast.Module] = []
    for path in sorted(package.rglob("*.py")):
        if path != TABLE:
            is_elsewhere = path.relative_to(package).parts[0] in ELSEWHERE
            tree = ast.parse(path.read_text(encoding="utf-8"))
            (elsewhere if is_elsewhere else whole).append(tree)
    return whole, elsewhere


def _find_named(trees: list[ast.Module]) -> dict[str, set[str]]:
    """Every name in capitals to the texts that modules give it."""
    found: dict[str, set[str]] = defaultdict(set)
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                for target in node.targets:
                    if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                        found[target.id].add(node.value.value)
    return found


def _resolve(found: Iterator[str | ast.Name], named: Mapping[str, set[str]]) -> Iterator[str]:
    for code in found:
        if isinstance(code, str):
            yield code
        elif code.id.isupper():
            yield from named.get(code.id, ())


def _find_diagnostics(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) == DIAGNOSTIC:
            yield node


def _severity_of(call: ast.Call) -> str:
    """The name of a diagnostic's severity; empty if it is decided elsewhere."""
    given = next((word.value for word in call.keywords if word.arg == "severity"), None)
    if given is None:
        return "ERROR"
    return given.attr if isinstance(given, ast.Attribute) and given.attr.isupper() else ""


def _find_positions(trees: list[ast.Module]) -> dict[str, set[int]]:
    """Name of a function or class to the places of its parameter `code`, self not counted."""
    found: dict[str, set[int]] = defaultdict(set)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for item in node.body:
                    if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                        _note(found, node.name, item)
            elif isinstance(node, ast.FunctionDef):
                _note(found, node.name, node)
    return found


def _note(found: dict[str, set[int]], name: str, function: ast.FunctionDef) -> None:
    names = [argument.arg for argument in function.args.args if argument.arg != "self"]
    if CODE in names:
        found[name].add(names.index(CODE))


def _codes_of(node: ast.AST, positions: Mapping[str, set[int]]) -> Iterator[str | ast.Name]:
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == CODE:
                yield from _constants(keyword.value)
        for position in positions.get(_called(node), ()):
            if position < len(node.args):
                yield from _constants(node.args[position])
    elif isinstance(node, ast.FunctionDef):
        yield from _defaults(node)
        if node.returns is not None and _may_hold_code(ast.unparse(node.returns)):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Tuple):
                    yield from _constants(inner.value.elts[0])
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        yield from _assigned(node)


def _assigned(node: ast.Assign | ast.AnnAssign) -> Iterator[str | ast.Name]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    named = any(isinstance(target, ast.Name) and target.id == CODE for target in targets)
    if named and node.value is not None:
        yield from _constants(node.value)


def _may_hold_code(annotation: str) -> bool:
    return annotation.startswith(("Explanation", "tuple[str, str, str"))


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _defaults(function: ast.FunctionDef) -> Iterator[str | ast.Name]:
    everyone = [*function.args.posonlyargs, *function.args.args]
    arguments = everyone[len(everyone) - len(function.args.defaults) :]
    for argument, default in zip(arguments, function.args.defaults, strict=True):
        if argument.arg == CODE:
            yield from _constants(default)


def _constants(node: ast.AST) -> Iterator[str | ast.Name]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and node.value:
            yield node.value
    elif isinstance(node, ast.Name):
        yield node
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
