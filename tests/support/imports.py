"""Which module of a package imports which, read from the syntax trees.

Imports inside functions count; those for types alone do not. An import of the version is none: the
package's own module gives it before it imports anything.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path


def read_imports(package: Path) -> dict[str, set[str]]:
    """Every module of the package to those of the package that it imports."""
    paths = {_name(path, package): path for path in sorted(package.rglob("*.py"))}
    return {
        name: {
            target
            for found in _find(ast.parse(path.read_text(encoding="utf-8")))
            if (target := _nearest(found, paths)) not in (None, name)
        }
        for name, path in paths.items()
    }


def find_circles(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of modules each of which reaches every other one of its group."""
    reached = {name: _reach(name, imports) for name in imports}
    circles = {
        frozenset(other for other in reached[name] if name in reached[other]) for name in imports
    }
    return sorted(sorted(circle) for circle in circles if circle)


def _reach(start: str, imports: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(imports[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(imports[name])
    return seen


def _name(path: Path, package: Path) -> str:
    parts = (package.name, *path.relative_to(package).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _find(node: ast.AST) -> Iterator[str]:
    """The dotted names that are imported, of a module or of something in it."""
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for branch in node.orelse:
            yield from _find(branch)
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "relative imports are not used here"
        yield from (
            f"{node.module}.{alias.name}" for alias in node.names if alias.name != "__version__"
        )
    for child in ast.iter_child_nodes(node):
        yield from _find(child)


def _nearest(name: str, known: Mapping[str, Path]) -> str | None:
    """The module that the name is, or is in."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name or None
