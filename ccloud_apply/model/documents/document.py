"""Reads a JSON document piece by piece, and names the place where it is not as expected.

What the pieces mean is said by whoever reads them (`decode.py`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


FORMAT_VERSION = "1.0"
"""The version of every document; a later one of the same number before the point only adds keys."""

REFERENCE = "$reference"
LITERAL = "$literal"


class CodecError(ValueError):
    """A document is not what it has to be: says where in it, and what was expected."""

    def __init__(self, text: str) -> None:
        super().__init__("".join(map(_show, text)))


def _show(character: str) -> str:
    """A character of a message: names of a document are anybody's, and stay on one line."""
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()


class Node:
    """A value of the document and its place in it; every method raises CodecError.

    The place is put together where it is told: a big document has a million of them. What is asked
    for by name in one call (`text_at`, `flag_at`, `number_at`) makes no node of its own.
    """

    __slots__ = ("_above", "_step", "value")

    def __init__(self, value: Any, step: str, above: "Node | None" = None) -> None:
        self.value = value
        self._step = step
        self._above = above

    @property
    def place(self) -> str:
        """Where it is, such as `plan.stacks[0].servers[2].key`."""
        return self._step if self._above is None else f"{self._above.place}{self._step}"

    def fail(self, expected: str) -> CodecError:
        """The error for this place; to be raised by the caller."""
        return CodecError(f"{self.place}: expected {expected}")

    def __getitem__(self, name: str) -> "Node":
        """The value of a key that has to be there."""
        if not isinstance(self.value, dict):
            raise self.fail("an object")
        if name not in self.value:
            raise CodecError(f"{self.place}: {name} is missing")
        return self.at(f".{name}", self.value[name])

    def at(self, step: str, value: Any) -> "Node":
        """A part of this value by the step to it, such as `[2]` or `.key`."""
        return Node(value, step, self)

    def get(self, name: str, default: Any) -> "Node":
        """The value of a key, or a default where it is missing."""
        if isinstance(self.value, dict) and name not in self.value:
            return Node(default, f".{name}", self)
        return self[name]

    def __iter__(self) -> Iterator["Node"]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.fail("a list")
        return (Node(item, f"[{i}]", self) for i, item in enumerate(self.value))

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """The keys and values of an object."""
        if not isinstance(self.value, dict):
            raise self.fail("an object")
        return ((name, Node(item, f".{name}", self)) for name, item in self.value.items())

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

    def word(self, known: Mapping[str, T]) -> T:
        """What a text stands for, which has to be one of these."""
        if not isinstance(self.value, str) or self.value not in known:
            raise self.fail(f"one of {', '.join(known)}")
        return known[self.value]

    def text_at(self, name: str, default: str | None = None) -> str:
        """The text of a key, which has to be there if there is no default."""
        value = self.value.get(name, default) if type(self.value) is dict else None
        return value if type(value) is str else self[name].text()

    def flag_at(self, name: str, default: bool | None = None) -> bool:
        """As `text_at`, for true or false."""
        value = self.value.get(name, default) if type(self.value) is dict else None
        return value if type(value) is bool else self[name].flag()

    def number_at(self, name: str, default: int | None = None) -> int:
        """As `text_at`, for a whole number."""
        value = self.value.get(name, default) if type(self.value) is dict else None
        return value if type(value) is int else self[name].number()

    def texts_at(self, name: str) -> tuple[str, ...]:
        """The texts of a list, which has to be there."""
        value = self.value.get(name) if type(self.value) is dict else None
        if type(value) is list and all(type(item) is str for item in value):
            return tuple(value)
        return self[name].map(Node.text)
