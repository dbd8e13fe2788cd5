"""A document as it is laid out: entries with their comments, values as they are spelled.

How it is read from text belongs to `read.py`, how it becomes text again to `draw.py`. Lines and
columns are counted from 0.
"""

from dataclasses import field
from typing import TypeAlias

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(slots=True, frozen=True)
class Comment:
    """A comment from its `#` on. `is_own_line` is False for one that follows something on its line;
    `has_blank` says that an empty line stands before it."""

    text: str
    index: int
    line: int
    column: int
    is_own_line: bool
    has_blank: bool


@dataclass(slots=True, frozen=True)
class Leaf:
    """A scalar or an alias, as it is spelled. `lines` after the first have no indentation.

    Lines of a block scalar (`|`, `>`) are `is_literal`: their own spaces are contents, and empty
    ones stay empty.
    """

    lines: tuple[str, ...]
    is_literal: bool = False

    @property
    def keeps_ends(self) -> bool:
        """True for a block scalar (`|+`, `>+`) to which the empty lines after it belong."""
        return self.is_literal and self.lines[0].endswith("+")


@dataclass(slots=True)
class Entry:
    """A key with its value, or an item of a list (then `key` is None).

    `column` is that of the first character of the line's first entry, and `has_blank` says that an
    empty line stands before the entry. `head` are comments above, `comment` is the one at the end
    of its line, `tail` are those under a value that is no block.
    """

    key: str | None
    line: int
    column: int
    has_blank: bool = False
    value: "Value" = Leaf(("",))
    head: list[Comment] = field(default_factory=list)
    comment: Comment | None = None
    tail: list[Comment] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """A mapping or a list. `tail` are the comments after its last entry.

    `is_inline` keeps it in braces or brackets on one line, `has_rows` in brackets over several
    lines, as many items on each as before. `anchor` begins with `&`.
    """

    is_mapping: bool
    column: int
    entries: list[Entry] = field(default_factory=list)
    tail: list[Comment] = field(default_factory=list)
    anchor: str = ""
    is_inline: bool = False
    has_rows: bool = False


Value: TypeAlias = Leaf | Block


@dataclass(slots=True)
class Document:
    """A whole file. `preamble` are comments before `---`, `header` those above the first entry that
    belong to the file. `is_marked` says that it has `---`; `has_alias`, that it has aliases, whose
    anchors have to stay above them. `header_has_blank`: an empty line follows the header."""

    root: Block
    preamble: list[Comment]
    header: list[Comment]
    header_has_blank: bool
    is_marked: bool
    has_alias: bool


def is_compact(entry: Entry) -> bool:
    """True for an item whose first key stands beside its dash."""
    value = entry.value
    return (
        entry.key is None
        and entry.comment is None
        and isinstance(value, Block)
        and not (value.is_inline or value.has_rows or value.anchor)
    )
