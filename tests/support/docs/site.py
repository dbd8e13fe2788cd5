"""The site of the docs, as `.ci/site` builds it, and what stands in its pages."""

import re
import subprocess
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from tests.conftest import ROOT


def build_site(folder: Path, project: Path = ROOT) -> Path:
    """Build the site into a folder. What the build has to say fails the test."""
    command = [str(project / ".ci" / "site"), str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    return folder


def file_of(site: Path, place: str) -> Path:
    """The file of a page, by its place below docs/."""
    folder = place.removesuffix(".md").removesuffix("index")
    return site / folder / "index.html"


class Reading(HTMLParser):
    """A piece of HTML: how often each tag is in it, its ids, its text without spaces, and what a
    browser would load for it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: set[str] = set()
        self.loads: list[str] = []
        self._text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags[tag] += 1
        self.ids.add(found.get("id") or "")
        self.loads.append(found.get("src") or "")
        if tag == "link" and found.get("rel") not in ("canonical", "next", "prev", "edit"):
            self.loads.append(found.get("href") or "")

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", "", "".join(self._text))


@cache
def read_page(path: Path) -> Reading:
    """The whole file of a page."""
    return Reading(path.read_text(encoding="utf-8"))


def article_of(path: Path) -> Reading:
    """The text of a page alone, without what the site adds to it."""
    html = path.read_text(encoding="utf-8")
    article = html.partition("<article")[2].partition("</article>")[0]
    article = re.sub(r'<a class="headerlink".*?</a>', "", article)
    article = re.sub(r'<span class="filename">.*?</span>', "", article)
    return Reading(f"<article{article}")
