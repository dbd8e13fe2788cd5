"""Finds the comments of a document, and says what each of them belongs to.

A comment belongs to what follows it at its column; one that is indented deeper than that belongs to
the block before it, which it ends.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.parse import MAX_DEPTH
from ccloud_apply.load.text.yaml_library import yaml
from ccloud_apply.load.write.layout.tree import Block, Comment

_ITEM = lazy_pattern(r"#\s*-(\s|$)")


def find_comments(text: str, events: Sequence[Any]) -> tuple[Comment, ...]:
    """Every comment, in order."""
    lines = text.split("\n")
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    found: list[Comment] = []
    kept = find_kept_lines(events)
    number = 0
    for start, end in _gaps(text, events):
        at = text.find("#", start, end)
        while at >= 0:
            while starts[number + 1] <= at:
                number += 1
            stop = starts[number + 1] - 1
            column = at - starts[number]
            is_own_line = not lines[number][:column].strip()
            has_blank = number > 0 and number not in kept and not lines[number - 1].strip()
            shown = text[at:stop].rstrip()
            found.append(Comment(shown, at, number, column, is_own_line, has_blank and is_own_line))
            at = text.find("#", stop, end)
    return tuple(found)


def find_kept_lines(events: Iterable[Any]) -> frozenset[int]:
    """The lines after block scalars whose empty lines at the end are contents (`|+`)."""
    return frozenset(
        event.end_mark.line
        for event in events
        if _is_scalar(event) and event.style in ("|", ">")
        if event.value.endswith("\n\n") or event.value == "\n"
    )


def _is_scalar(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent)


def _gaps(text: str, events: Iterable[Any]) -> Iterator[tuple[int, int]]:
    """The parts of the text where a `#` begins a comment: between scalars, between an anchor and
    its scalar, and in the first line of a block scalar."""
    last = 0
    for event in filter(_is_scalar, events):
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor:
            start = _skip_comments(text, start + 1 + len(event.anchor), end)
        if event.style in ("|", ">"):
            start = min(end, (text + "\n").index("\n", start))
        yield last, start
        last = end
    yield last, len(text)


def _skip_comments(text: str, at: int, end: int) -> int:
    """Where the scalar begins that stands after these comments and spaces."""
    while at < end and text[at] in " \t\n#":
        stop = text.find("\n", at, end)
        at = at + 1 if text[at] != "#" else (end if stop < 0 else stop)
    return at


class Pending:
    """Comments that are not given to anything yet, in the order of the text."""

    def __init__(self, comments: Sequence[Comment]) -> None:
        self._comments = comments
        self._next = 0

    def take(self, index: int) -> list[Comment]:
        """Those that begin before this index."""
        first = self._next
        while self._next < len(self._comments) and self._comments[self._next].index < index:
            self._next += 1
        return list(self._comments[first : self._next])


def split_by_depth(block: Block, comments: Sequence[Comment]) -> list[Comment]:
    """Give comments that are indented deeper than the block's entries to what stands before them.

    What is left belongs to the block itself: to its next entry, or to its end. No comment overtakes
    one that stands above it.
    """
    rest: list[Comment] = []
    limit = MAX_DEPTH
    for comment in comments:
        limit, home = (0, None) if rest else _find_home(block, comment, limit)
        (rest if home is None else home).append(comment)
    return rest


def _find_home(block: Block, comment: Comment, limit: int) -> tuple[int, list[Comment] | None]:
    """Where a comment belongs, at most so many levels down; None: to the block."""
    depth, home = 0, None
    while block.entries and depth < limit and _is_inside(block, comment):
        depth += 1
        last = block.entries[-1]
        if not isinstance(last.value, Block) or last.value.is_inline or last.value.has_rows:
            return depth, last.tail
        block = last.value
        home = block.tail
    return depth, home


def _is_inside(block: Block, comment: Comment) -> bool:
    """True for a comment that belongs to the last entry of a block: it is indented deeper, or it is
    an item that somebody took out of a list that is not indented."""
    if comment.column > block.column:
        return True
    value = block.entries[-1].value
    is_level = isinstance(value, Block) and not value.is_mapping and value.column == block.column
    return is_level and comment.column == block.column and bool(_ITEM.match(comment.text))
