"""The site of the docs: pages in place, links that lead somewhere, nothing from another host."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from ccloud_apply import home
from ccloud_apply.cli.docs_link import PAGE
from tests.conftest import ROOT
from tests.support.docs.pages import anchor_of, find_headings, find_links, name_page, page
from tests.support.docs.site import Reading, article_of, build_site, file_of, read_page
from website.hook import rewrite
from website.navigation import INDEX, read_navigation, root_pages

BLOCKS = ("h1", "h2", "h3", "h4", "ul", "ol", "li", "table", "tr", "td", "pre", "strong", "em")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site(tmp_path_factory.mktemp("site"))


def places(entries: list[Any]) -> Iterator[str]:
    """The pages of a navigation, from the first to the last."""
    for entry in entries:
        if isinstance(entry, str):
            yield entry
            continue
        for found in entry.values():
            yield from [found] if isinstance(found, str) else places(found)


def docs_pages() -> list[str]:
    return [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]


def test_every_page_has_one_place_in_the_navigation() -> None:
    found = list(places(read_navigation()))
    assert sorted(found) == sorted([*docs_pages(), *root_pages().values()])


def test_the_navigation_has_the_order_of_the_index() -> None:
    listed = [link for link in find_links(page("docs/index.md").partition("\n## ")[2])]
    own = [place for place in places(read_navigation()) if place in listed]
    assert own == [link for link in listed if not link.startswith("../")]


def test_a_line_in_the_index_is_all_that_a_page_needs(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text("# Top\n\n## Guides\n\n### Fleet\n\n- [New](guides/new.md): it\n")
    assert read_navigation(tmp_path) == [
        {"Home": INDEX},
        {"Guides": [{"Fleet": [{"New": "guides/new.md"}]}]},
    ]


def test_a_line_that_leads_to_no_page_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text("## Guides\n\n- [Code](../ccloud_apply/home.py)\n")
    with pytest.raises(ValueError, match=r"docs/index.md: \.\./ccloud_apply/home.py is not a page"):
        read_navigation(tmp_path)


@pytest.mark.parametrize(
    ("link", "place", "expected"),
    [
        ("resize.md#online", "guides/undo.md", "resize.md#online"),
        ("../concepts/cost.md", "guides/undo.md", "../concepts/cost.md"),
        ("../../CONTRIBUTING.md", "guides/undo.md", "../contributing.md"),
        ("../README.md", "quickstart.md", "index.md"),
        ("docs/style.md", "contributing.md", "style.md"),
        ("../../schemas/plan.schema.json", "guides/undo.md", "../schemas/plan.schema.json"),
        ("#online", "guides/undo.md", "#online"),
        ("https://example.org/a.md", "guides/undo.md", "https://example.org/a.md"),
    ],
)
def test_a_link_inside_of_the_repository_leads_to_its_page_of_the_site(
    link: str, place: str, expected: str
) -> None:
    assert rewrite(link, place) == expected


@pytest.mark.parametrize(
    ("link", "kind"),
    [("../../examples/stacks/web.yaml", "blob"), ("../../examples/stacks", "tree")],
)
def test_a_link_to_what_the_site_has_not_leads_to_the_repository_once_there_is_one(
    link: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "REPOSITORY_URL", "https://host.example/owner/name")
    assert rewrite(link, "guides/undo.md") is None
    monkeypatch.setattr(home, "REPOSITORY_URL", "https://github.com/acme/apply")
    monkeypatch.setattr("website.hook.REPOSITORY_URL", home.REPOSITORY_URL)
    path = link.removeprefix("../../")
    assert rewrite(link, "guides/undo.md") == f"https://github.com/acme/apply/{kind}/main/{path}"


@pytest.mark.slow
def test_the_site_loads_nothing_from_another_host(site: Path) -> None:
    files = list(site.rglob("*.html"))
    assert len(files) > len(docs_pages())
    for file in files:
        assert [link for link in read_page(file).loads if "//" in link] == [], file
    for file in site.rglob("*.css"):
        text = file.read_text(encoding="utf-8")
        assert "url(http" not in text, file
        assert "@import" not in text, file


@pytest.mark.slow
def test_a_page_of_the_site_has_the_blocks_and_the_text_that_a_git_host_shows(site: Path) -> None:
    git_host = MarkdownIt("commonmark").enable("table").enable("strikethrough")
    for place in docs_pages():
        shown = article_of(file_of(site, place))
        expected = Reading(git_host.render(page(f"docs/{place}")))
        different = [tag for tag in BLOCKS if shown.tags[tag] != expected.tags[tag]]
        # A list in a list is indented by four spaces, and an empty line ends what an item holds.
        assert (place, different) == (place, [])
        assert shown.text == expected.text, place


@pytest.mark.slow
def test_every_heading_of_the_commands_has_the_anchor_that_help_names(site: Path) -> None:
    ids = read_page(file_of(site, f"{PAGE}.md")).ids
    assert {anchor_of(heading) for heading in find_headings(page(f"docs/{PAGE}.md"))} - ids == set()


@pytest.mark.slow
def test_the_site_has_the_schemas_and_a_page_for_what_it_has_not(site: Path) -> None:
    for schema in (ROOT / "schemas").iterdir():
        assert (site / "schemas" / schema.name).read_bytes() == schema.read_bytes()
    assert "This page does not exist" in (site / "404.html").read_text(encoding="utf-8")


def test_names_of_the_decisions_are_their_titles() -> None:
    text = page("docs/decisions/index.md")
    for link in find_links(text):
        title = page(f"docs/decisions/{link}").partition("\n")[0].removeprefix("# ")
        assert f"- [{title}]({link})" in text, name_page(ROOT / "docs" / "decisions" / link)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the site is made of."""
    for name in ("docs", "website", ".ci"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("mkdocs.yml", "schemas", "examples", ".venv", "README.md", *root_pages()):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "ccloud_apply").mkdir()
    for name in ("__init__.py", "home.py"):
        shutil.copy(ROOT / "ccloud_apply" / name, tmp_path / "ccloud_apply" / name)
    return tmp_path


@pytest.mark.slow
def test_a_page_without_a_place_and_a_link_that_leads_nowhere_end_the_build(project: Path) -> None:
    with (project / "docs" / "quickstart.md").open("a", encoding="utf-8") as file:
        file.write("[gone](gone.md) [no heading](style.md#gone)\n")
    (project / "docs" / "lonely.md").write_text("# Lonely\n", encoding="utf-8")
    command = [project / ".ci" / "site", project / "site"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    for told in ("lonely.md", "link 'gone.md'", "does not contain an anchor '#gone'"):
        assert told in ended.stderr


@pytest.mark.slow
def test_with_a_home_pages_lead_to_the_repository_and_ask_it_nothing(project: Path) -> None:
    constant = project / "ccloud_apply" / "home.py"
    text = constant.read_text(encoding="utf-8")
    moved = text.replace(home.REPOSITORY_URL, "https://github.com/acme/apply")
    constant.write_text(moved, encoding="utf-8")
    built = file_of(build_site(project / "site", project), "guides/environments.md")
    html = built.read_text(encoding="utf-8")
    assert 'href="https://github.com/acme/apply/edit/main/docs/guides/environments.md"' in html
    assert 'href="https://github.com/acme/apply/blob/main/examples/layouts/' in html
    assert 'href="https://acme.github.io/apply/guides/environments/"' in html
    assert 'data-md-component="source"' not in html  # with it a script asks for stars
