"""An HTML page as a browser takes it: its tags, attributes and text."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "input", "br", "link"}


class Page(HTMLParser):
    """A page that was parsed: its tags with attributes, its text; tags that do not close fail."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag in ("th", "td", "dt", "dd", "summary", "h1", "h2", "h3", "h4", "h5"):
            self.text += " "

    def handle_data(self, data: str) -> None:
        if self._open[-1:] not in (["script"], ["style"]):
            self.text += data


def names(page: Page) -> set[str]:
    return {name for name, _ in page.tags}


ATTRIBUTES = {
    ("html", "lang"),
    ("meta", "charset"),
    ("meta", "http-equiv"),
    ("meta", "name"),
    ("meta", "content"),
    ("p", "hidden"),
    ("input", "type"),
    ("details", "open"),
    ("th", "scope"),
    ("td", "colspan"),
    ("td", "data-name"),
}


def attributes(page: Page) -> set[tuple[str, str]]:
    """Tags with their attributes; a class is no matter."""
    found = {(tag, name) for tag, attributes in page.tags for name in attributes}
    return {pair for pair in found if pair[1] != "class"}


def assert_loads_nothing(text: str) -> None:
    """No reference to anything elsewhere, and light and dark colours."""
    assert not re.search(r"""(?:src|href|action|poster|data)\s*=|url\((?!#)|@import""", text)
    # The account's address is text, and the name of SVG is no place.
    rest = text.replace("http://www.w3.org/2000/svg", "").replace("<dd>https:", "")
    assert not re.search(r"https?:", rest)
    assert "prefers-color-scheme: dark" in text
    assert "default-src 'none'" in text


def assert_allowed(text: str, part: str) -> None:
    """The page's policy allows this style or script of its own, by its hash."""
    assert text.count(f">{part}</") == 1
    digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
    assert f"sha256-{digest}" in text
