"""Reads a JSON document piece by piece, and names the place where it is not as expected.

What the pieces mean is said by whoever reads them (`decode.py`).
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ccloud_apply.lazy_dataclass import dataclass

T = TypeVar("T")


FORMAT_VERSION = "1.0"
"""The version of every document; a later one of the same number before the point only adds keys."""

REFERENCE = "$reference"
LITERAL = "$literal"


class CodecError(ValueError):
    """A document is not what it has to be: says where in it, and what was expected."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the document and its place in it; every method raises CodecError."""

    value: Any
    place: str

    def fail(self, expected: str) -> CodecError:
        """The error for this place; to be raised by the caller."""
        return CodecError(f"{self.place}: expected {expected}")

    def __getitem__(self, name: str) -> "Node":
        """The value of a key that has to be there."""
        if not isinstance(self.value, dict):
            raise self.fail("an object")
        if name not in self.value:
            raise CodecError(f"{self.place}: {name} is missing")
        return Node(self.value[name], f"{self.place}.{name}")

    def get(self, name: str, default: Any) -> "Node":
        """The value of a key, or a default where it is missing."""
        if isinstance(self.value, dict) and name not in self.value:
            return Node(default, f"{self.place}.{name}")
        return self[name]

    def __iter__(self) -> Iterator["Node"]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.fail("a list")
        return (Node(item, f"{self.place}[{i}]") for i, item in enumerate(self.value))

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """The keys and values of an object."""
        if not isinstance(self.value, dict):
            raise self.fail("an object")
        return ((name, Node(item, f"{self.place}.{name}")) for name, item in self.value.items())

    def map(self, decode: Callable[["Node"], T]) -> tuple[T, ...]:
        """What a function makes of every item of a list."""
        return tuple(decode(node) for node in self)

    def text(self) -> str:
        """The value, which has to be a text."""
        if not isinstance(self.value, str):
            raise self.fail("a text")
        return self.value

    def text_or_none(self) -> str | None:
        """The value, a text or null."""
        return None if self.value is None else self.text()

    def number(self) -> int:
        """The value, which has to be a whole number."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.fail("a whole number")
        return self.value

    def flag(self) -> bool:
        """The value, which has to be true or false."""
        if not isinstance(self.value, bool):
            raise self.fail("true or false")
        return self.value
