"""The pages of the documentation and what stands in them: blocks, tables, headings, links.

Only reading; what has to be true of them is in the tests beside this module.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

_FENCE = re.compile(r"^```(\w*)\s*$")
_FILE = re.compile(r"^<!-- file: (\S+) -->$")
_HEADING = re.compile(r"^(#+) (.+)$")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`]+)`")


def find_pages() -> tuple[Path, ...]:
    """Every page: the files at the root and all of docs/."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))


def name_page(page: Path) -> str:
    """The page as messages call it."""
    return page.relative_to(ROOT).as_posix()


def page(name: str) -> str:
    """The text of a page, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block.

    `line` is that of its first line of text (1-based); `file` the name of the file that it is.
    """

    language: str
    lines: tuple[str, ...]
    line: int
    file: str | None = None

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def find_blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    language: str | None = None
    inside: list[str] = []
    start, before = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if language is None:
            if found := _FENCE.match(line):
                language, inside, start = found[1], [], number + 1
            elif line.strip():
                before = line
        elif line == "```":
            name = _FILE.match(before)
            yield Block(
                language=language,
                lines=tuple(inside),
                line=start,
                file=name[1] if name else None,
            )
            language, before = None, ""
        else:
            inside.append(line)


def without_blocks(text: str) -> str:
    """The page's prose: fenced blocks are left out."""
    kept: list[str] = []
    is_inside = False
    for line in text.splitlines():
        if line.startswith("```"):
            is_inside = not is_inside
        elif not is_inside:
            kept.append(line)
    return "\n".join(kept)


def find_headings(text: str) -> tuple[str, ...]:
    """The headings of a page, without their signs."""
    found = (_HEADING.match(line) for line in without_blocks(text).splitlines())
    return tuple(match[2].strip() for match in found if match)


def anchor_of(heading: str) -> str:
    """The anchor that a heading gets where the page is shown."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def find_links(text: str) -> tuple[str, ...]:
    """The targets of all links of a page."""
    return tuple(_LINK.findall(without_blocks(text)))


def section(text: str, heading: str) -> str:
    """What stands below a heading, down to the next one of its level or above."""
    lines = text.splitlines()
    level = 0
    kept: list[str] = []
    for line in lines:
        found = _HEADING.match(line)
        if level and found and len(found[1]) <= level:
            break
        if level:
            kept.append(line)
        elif found and found[2].strip() == heading:
            level = len(found[1])
    assert level, f"there is no heading {heading}"
    return "\n".join(kept)


def own_part(text: str) -> str:
    """What stands before the first heading of a section."""
    return re.split(r"^#+ ", text, maxsplit=1, flags=re.MULTILINE)[0]


def table_rows(text: str) -> tuple[tuple[str, ...], ...]:
    """The cells of every table's rows, headers and rulers left out."""
    rows: list[tuple[str, ...]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith("|") and not _is_ruler(line) and not _is_ruler(following):
            rows.append(tuple(cell.strip() for cell in line.strip("|").split(" | ")))
    return tuple(rows)


def _is_ruler(line: str) -> bool:
    return line.startswith("|") and set(line) <= set("|- :")


def code_in(cells: Sequence[str], column: int) -> tuple[str, ...]:
    """The `code` words of one cell."""
    return tuple(_CODE.findall(cells[column]))


def first_codes(text: str) -> tuple[str, ...]:
    """The first `code` word of the first cell of every row."""
    found = (code_in(row, 0) for row in table_rows(text))
    return tuple(words[0] for words in found if words)
