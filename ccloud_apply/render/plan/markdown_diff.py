"""Blocks of a text plan as lines of a ```` ```diff ```` block, which GitHub draws in colours.

The first column of a line decides its colour: `+` is green, `-` red, `!` orange. So the symbols,
which a text plan indents, move to the front. The lines are already escaped; their words stay.
"""

from collections.abc import Iterable

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.render.lib.style import RESTORE_SYMBOL, RETIRE_SYMBOL
from ccloud_apply.render.plan.server_text import FIELD_MARGIN

_HEADING = lazy_pattern(r"  (\+|~|-/\+|-|=>|\?|~/-|~/\+|>) (.*)")
_CHANGE = lazy_pattern(rf"{FIELD_MARGIN}([+~!-]) (.*)")
_TEXT = lazy_pattern(rf"({FIELD_MARGIN}    \| )([+-]) (.*)")
_LOSS = ("DESTROYS DATA", "DELETES SNAPSHOTS")


def to_diff_lines(lines: Iterable[str]) -> list[str]:
    """The lines of `render_block` with their symbols in the first column."""
    result = []
    is_text_changed = False
    for line in lines:
        if match := _HEADING.fullmatch(line):
            result.append(f"{_sign(match[1])} {match[2]}")
        elif match := _CHANGE.fullmatch(line):
            # Only a text that exists before and after has signs of its own behind its margin.
            is_text_changed = match[1] == "~"
            result.append(f"{_change_sign(match[1], match[2]):6}{match[2]}")
        elif is_text_changed and (match := _TEXT.fullmatch(line)):
            result.append(f"{match[2]}{match[1][1:]}{match[3]}")
        else:
            result.append(line)
    return result


def _change_sign(symbol: str, text: str) -> str:
    if symbol != "!":
        return _sign(symbol)
    # A remark has two signs, so that no reader takes it for a field.
    return "-!" if text.startswith(_LOSS) else "!!"


def _sign(symbol: str) -> str:
    return "!" if symbol in ("~", "?", RETIRE_SYMBOL, RESTORE_SYMBOL) else symbol
