"""Every diagnostic code that the code can give, found in its syntax trees.

A code is a constant that is given to a parameter or field called `code`, is such a parameter's
default, is assigned to a variable called `code`, or begins the tuple that a function returns whose
caller unpacks it into `code, ...`.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "ccloud_apply"
ELSEWHERE = {"api", "apply", "render", "sandbox"}
"""Folders without diagnostics of their own; `code` is something else there."""

CODE = "code"


@cache
def find_codes() -> frozenset[str]:
    """All of them, those of exceptions included."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in _find_modules()]
    positions = _find_positions(trees)
    codes: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            codes.update(_codes_of(node, positions))
    from ccloud_apply.cli.failure import _CODES

    return frozenset(codes | {code for _, code in _CODES})


def _find_modules() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] not in ELSEWHERE:
            yield path


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


def _codes_of(node: ast.AST, positions: dict[str, set[int]]) -> Iterator[str]:
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
    elif isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == CODE for target in node.targets
    ):
        yield from _constants(node.value)


def _may_hold_code(annotation: str) -> bool:
    return annotation.startswith(("Explanation", "tuple[str, str, str"))


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _defaults(function: ast.FunctionDef) -> Iterator[str]:
    arguments = function.args.args[len(function.args.args) - len(function.args.defaults) :]
    for argument, default in zip(arguments, function.args.defaults, strict=True):
        if argument.arg == CODE:
            yield from _constants(default)


def _constants(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and node.value:
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
