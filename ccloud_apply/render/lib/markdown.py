"""The one gate through which text reaches Markdown as GitHub and GitLab draw it.

Text of others stands in code spans and fenced blocks alone: there nothing is a link, a mention, an
issue, an image or HTML. Before that it passes `escape.py`, so that it is one harmless line. What is
drawn (a plan, a drift report) belongs to the modules named after it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ccloud_apply.render.lib.escape import escape_line, escape_short

_BACKTICKS = re.compile("`+")
_SHORTEST_FENCE = 3
_NOTHING = "(empty)"
_ENTITIES = {character: f"&#{ord(character)};" for character in "&<>\"'`*_[]|\\~@#$:!"}


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def code_span(text: str, length: int | None = None) -> str:
    """The text as code within a line, in backticks of which it holds no run as long.

    Not for tables, which know pipes: `table_code` is.
    """
    shown = (escape_line(text) if length is None else escape_short(text, length)) or _NOTHING
    ticks = "`" * (_longest_run(shown) + 1)
    # One space at both ends is taken off again by the reader, and keeps backticks apart.
    gap = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{gap}{shown}{gap}{ticks}"


def table_code(text: str, length: int = 80) -> str:
    """The text as code within a cell of a table."""
    span = code_span(text, length)
    # Readers disagree about a pipe behind two backslashes; behind one it needs another spelling.
    return span.replace("\\|", "\\\\u{7c}").replace("|", "\\|")


def html_code(text: str, length: int = 80) -> str:
    """The text as code within a line of HTML, such as a `<summary>`, where no Markdown counts."""
    shown = escape_short(text, length) or _NOTHING
    return f"<code>{''.join(_ENTITIES.get(character, character) for character in shown)}</code>"


def count_bytes(text: str) -> int:
    """The size of the text in UTF-8, which is never smaller than its number of characters."""
    return len(text.encode("utf-8"))


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block, and how many of its parts had room in it."""

    text: str
    shown: int


def render_fence(parts: Iterable[Sequence[str]], room: int, language: str = "diff") -> Fence:
    """As many parts as fit into `room` bytes, whole and in their order; no text if none does.

    A part is lines that were escaped before and belong together.
    """
    lines: list[str] = []
    ticks, size, shown = _SHORTEST_FENCE, 0, 0
    for part in parts:
        part_ticks = max([ticks, *(_longest_run(line) + 1 for line in part)])
        part_size = sum(count_bytes(line) + 1 for line in part)
        if size + part_size + 2 * part_ticks + len(language) + 2 > room:
            break
        ticks, size, shown = part_ticks, size + part_size, shown + 1
        lines += part
    if not shown:
        return Fence("", 0)
    fence = "`" * ticks
    return Fence("\n".join([f"{fence}{language}", *lines, fence]) + "\n", shown)
