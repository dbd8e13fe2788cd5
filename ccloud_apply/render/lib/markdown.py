"""The one gate through which text reaches Markdown as GitHub and GitLab draw it.

Text of others stands only in code spans and fenced blocks. There nothing is a link, a mention, an
issue, an image or HTML. `escape.py` has made it one harmless line before. The documents (a plan, a
drift report) belong to the modules named after them.
"""

from collections.abc import Iterable, Sequence

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.render.lib.escape import escape_line, escape_short

_BACKTICKS = lazy_pattern("`+")
_SHORTEST_FENCE = 3
_NOTHING = "(empty)"
_ENTITIES = {character: f"&#{ord(character)};" for character in "&<>\"'`*_[]|\\~@#$:!"}


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def code_span(text: str, length: int | None = None) -> str:
    """The text as code within a line, in more backticks than it has in a row itself.

    A table needs `table_code`, because a pipe would end the cell.
    """
    shown = (escape_line(text) if length is None else escape_short(text, length)) or _NOTHING
    ticks = "`" * (_longest_run(shown) + 1)
    # A space at both ends keeps backticks apart; the Markdown reader takes it off again.
    gap = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{gap}{shown}{gap}{ticks}"


def table_code(text: str, length: int = 80) -> str:
    """The text as code within a cell of a table."""
    span = code_span(text, length)
    # Markdown readers disagree about a pipe behind two backslashes, so it is spelt as an escape.
    return span.replace("\\|", "\\\\u{7c}").replace("|", "\\|")


def html_code(text: str, length: int = 80) -> str:
    """The text as code within a line of HTML, such as a `<summary>`, where Markdown is not read."""
    shown = escape_short(text, length) or _NOTHING
    return f"<code>{''.join(_ENTITIES.get(character, character) for character in shown)}</code>"


def count_bytes(text: str) -> int:
    """The size of the text in UTF-8, which is never smaller than its number of characters."""
    return len(text.encode("utf-8"))


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block, and the number of parts that fit into it."""

    text: str
    shown: int


def render_fence(parts: Iterable[Sequence[str]], room: int, language: str = "diff") -> Fence:
    """As many parts as fit into `room` bytes, whole and in their order; no text if none does.

    A part is a group of lines, already escaped, that stays together.
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
