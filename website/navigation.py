"""The navigation of the site: the sections and links of docs/index.md, in its order.

A page gets its place by its line there; nothing else lists pages. A line that leads to the index of
a folder gets the lines of that index under it.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCS = "docs"
INDEX = "index.md"
SCHEMAS = "schemas"

_LINE = re.compile(r"(?P<level>#{2,3}) (?P<section>.+)|- \[(?P<title>[^\]]+)\]\((?P<link>[^)#]+)\)")


def root_pages() -> dict[str, str]:
    """The pages at the top of the repository that the site has too, with their places in it."""
    names = (path.name for path in sorted(ROOT.glob("*.md")))
    return {name: name.lower() for name in names if name != "README.md"}


def find_page(path: str) -> str | None:
    """The place in the site of a file of the repository; None if the site does not have it."""
    if path == "README.md":
        return INDEX
    if path.startswith(f"{DOCS}/"):
        return path.removeprefix(f"{DOCS}/")
    if path.startswith(f"{SCHEMAS}/"):
        return path
    return root_pages().get(path)


def read_navigation(docs: Path = ROOT / DOCS) -> list[Any]:
    """What mkdocs calls `nav`: the index, then its sections.

    Raises ValueError for a line that leads to no page of the site.
    """
    sections: list[Any] = [{"Home": INDEX}]
    place = [sections]
    for found in _lines(docs, INDEX):
        if found["section"]:
            level = len(found["level"]) - 1
            place = place[:level]
            entries: list[Any] = []
            place[-1].append({found["section"]: entries})
            place.append(entries)
        else:
            place[-1].append(_entry(docs, found, INDEX))
    return sections


def _entry(docs: Path, found: re.Match[str], page: str) -> dict[str, Any]:
    path = posixpath.normpath(posixpath.join(DOCS, posixpath.dirname(page), found["link"]))
    target = find_page(path)
    if target is None or not target.endswith(".md"):
        raise ValueError(f"{DOCS}/{page}: {found['link']} is not a page of the site")
    if posixpath.basename(target) != INDEX:
        return {found["title"]: target}
    members = (_entry(docs, line, target) for line in _lines(docs, target))
    return {found["title"]: [target, *members]}


def _lines(docs: Path, page: str) -> Iterator[re.Match[str]]:
    text = (docs / page).read_text(encoding="utf-8")
    return filter(None, map(_LINE.match, text.splitlines()))
