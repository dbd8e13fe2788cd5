"""Writes a document in the one layout: two spaces for each level, lists indented under their key,
at most one empty line, comments at the end of a line where they stood.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.write.layout.tree import (
    Block,
    Comment,
    Document,
    Entry,
    Leaf,
    Value,
    is_compact,
)

INDENT = 2
_GAP = 2
"""Spaces before a comment at the end of a line, at least."""


@dataclass(slots=True)
class _Line:
    """`column` is where its comment stood, moved as far as the line was."""

    text: str
    comment: str = ""
    column: int = 0


def draw(document: Document) -> str:
    """The text; it ends with a line feed."""
    drawing = _Drawing()
    drawing.comments(document.preamble, 0, is_first=True)
    anchor = document.root.anchor if document.root.entries else ""
    if document.is_marked or anchor:
        drawing.lines.append(_Line(f"--- {anchor}".rstrip()))
    drawing.comments(document.header, 0, is_first=not document.preamble)
    if document.header_has_blank:
        drawing.blank()
    if not document.root.entries:
        drawing.lines.append(_Line(_inline(document.root)))
    drawing.block(document.root, 0)
    return "\n".join((*_join(drawing.lines), ""))


class _Drawing:
    def __init__(self) -> None:
        self.lines: list[_Line] = []
        self.kept_end = -1  # how many lines there were after the last block that keeps empty ones

    def block(self, block: Block, indent: int) -> None:
        """The entries of a mapping or list, each on lines of its own."""
        for number, entry in enumerate(block.entries):
            self.entry(entry, indent, is_first=number == 0)
        self.comments(block.tail, indent)

    def entry(self, entry: Entry, indent: int, *, is_first: bool) -> None:
        """Comments, then the key or dash with the value. No empty line is above the first."""
        head = _take_head(entry)
        self.comments(head, indent, is_first=is_first)
        if entry.has_blank and (head or not is_first):
            self.blank()
        self.value(entry, indent)
        # Under a block scalar it would become a part of the text.
        is_literal = isinstance(entry.value, Leaf) and entry.value.is_literal
        self.comments(entry.tail, indent if is_literal else indent + INDENT)

    def value(self, entry: Entry, indent: int) -> None:
        """The key or dash, and the value after it or under it."""
        value = entry.value
        start = _start(entry)
        if isinstance(value, Leaf):
            self._leaf(entry, value, indent)
        elif value.is_inline:
            self._add(f"{start} {_inline(value)}", entry, indent)
        elif value.has_rows:
            self._rows(entry, value, indent)
        elif is_compact(entry):
            number = len(self.lines)
            self.block(value, indent + INDENT)
            first = self.lines[number]
            first.text = f"{' ' * indent}- {first.text[indent + INDENT :]}"
        else:
            self._add(f"{start} {value.anchor}".rstrip(), entry, indent)
            self.block(value, indent + INDENT)

    def _leaf(self, entry: Entry, leaf: Leaf, indent: int) -> None:
        """A comment follows the first line of a block scalar, and the last one of other texts."""
        first, *rest = leaf.lines
        if leaf.keeps_ends:
            self.kept_end = len(self.lines) + len(leaf.lines)
        self._add(f"{_start(entry)} {first}" if first else _start(entry), entry, indent)
        if not rest:
            return
        head = self.lines[-1]
        self.lines += [_Line(" " * (indent + INDENT) + line if line else "") for line in rest]
        if not leaf.is_literal:
            last = self.lines[-1]
            last.comment, last.column, head.comment = head.comment, head.column, ""

    def _rows(self, entry: Entry, block: Block, indent: int) -> None:
        self._add(f"{_start(entry)} {block.anchor}".rstrip() + " [", entry, indent)
        rows = [list(row) for _, row in groupby(block.entries, key=lambda item: item.line)]
        for number, row in enumerate(rows, start=1):
            text = ", ".join(_inline_entry(item) for item in row)
            comma = "," if number < len(rows) else ""
            self.lines.append(_Line(" " * (indent + INDENT) + text + comma))
        self.lines.append(_Line(" " * (indent + (INDENT if entry.key is None else 0)) + "]"))

    def comments(self, comments: Iterable[Comment], indent: int, *, is_first: bool = False) -> None:
        """Comments on lines of their own, with the empty lines above them."""
        for number, comment in enumerate(comments):
            if comment.has_blank and (number or not is_first):
                self.blank()
            self.lines.append(_Line(" " * indent + comment.text))

    def blank(self) -> None:
        """One empty line; none under a text that it would become a part of."""
        if len(self.lines) != self.kept_end:
            self.lines.append(_Line(""))

    def _add(self, text: str, entry: Entry, indent: int) -> None:
        line = _Line(" " * indent + text)
        if entry.comment is not None:
            line.comment = entry.comment.text
            line.column = entry.comment.column + indent - entry.column
        self.lines.append(line)


def _start(entry: Entry) -> str:
    return "-" if entry.key is None else f"{entry.key}{_colon(entry.key)}"


def _colon(key: str) -> str:
    return " :" if key.startswith("*") else ":"


def _inline(value: Value) -> str:
    """The value on one line."""
    if isinstance(value, Leaf):
        return value.lines[0]
    parts = ", ".join(map(_inline_entry, value.entries))
    brackets = f"{{{parts}}}" if value.is_mapping else f"[{parts}]"
    return f"{value.anchor} {brackets}" if value.anchor else brackets


def _inline_entry(entry: Entry) -> str:
    value = _inline(entry.value)
    if entry.key is None:
        return value
    return f"{_start(entry)} {value}" if value else entry.key


def _take_head(entry: Entry) -> list[Comment]:
    """The comments above an entry; those of an item's first key stand above its dash."""
    head = list(entry.head)
    while is_compact(entry):
        assert isinstance(entry.value, Block)
        entry = entry.value.entries[0]
        head += entry.head
        entry.head = []
    return head


def _join(lines: Sequence[_Line]) -> list[str]:
    """The lines as text. Comments in one column stay in one, moved where a line reaches it."""
    texts: list[str] = []
    for (column, has_comment), group in groupby(lines, lambda x: (x.column, bool(x.comment))):
        run = list(group)
        if has_comment:
            column = max(column, *(len(line.text) + _GAP for line in run))
        texts += [
            f"{line.text.ljust(column)}{line.comment}" if has_comment else line.text for line in run
        ]
    return texts
