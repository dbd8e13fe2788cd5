"""How a scalar is spelled: its own characters, without the indentation that it stood at."""

import json
import re
from itertools import dropwhile
from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.write.layout.tree import Leaf

_BLOCK = lazy_pattern(r"([|>])([-+1-9]*)[ \t]*(?:#[^\n]*)?(?:\n|$)")


def spell_scalar(event: Any, text: str) -> Leaf:
    """The scalar of an event, with its anchor, without comments. `text` is the whole document."""
    source = text[event.start_mark.index : event.end_mark.index]
    anchor = f"&{event.anchor}" if event.anchor else ""
    source = _after_anchor(source, anchor)
    start = f"{anchor} " if anchor and source else anchor
    if event.style not in ("|", ">"):
        first, *rest = _strip_ends(source.split("\n"), is_quoted=event.style == '"')
        return Leaf((start + first, *(line.lstrip(" \t") for line in rest)))
    found = _BLOCK.match(source)
    assert found is not None
    lines = source[found.end() :].split("\n")
    return _spell_block(event.value, start, found, lines)


def _after_anchor(source: str, anchor: str) -> str:
    """What follows the anchor; comments between both are found as all others are."""
    source = source.removeprefix(anchor).lstrip() if anchor else source
    while anchor and source.startswith("#"):
        source = source.partition("\n")[2].lstrip()
    return source


def _strip_ends(lines: list[str], *, is_quoted: bool) -> list[str]:
    """The lines without spaces at their ends, which a break drops; an escaped one stays."""
    stripped = []
    for line in lines[:-1]:
        short = line.rstrip(" \t")
        slashes = len(short) - len(short.rstrip("\\"))
        stripped.append(line[: len(short) + slashes % 2] if is_quoted else short)
    return [*stripped, lines[-1]]


def _spell_block(value: str, start: str, header: re.Match[str], lines: list[str]) -> Leaf:
    style, indicators = header.group(1), header.group(2)
    keeps = "+" in indicators
    if not value.strip("\n"):
        kept = value.count("\n") if keeps else 0
        return Leaf((f"{start}{style}{indicators}", *[""] * kept), is_literal=True)
    indent = _find_indent(value, lines)
    if indent is None:
        return Leaf((start + json.dumps(value, ensure_ascii=False),))
    ends = len(lines) - 1  # what follows the last line break
    body = [line[indent:] for line in (lines[:-1] if not lines[ends].strip(" ") else lines)]
    if not keeps:
        body = list(dropwhile(lambda line: not line, reversed(body)))[::-1]
    explicit = "2" if any(c.isdigit() for c in indicators) else ""
    chomping = "".join(c for c in indicators if c in "+-")
    if not value.endswith("\n"):
        chomping = "-"  # also where the file ends without a line break, which it will have
    return Leaf((f"{start}{style}{explicit}{chomping}", *body), is_literal=True)


def _find_indent(value: str, lines: list[str]) -> int | None:
    """By how much the contents are indented; None where only spaces are left to tell it."""
    first = next((line for line in lines if line.strip(" ")), None)
    if first is None:
        return None
    written = value.lstrip("\n")
    if not written.partition("\n")[0].strip(" "):
        return None
    return _leading(first) - _leading(written)


def _leading(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
