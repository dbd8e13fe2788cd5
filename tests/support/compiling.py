"""The tests compiled once for all processes that run them.

Compiling takes longer than everything else that comes before the first test, and all processes
begin with the same modules: none would find what another one has compiled.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest


def import_modules(places: Iterable[str], number: int, count: int) -> None:
    """Import each `count`th test module of these folders, from `number` on, as pytest does it.

    What cannot be imported is left to pytest, which imports everything and says what is wrong.
    """
    for path in list(_find_modules(places))[number::count]:
        root = path.parent
        while (root / "__init__.py").exists():
            root = root.parent
        if sys.path[0] != str(root):
            sys.path.insert(0, str(root))
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(path.relative_to(root).with_suffix("").parts))


def _find_modules(places: Iterable[str]) -> Iterator[Path]:
    for place in places:
        folder = Path(place).resolve()
        if folder.is_dir():
            yield from sorted(folder.rglob("test_*.py"))
