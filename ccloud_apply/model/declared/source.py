"""Where in which file something stands."""

from typing import NamedTuple


class SourceRange(NamedTuple):
    """A place in a file; line and column are 1-based, and the end is exclusive.

    The end equals the start where only a point is known. It is a tuple, because a big file has a
    place for each of hundreds of thousands of values, and no other kind of value is made as fast.
    """

    path: str
    line: int
    column: int
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"
