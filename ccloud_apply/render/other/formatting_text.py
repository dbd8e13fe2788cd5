"""Formatted files as text: their names, or what changes in them as a unified diff."""

from difflib import unified_diff

from ccloud_apply.model.results.formatting import FormattedFile, Formatting
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.render.lib.style import PLAIN, Style

_CONTEXT = 3


def render_formatting(formatting: Formatting) -> str:
    """The names of the files that have another layout, one a line."""
    return "".join(f"{escape_line(file.path)}\n" for file in formatting.changed)


def render_formatting_diff(formatting: Formatting, style: Style = PLAIN) -> str:
    """The lines that change, with some context, in the form that `patch` reads.

    Characters that a terminal would not show are escaped, and secrets are masked.
    """
    return "".join(_render_diff(file, style) for file in formatting.changed)


def _render_diff(file: FormattedFile, style: Style) -> str:
    name = escape_line(file.path)
    before, after = _lines(file.shown_before), _lines(file.shown_after)
    lines = list(unified_diff(before, after, name, name, n=_CONTEXT, lineterm=""))
    if not lines:
        return style.dim(f"  {name}: only line ends, or the lines of a secret, change") + "\n"
    return "".join(f"{_paint(line, number, style)}\n" for number, line in enumerate(lines))


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n")


def _paint(line: str, number: int, style: Style) -> str:
    sign, text = line[:1], escape_line(line[1:])
    if number < 2:  # the names
        return style.bold(f"{sign}{text}")
    paint = {"+": style.green, "-": style.red, "@": style.cyan}
    return paint[sign](f"{sign}{text}") if sign in paint else f"{sign}{text}"
