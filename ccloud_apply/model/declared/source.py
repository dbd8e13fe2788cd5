"""Where in which file something stands."""

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SourceRange:
    """A place in a file; line and column are 1-based, and the end is exclusive.

    The end equals the start where only a point is known.
    """

    path: str
    line: int
    column: int
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"
