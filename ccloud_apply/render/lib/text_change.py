"""Multi-line texts in a plan: a line diff behind a margin, or the lines themselves."""

import difflib
from typing import Any

from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.style import Style

_MARGIN = "| "
_MAX_DIFF_LINES = 400
"""Texts with more lines are not compared line by line, which takes quadratic time."""

_MAX_SHOWN_LINES = 40
_MAX_LINE_LENGTH = 110
_CONTEXT = 2


def is_multi_line(before: Any, after: Any) -> bool:
    """True if both values are texts (or None) and at least one has several lines."""
    texts = [value for value in (before, after) if value is not None]
    return all(isinstance(text, str) for text in texts) and any(
        "\n" in text.strip("\n") for text in texts
    )


def _lines(text: str | None) -> list[str]:
    return [] if not text else text.replace("\r\n", "\n").removesuffix("\n").split("\n")


def _compare(before: list[str], after: list[str]) -> list[str]:
    """Lines that begin with `+`, `-` or a space; `…` stands for omitted equal lines."""
    if not before or not after:
        return [f"- {line}" for line in before] + [f"+ {line}" for line in after]
    if max(len(before), len(after)) > _MAX_DIFF_LINES:
        return _compare_long(before, after)
    result: list[str] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_CONTEXT)):
        if number or group[0][1]:
            result.append("…")
        for tag, before_start, before_end, after_start, after_end in group:
            if tag == "equal":
                result += [f"  {line}" for line in before[before_start:before_end]]
            else:
                result += [f"- {line}" for line in before[before_start:before_end]]
                result += [f"+ {line}" for line in after[after_start:after_end]]
        if group[-1][2] < len(before):
            result.append("…")
    return [line for i, line in enumerate(result) if line != "…" or result[i - 1 : i] != ["…"]]


def _compare_long(before: list[str], after: list[str]) -> list[str]:
    """The first line that differs, and the numbers of lines."""
    pairs = zip(before, after, strict=False)
    shorter = min(len(before), len(after))
    first = next((i for i, (line, other) in enumerate(pairs) if line != other), shorter)
    lines = [f"  from line {first + 1:,} on; {len(before):,} lines become {len(after):,}"]
    lines += (f"- {line}" for line in before[first : first + 1])
    return lines + [f"+ {line}" for line in after[first : first + 1]] + ["…"]


def render_text_change(before: str | None, after: str | None, style: Style) -> tuple[str, ...]:
    """The added and removed lines with some context, each behind a margin.

    A text that is added or removed as a whole has no signs: its field has one.
    """
    before_lines, after_lines = _lines(before), _lines(after)
    if before_lines == after_lines:
        return (f"{_MARGIN}(only line breaks differ)",)
    lines = _compare(before_lines, after_lines)
    sign_start = 0 if before is not None and after is not None else 2
    paint = {"+": style.green, "-": style.red, "…": style.dim}
    shown = []
    for line in lines[:_MAX_SHOWN_LINES]:
        text = _MARGIN + line[sign_start:2] + escape_short(line[2:], _MAX_LINE_LENGTH)
        shown.append(paint[line[0]](text.rstrip()) if line[0] in paint else text.rstrip())
    if len(lines) > _MAX_SHOWN_LINES:
        rest = len(lines) - _MAX_SHOWN_LINES
        shown.append(style.dim(f"{_MARGIN}… ({count_of(rest, 'more line')})"))
    return tuple(shown)
