"""What the pages point at is there: pages, anchors, files of this repository."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.docs.pages import (
    anchor_of,
    find_headings,
    find_links,
    find_pages,
    name_page,
    without_blocks,
)

PAGES = find_pages()
_OUTSIDE = ("http://", "https://", "mailto:")
_FUNCTION = re.compile(r"`(\w+)`\s+in\s+`(ccloud_apply/[\w/]+\.py)`")
_PATH = re.compile(r"`((?:ccloud_apply|docs|schemas|tests|examples|\.ci)/[\w./-]*)`")


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def is_broken(link: str, page: Path) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return True
    return bool(anchor) and anchor not in map(anchor_of, find_headings(read(target)))


def broken_links(page: Path) -> list[str]:
    inside = (link for link in find_links(read(page)) if not link.startswith(_OUTSIDE))
    return [link for link in inside if is_broken(link, page)]


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_every_link_inside_the_repository_resolves(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = set(_PATH.findall(without_blocks(read(page))))
    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_every_function_that_a_page_names_is_where_it_says(page: Path) -> None:
    for name, path in _FUNCTION.findall(without_blocks(read(page))):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^(?:async )?(?:def|class) {name}\b", text, re.MULTILINE), (name, path)


def test_every_page_can_be_reached_from_the_index_of_the_docs() -> None:
    reached: set[Path] = set()
    todo = [ROOT / "docs/index.md"]
    while todo:
        page = todo.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in find_links(read(page)):
            target = (page.parent / link.partition("#")[0]).resolve()
            if not link.startswith(_OUTSIDE) and target.suffix == ".md":
                todo.append(target)
    assert {name_page(page) for page in PAGES} - {name_page(page) for page in reached} == set()


def test_the_tree_of_the_readme_is_the_tree_of_the_package() -> None:
    tree = re.findall(r"[├└]── (\w+)/", read(ROOT / "README.md"))
    assert {name for name in tree if not (ROOT / "ccloud_apply" / name).is_dir()} == set()
    folders = {path.name for path in (ROOT / "ccloud_apply").iterdir() if path.is_dir()}
    assert {name for name in folders if not name.startswith("_")} == set(tree)
