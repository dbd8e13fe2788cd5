"""No pattern of the product takes more than linear time: a text that somebody else wrote would keep
a pipeline or a worker of a fleet busy for hours.

Each pattern is tried in the ways in which the product uses it. Processor time is compared with that
of a shorter text: eight times the length takes eight times as long, or 64 times where it grows with
the square.
"""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

import ccloud_apply
from ccloud_apply.lazy_pattern import lazy_pattern
from tests.conftest import ROOT
from tests.fuzz.trial import TooSlowError, cpu_limit
from tests.support.regex_attacks import attacks

SHORT = 6_000
TIMES = 8
"""How much longer the text is that tells."""
ALLOWED = 24
NOTICED_S = 0.001
"""What takes less than that for a short text is linear enough for the longest file that is read."""

_METHODS = ("search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")


def _find_patterns() -> Iterator[tuple[str, Any]]:
    """Every pattern that a module has, by the module's name and its own."""
    kinds = (re.Pattern, type(lazy_pattern("x")))
    seen: set[int] = set()
    for module in pkgutil.walk_packages(ccloud_apply.__path__, "ccloud_apply."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, kinds) and id(value) not in seen:
                seen.add(id(value))
                yield f"{module.name}.{name}", value


PATTERNS = dict(_find_patterns())


@cache
def _source(module: str) -> str:
    """The text of a module; of all of them for an empty name."""
    place = ROOT.joinpath(*module.split("."))
    paths = [place.with_suffix(".py")] if module else (ROOT / "ccloud_apply").rglob("*.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())


def _methods(full_name: str) -> set[str]:
    """The ways in which the product uses it; the usual ones where it is handed on."""
    module, _, name = full_name.rpartition(".")
    used = rf"\b{re.escape(name)}\.({'|'.join(_METHODS)})\b"
    found = set(re.findall(used, _source(module if name.startswith("_") else "")))
    return found or {"search", "fullmatch"}


def _apply(pattern: Any, method: str, text: Any) -> None:
    if method in ("sub", "subn"):
        getattr(pattern, method)(text[:0], text)
    elif method == "finditer":
        sum(1 for _ in pattern.finditer(text))
    else:
        getattr(pattern, method)(text)


def _measure(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def check_linear(pattern: Any, method: str, short_length: int = SHORT) -> None:
    """Raises TooSlowError where eight times the length takes far more than eight times as long."""
    text = pattern.pattern
    is_bytes = isinstance(text, bytes)
    shape = text.decode("latin-1") if is_bytes else text
    longer = attacks(shape, short_length * TIMES)
    for short, long in zip(attacks(shape, short_length), longer, strict=True):
        _compare(
            pattern, method, *((short, long) if not is_bytes else map(str.encode, (short, long)))
        )


def _compare(pattern: Any, method: str, short: Any, long: Any) -> None:
    """The same for one text; a second look tells whether something else came in between."""
    for is_last in (False, True):
        taken = _measure(lambda: _apply(pattern, method, short))
        if taken < NOTICED_S:
            return
        try:
            with cpu_limit(taken * ALLOWED):
                _apply(pattern, method, long)
        except TooSlowError:
            if is_last:
                raise
        else:
            return


@pytest.mark.parametrize("name", PATTERNS)
def test_the_time_of_a_pattern_grows_with_the_length_of_the_text(name: str) -> None:
    for method in _methods(name):
        check_linear(PATTERNS[name], method)


@pytest.mark.parametrize(
    ("square", "method", "short_length"),
    [
        (r"<([^>]*)>", "search", SHORT // 3),
        (r"---- ?BEGIN .*KEY", "search", SHORT),
        (rb"[^:]*:", "findall", SHORT),
    ],
)
def test_a_pattern_that_grows_with_the_square_is_found(
    square: Any, method: str, short_length: int
) -> None:
    with pytest.raises(TooSlowError):
        check_linear(re.compile(square), method, short_length)


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 80
    assert _methods("ccloud_apply.render.lib.escape._COMMAND_START") == {"sub"}
