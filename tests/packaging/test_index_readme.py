"""The README as an index shows it, where there is no repository around it: no link is dead."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import hatch_build
from ccloud_apply.home import REPOSITORY_URL
from tests.conftest import ROOT
from tests.support.docs.pages import anchor_of, find_headings, find_links, page

REF = "v1.2.3"
SHOWN = hatch_build.readme_for_index(page("README.md"), REPOSITORY_URL, REF)


def show(text: str) -> str:
    return hatch_build.readme_for_index(text, "https://host/o/n", REF)


def targets_of(text: str) -> list[str]:
    """What a page links to and the pictures that it shows, as a reader of Markdown sees them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    found = [child.attrGet("href") or child.attrGet("src") for child in inner]
    return [str(target) for target in found if target]


def test_every_link_and_picture_of_the_readme_is_an_address() -> None:
    targets = targets_of(SHOWN)
    assert len(targets) > 10
    assert [one for one in targets if not one.startswith("https://")] == []


def test_every_address_of_the_repository_leads_to_a_file_and_a_heading_that_exist() -> None:
    inside = [one for one in targets_of(SHOWN) if one.startswith(REPOSITORY_URL)]
    assert inside
    for target in inside:
        kind, ref, path = target.removeprefix(f"{REPOSITORY_URL}/").split("/", 2)
        name, _, anchor = path.partition("#")
        assert kind in ("blob", "raw"), target
        assert ref == REF
        assert (ROOT / name).is_file(), target
        headings = find_headings(page(name)) if Path(name).suffix == ".md" else ()
        assert not anchor or anchor in map(anchor_of, headings), target


def test_the_readme_of_the_repository_and_of_an_index_have_the_same_links() -> None:
    here = {link for link in find_links(page("README.md")) if link.startswith("docs/")}
    assert {f"{REPOSITORY_URL}/blob/{REF}/{link}" for link in here} <= set(targets_of(SHOWN))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[a](docs/ci.md)", "[a](https://host/o/n/blob/v1.2.3/docs/ci.md)"),
        ("[a](docs/ci.md#gitlab)", "[a](https://host/o/n/blob/v1.2.3/docs/ci.md#gitlab)"),
        ("[a](./LICENSE)", "[a](https://host/o/n/blob/v1.2.3/LICENSE)"),
        ("[a](#fleet)", "[a](https://host/o/n/blob/v1.2.3/README.md#fleet)"),
        ("![a](docs/a.png)", "![a](https://host/o/n/raw/v1.2.3/docs/a.png)"),
        ('<img src="a/b.svg" alt="x">', '<img src="https://host/o/n/raw/v1.2.3/a/b.svg" alt="x">'),
        ("[a](https://elsewhere/x)", "[a](https://elsewhere/x)"),
        ("[a](mailto:a@b.example)", "[a](mailto:a@b.example)"),
        ("```md\n[a](docs/ci.md)\n```", "```md\n[a](docs/ci.md)\n```"),
    ],
)
def test_a_link_becomes_an_address_of_the_release(written: str, shown: str) -> None:
    assert show(f"{written}\n") == f"{shown}\n"


def test_what_is_for_a_checkout_is_left_out_and_what_is_for_an_index_is_shown() -> None:
    text = "a\n<!-- repository -->\n./demo\n<!-- /repository -->\n<!-- index\npipx\n-->\nb\n"
    assert show(text) == "a\npipx\nb\n"


def test_a_reader_on_an_index_is_told_to_install_and_not_to_run_files_of_the_repository() -> None:
    assert "pipx install ccloud-apply" in SHOWN
    assert "./demo" not in SHOWN
