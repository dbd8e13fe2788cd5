"""The inventory on a terminal, drawn again and again until somebody ends it."""

import shutil
from collections.abc import Awaitable, Callable

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApiError
from ccloud_apply.model.results.inventory import Inventory
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.render.registry import RenderOptions, render

PAUSE_S = 10.0
"""Seconds between two looks."""

_START, _END = "\x1b[?7l\x1b[2J", "\x1b[?7h"
"""Long lines end at the edge while it is drawn, and wrap again afterwards."""


async def watch(terminal: Terminal, look: Callable[[], Awaitable[Inventory]], clock: Clock) -> None:
    """Draw what `look` gives, until the task is cancelled. A look that fails later on is told below
    the last picture. Raises ApiError if the first one fails."""
    found = await look()
    options = RenderOptions(is_coloured=terminal.has_coloured_output)
    remark = ""
    try:
        terminal.draw(_START)
        while True:
            size = shutil.get_terminal_size()
            picture = render("inventory", "text", found, options)
            terminal.draw(_frame(picture, _foot(found, remark), size.lines))
            await clock.sleep(PAUSE_S)
            try:
                found, remark = await look(), ""
            except ApiError as error:
                remark = f"could not be read again: {escape_line(error.message)}"
    finally:
        terminal.draw(_END)


def _foot(found: Inventory, remark: str) -> str:
    count = count_of(len(found.warnings), "warning")
    warnings = f" {count}: leave --watch out to read them." if found.warnings else ""
    return remark or f"Every {PAUSE_S:g} s; Ctrl-C ends it.{warnings}"


def _frame(picture: str, foot: str, height: int) -> str:
    """The picture from the upper left corner on, cut to the height of the terminal."""
    lines = picture.rstrip("\n").split("\n")
    room = max(1, height - 3)
    if len(lines) > room:
        last = lines[-1]
        kept = lines[: max(0, room - 2)]
        lines = [*kept, f"... {len(lines) - len(kept) - 1:,} more lines", last]
    drawn = "".join(f"{line}\x1b[K\n" for line in (*lines, "", foot))
    return f"\x1b[H{drawn}\x1b[J"
