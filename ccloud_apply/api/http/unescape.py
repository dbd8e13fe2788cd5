"""A text as it reads once all escapes in it are undone, and where each character of it stood.

What is looked for in it belongs to `redaction.py`.
"""

import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern

_MOST_LAYERS = 5
"""So many times a text may be escaped: in JSON within JSON within a URL, for instance."""

_ESCAPE = lazy_pattern(
    r"(?P<unicode>(?:\\+u[0-9a-fA-F]{4})+)"
    r"|(?P<percent>(?:%[0-9a-fA-F]{2})+)"
    r"|(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});)"
    r"|(?P<control>\\+[nrt])"
    r"|(?P<backslashes>\\+)"
)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}

_SPACE = lazy_pattern(r"[\s+]+")
"""What stands where a text is laid out in lines, and the sign that is a space in a form."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, and for each of its characters from where to where it stood in the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def locate(self, begin: int, end: int) -> tuple[int, int]:
        """From where to where this part stood in the original."""
        return self.starts[begin], self.ends[end - 1]


def unescape_all(text: str) -> Reading:
    """The text without the escapes of JSON, URLs and HTML, however often it was escaped."""
    reading = Reading(text, range(len(text)), range(1, len(text) + 1))
    for _ in range(_MOST_LAYERS):
        plainer = _replace(reading, _ESCAPE, _decode)
        if plainer is reading:
            break
        reading = plainer
    return reading


def join_lines(reading: Reading) -> Reading:
    """The same without any space, as if it had never been laid out in lines."""
    return _replace(reading, _SPACE, lambda _: "")


def _replace(
    reading: Reading, pattern: re.Pattern[str], read: Callable[[re.Match[str]], str]
) -> Reading:
    """The reading with what `read` says in place of each match; itself if there is none."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for found in pattern.finditer(reading.text):
        begin, end = found.span()
        plain = read(found)
        parts += (reading.text[position:begin], plain)
        starts += [*reading.starts[position:begin], *[reading.starts[begin]] * len(plain)]
        ends += [*reading.ends[position:begin], *[reading.ends[end - 1]] * len(plain)]
        position = end
    if not parts:
        return reading
    parts.append(reading.text[position:])
    starts += reading.starts[position:]
    ends += reading.ends[position:]
    return Reading("".join(parts), starts, ends)


def _decode(found: re.Match[str]) -> str:
    escape = found.group()
    match found.lastgroup:
        case "unicode":
            units = "".join(re.findall(r"u([0-9a-fA-F]{4})", escape))
            return bytes.fromhex(units).decode("utf-16-be", "replace")
        case "percent":
            return unquote(escape, errors="replace")
        case "entity":
            from html import unescape  # its table is large, and hardly any text has one

            return unescape(escape)
        case "control":
            return _CONTROL[escape[-1]]
    return ""
