"""Reads a document as it is laid out: entries, the comments of each, values as they are spelled.

What is not valid YAML, and what a value is, belong to `load/text/parse.py`, which has accepted the
text before.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from ccloud_apply.load.text.yaml_library import yaml
from ccloud_apply.load.write.layout.comments import (
    Pending,
    find_comments,
    find_kept_lines,
    split_by_depth,
)
from ccloud_apply.load.write.layout.scalars import spell_scalar
from ccloud_apply.load.write.layout.tree import (
    Block,
    Comment,
    Document,
    Entry,
    Leaf,
    Value,
    is_compact,
)

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableLayoutError(ValueError):
    """Something that has no place in the layout, at this index of the text."""

    def __init__(self, what: str, index: int) -> None:
        super().__init__(what)
        self.index = index


def read_layout(text: str) -> Document | None:
    """The document; None for one that holds no mapping and no list.

    The text has line feeds alone as line breaks. Raises UnreadableLayoutError for a key that is
    written on several lines.
    """
    events = list(yaml.parse(text, Loader=_LOADER))
    start: Any = events[1]
    if not isinstance(start, yaml.DocumentStartEvent) or not isinstance(
        events[2], yaml.CollectionStartEvent
    ):
        return None
    return _Reader(text, events).read(start)


def comment_texts(text: str) -> list[str]:
    """Every comment of a text, sorted."""
    events = list(yaml.parse(text, Loader=_LOADER))
    return sorted(comment.text for comment in find_comments(text, events))


class _Reader:
    def __init__(self, text: str, events: Sequence[Any]) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.starts = list(accumulate((len(line) + 1 for line in self.lines), initial=0))
        self.events: Sequence[Any] = events
        self.ends = _find_ends(events)
        self.at = 2
        self.read_up_to = 0
        self.pending = Pending(find_comments(text, events))
        self.kept = find_kept_lines(events)
        self.touched: Entry | None = None
        self.early: list[Comment] = []

    def read(self, start: Any) -> Document:
        self.read_up_to = start.end_mark.index if start.explicit else 0
        before = self.pending.take(self.read_up_to)
        root = self.read_collection(column=-2)
        root.is_inline = root.has_rows = False
        root.tail += self.end_line(self.pending.take(len(self.text)), root)
        header, has_blank = self._split_header(root)
        return Document(
            root=root,
            preamble=before,
            header=[*self.early, *header],
            header_has_blank=has_blank,
            is_marked=start.explicit,
            has_alias=any(isinstance(event, yaml.AliasEvent) for event in self.events),
        )

    def _split_header(self, root: Block) -> tuple[list[Comment], bool]:
        """Take the file's own comments from the first entry: all but the last group of them."""
        if not root.entries:
            return [], False
        first = root.entries[0]
        starts = [n for n, comment in enumerate(first.head) if n == 0 or comment.has_blank]
        if first.has_blank or len(starts) < 2:
            header, first.head = first.head, []
            return header, bool(header) and first.has_blank
        header, first.head = first.head[: starts[-1]], first.head[starts[-1] :]
        return header, True

    def read_value(self, entry: Entry) -> Value:
        """The value that comes next; comments before it go to the entry."""
        event: Any = self.events[self.at]
        if isinstance(event, yaml.CollectionStartEvent):
            block = self.read_collection(column=entry.column)
            if block.is_inline:  # empty brackets over several lines can hold comments
                entry.tail, block.tail = block.tail, []
            return block
        self._add_head(entry, self.end_line(self.pending.take(event.start_mark.index), None))
        self.at += 1
        self.read_up_to = event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            return Leaf((self._source(event),))
        leaf = spell_scalar(event, self.text)
        self._add_head(entry, self.end_line(self.pending.take(event.end_mark.index), None))
        return leaf

    def read_collection(self, column: int) -> Block:
        """The mapping or list whose first event comes next."""
        number = self.at
        event: Any = self.events[number]
        end: Any = self.events[self.ends[number]]
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        is_flow = bool(event.flow_style)
        block = Block(is_mapping, column + 2 if is_flow else -1)
        block.anchor = f"&{event.anchor}" if event.anchor else ""
        self.read_up_to = event.start_mark.index + max(len(block.anchor), is_flow)
        self.at += 1
        while self.at != self.ends[number]:
            self.read_entry(block, is_flow=is_flow)
        self.at += 1
        if is_flow:
            self.read_up_to = end.end_mark.index
            block.tail += self.end_line(self.pending.take(end.start_mark.index), None)
            self._choose_form(block, event, end)
        return block

    def _choose_form(self, block: Block, event: Any, end: Any) -> None:
        """In brackets on one line; in rows, if nothing but short items stands in them."""
        is_empty = not block.entries
        block.is_inline = event.start_mark.line == end.end_mark.line or is_empty
        block.has_rows = (
            not block.is_inline
            and not block.is_mapping
            and not block.tail
            and all(_is_short(entry) for entry in block.entries)
        )

    def read_entry(self, block: Block, *, is_flow: bool) -> None:
        """The next key with its value, or the next item."""
        event = self.events[self.at]
        index, line, column = event.start_mark.index, event.start_mark.line, event.start_mark.column
        if not is_flow and not block.is_mapping:
            index, line, column = self._find_dash()
        above = self.end_line(self.pending.take(index), None if is_flow else block)
        if block.column < 0:
            block.column = column
        key = self._read_key(event) if block.is_mapping else None
        entry = Entry(key, line, column, self._has_blank(line, column), head=above)
        block.entries.append(entry)
        self.touched = entry
        is_flow_value = bool(getattr(self.events[self.at], "flow_style", False))
        entry.value = self.read_value(entry)
        if is_flow_value:  # what follows the bracket
            self.touched = entry
        if is_compact(entry):
            assert isinstance(entry.value, Block)
            first = entry.value.entries[0]
            self._add_head(entry, first.head)
            first.head = []

    def _find_dash(self) -> tuple[int, int, int]:
        """Index, line and column of the next item's dash. Events begin after it."""
        at = self.read_up_to
        while self.text[at] != "-":
            at = self.text.index("\n", at) if self.text[at] == "#" else at + 1
        self.read_up_to = at + 1
        line = bisect_right(self.starts, at) - 1
        return at, line, at - self.starts[line]

    def _read_key(self, event: Any) -> str:
        self.at += 1
        self.read_up_to = event.end_mark.index
        key = self._source(event)
        if "\n" in key:
            raise UnreadableLayoutError("a key is written on several lines", event.start_mark.index)
        return key or '""'

    def _source(self, event: Any) -> str:
        return self.text[event.start_mark.index : event.end_mark.index]

    def _has_blank(self, line: int, column: int) -> bool:
        """True if an empty line stands above what is the first thing on its line."""
        if line == 0 or line in self.kept or self.lines[line - 1].strip():
            return False
        return not self.lines[line][:column].strip(" \t-?")

    def end_line(self, comments: list[Comment], block: Block | None) -> list[Comment]:
        """Give comments at the end of a line to what stands on it, and those that are indented
        deeper than the block to its parts; the rest comes back."""
        own = []
        for comment in comments:
            if comment.is_own_line:
                own.append(comment)
            elif self.touched is None:
                self.early.append(comment)
            else:
                self._add_comment(self.touched, comment)
        return own if block is None else split_by_depth(block, own)

    def _add_head(self, entry: Entry, comments: list[Comment]) -> None:
        """Let comments between a key and its value stand above the key, under its empty line."""
        if comments and not entry.head:
            comments[0] = replace(comments[0], has_blank=entry.has_blank)
            entry.has_blank = False
        entry.head += comments

    def _add_comment(self, entry: Entry, comment: Comment) -> None:
        if entry.comment is None:
            entry.comment = comment
        else:
            entry.head.append(comment)


def _is_short(entry: Entry) -> bool:
    value = entry.value
    is_one_line = value.is_inline if isinstance(value, Block) else len(value.lines) == 1
    return is_one_line and not entry.head and entry.comment is None and not entry.tail


def _find_ends(events: Sequence[Any]) -> dict[int, int]:
    """The number of each collection's last event by that of its first one."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for number, event in enumerate(events):
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append(number)
        elif isinstance(event, yaml.CollectionEndEvent):
            ends[opened.pop()] = number
    return ends
