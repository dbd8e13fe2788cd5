"""The site of the docs in a browser: wide, narrow and dark; searching and copying."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.support.docs.site import build_site
from tests.support.loopback import files_of, serve

WITH_WIDE_PARTS = (
    "",
    "coming-from-terraform/",
    "reference/commands/",
    "reference/errors/",
    "reference/json-documents/",
    "reference/stack-file/",
    "reliability/",
    "benchmarks/",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the site is served while the module's tests run."""
    site = build_site(tmp_path_factory.mktemp("site"))
    with serve(files_of(site)) as found:
        yield f"{found}/"


@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_is_wider_than_the_screen(address: str, open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    for place in WITH_WIDE_PARTS:
        page.goto(address + place)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place


def test_a_table_of_two_columns_is_a_list_on_a_narrow_screen(
    address: str, open_page: OpenPage
) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}reference/commands/#plan")
    row = page.locator("tr", has_text="--allow-destroy N").first
    name, means = row.locator("td").all()
    above, below = name.bounding_box(), means.bounding_box()
    assert above
    assert below
    assert below["y"] >= above["y"] + above["height"]
    assert below["width"] > 300


def test_a_dark_system_gets_a_dark_page(address: str, open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    page.goto(address)
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, background[4:-1].split(","))) < 200, background


def test_the_name_of_a_field_is_found(address: str, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(address)
    field = page.locator("input.md-search__input")
    field.focus()
    expect(page.locator(".md-search-result__meta")).to_have_text("Type to start searching")
    field.press_sequentially("prevent_destroy")  # the theme listens to keys alone
    found = page.locator(".md-search-result__item").first
    expect(found).to_contain_text("prevent_destroy")
    found.locator("a").first.click()
    expect(page.locator("article.md-content__inner")).to_contain_text("prevent_destroy")


def test_what_is_copied_from_a_recorded_run_are_its_commands(
    address: str, open_page: OpenPage
) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{address}quickstart/")
    block = page.locator("div.highlight", has_text="--auto-approve first.yaml").first
    block.hover()
    block.locator("button").first.click()
    expect(page.locator(".md-dialog")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.split("\n") == [
        "ccloud-apply --sandbox apply --auto-approve first.yaml",
        "ccloud-apply --sandbox plan first.yaml",
    ]
