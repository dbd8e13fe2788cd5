"""The inventory on a terminal, drawn again and again until somebody ends it."""

import shutil
from collections.abc import Awaitable, Callable

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApiError
from ccloud_apply.model.results.inventory import Inventory
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.render.registry import RenderOptions, render

PAUSE_S = 10.0
"""Seconds between two looks."""

_START, _END = "\x1b[?7l\x1b[2J", "\x1b[?7h"
"""Long lines end at the edge while it is drawn, and wrap again afterwards."""


async def watch(terminal: Terminal, look: Callable[[], Awaitable[Inventory]], clock: Clock) -> None:
    """Draw what `look` gives, until the task is cancelled. A look that fails later on is told below
    the last picture. Raises ApiError if the first one fails."""
    options = RenderOptions(is_coloured=terminal.has_coloured_output)
    picture = render("inventory", "text", await look(), options)
    remark = ""
    try:
        terminal.draw(_START)
        while True:
            size = shutil.get_terminal_size()
            terminal.draw(_frame(picture, remark, size.lines))
            await clock.sleep(PAUSE_S)
            try:
                picture = render("inventory", "text", await look(), options)
                remark = ""
            except ApiError as error:
                remark = f"could not be read again: {escape_line(error.message)}"
    finally:
        terminal.draw(_END)


def _frame(picture: str, remark: str, height: int) -> str:
    """The picture from the upper left corner on, cut to the height of the terminal."""
    lines = picture.rstrip("\n").split("\n")
    foot = [remark or f"Every {PAUSE_S:g} s; Ctrl-C ends it."]
    room = max(1, height - len(foot) - 2)
    if len(lines) > room:
        last = lines[-1]
        kept = lines[: max(0, room - 2)]
        lines = [*kept, f"... {len(lines) - len(kept) - 1:,} more lines", last]
    drawn = "".join(f"{line}\x1b[K\r\n" for line in (*lines, "", *foot))
    return f"\x1b[H{drawn}\x1b[J"
