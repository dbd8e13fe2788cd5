"""The part of a terminal that is drawn anew while an apply runs: a row for each running step, and
how far all of it is. Imported only where a terminal can show it.

What stands in it belongs to render/apply/progress_text.py. Nothing here may end an apply: the first
a failure to draw ends the view, and plain lines go on.
"""

import io
from collections.abc import Callable
from typing import IO, Any, cast

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ccloud_apply.render.apply.progress_text import Progress, count_words, running_rows

_OTHER_LINES = 3
"""Lines of the terminal that the rows leave alone."""

_BAR = 24

_LEAST_WIDTHS = (9, 6, 7, 4)
"""Of server, operation, time and task, however narrow the terminal is."""


class _Console(Console):
    """Leaves the cursor as it is: a process that is killed could not show it again."""

    def show_cursor(self, show: bool = True) -> bool:
        return False


class _Gate(io.TextIOBase):
    """The view's file: whatever it writes goes through the terminal's own care."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def write(self, text: str, /) -> int:
        self._write(text)
        return len(text)

    def isatty(self) -> bool:
        return True


class LiveView:
    """Draws the progress of one apply. `now_s` is the clock, `started_s` when the work began."""

    def __init__(
        self,
        write: Callable[[str], None],
        progress: Progress,
        now_s: Callable[[], float],
        *,
        is_coloured: bool,
        **console: Any,
    ) -> None:
        self._progress = progress
        self._now_s = now_s
        self._started_s = now_s()
        self._console = _Console(
            file=cast(IO[str], _Gate(write)),
            force_terminal=True,
            no_color=not is_coloured,
            color_system="standard" if is_coloured else None,
            highlight=False,
            markup=False,
            emoji=False,
            **console,
        )
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
            get_renderable=self._render,
        )

    def start(self) -> None:
        """From here on it is drawn."""
        self._live.start(refresh=True)

    def refresh(self) -> None:
        """Draw it as it is now."""
        self._live.refresh()

    def write_above(self, text: str) -> None:
        """Write lines, which stay, above it."""
        self._console.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=True)
        self._live.refresh()

    def stop(self) -> None:
        """Take it away."""
        self._live.stop()

    def _render(self) -> Group:
        now_s = self._now_s()
        table = Table.grid(padding=(0, 2))
        for least in _LEAST_WIDTHS:
            table.add_column(no_wrap=True, overflow="ellipsis", min_width=least)
        room = max(1, self._console.size.height - _OTHER_LINES)
        for row in running_rows(self._progress, now_s, room):
            table.add_row(*(Text(cell) for cell in row))
        foot = Table.grid(padding=(0, 1))
        foot.add_column(no_wrap=True)
        foot.add_column(no_wrap=True, overflow="ellipsis")
        total = max(1, self._progress.total)
        width = max(4, min(_BAR, self._console.size.width // 5))
        foot.add_row(
            ProgressBar(total=total, completed=self._progress.over, width=width),
            Text(count_words(self._progress, now_s - self._started_s)),
        )
        return Group(table, foot)
