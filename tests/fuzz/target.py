"""What is fuzzed: a reader of somebody else's bytes, and the law that holds for any of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

CORPUS = Path(__file__).parent / "corpus"
"""Inputs that once broke a law, one folder a target. Every run of the tests tries them again."""

MAX_BYTES = 200_000
"""The longest input: what takes more than linear time shows at this length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A reader and its law.

    `check` raises for an input that breaks the law; what the reader refuses in its own words is no
    breach. `seeds` are inputs to begin with, `words` are texts that mean something to the reader.
    """

    name: str
    check: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    words: tuple[str, ...] = ()

    def kept(self) -> tuple[bytes, ...]:
        """The inputs that once broke the law."""
        return read_all((CORPUS / self.name).glob("*"))


def read_all(paths: Iterable[Path]) -> tuple[bytes, ...]:
    """The contents of these files, in the order of their names."""
    return tuple(path.read_bytes() for path in sorted(paths) if path.is_file())


def files(*patterns: str) -> tuple[bytes, ...]:
    """The contents of the repository's files that these patterns name, without very long ones."""
    found = (path for pattern in patterns for path in ROOT.glob(pattern))
    return tuple(text for text in read_all(found) if len(text) <= MAX_BYTES // 4)
