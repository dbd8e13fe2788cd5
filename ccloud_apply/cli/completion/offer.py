"""What completion offers at one place of a line, and the values that `commands.json` has for it."""

from collections.abc import Iterator
from typing import NamedTuple

from ccloud_apply.cli.completion.position import Position


class Value(NamedTuple):
    """A value, and a few words on it."""

    text: str
    help: str = ""


class Offer(NamedTuple):
    """What may stand there. `files`: names of files too, with these endings; `kept` is the part of
    the word that stays. `is_open`: something may follow in the same word."""

    values: tuple[Value, ...] = ()
    files: tuple[str, ...] = ()
    kept: str = ""
    partial: str = ""
    is_open: bool = False


def list_values(position: Position) -> Iterator[Value]:
    """The values that the table of commands has for what is wanted."""
    for value in position.wanted.get("values", ()):
        yield Value(value) if isinstance(value, str) else Value(*value)
