"""The inventory as a page: loads nothing, sorts and filters, and no text of others is markup."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from ccloud_apply.model.results.inventory import Inventory
from ccloud_apply.render.inventory.html_document import render_inventory_html
from ccloud_apply.render.inventory.html_style import INVENTORY_STYLE, SORT_SCRIPT
from ccloud_apply.render.lib.html_style import PAGE_STYLE
from tests.support.examples import examples
from tests.support.render.harmless import assert_harmless
from tests.support.render.inventories import full_inventory, hostile_inventories
from tests.support.render.parsed_page import (
    ATTRIBUTES,
    Page,
    assert_allowed,
    assert_loads_nothing,
    names,
)

OWN = {("td", "data-name"), ("td", "data-sort"), ("th", "data-sort")}
thorough = settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))


def test_the_page_loads_nothing_and_allows_its_own_style_and_script_alone() -> None:
    text = render_inventory_html(full_inventory())
    assert_loads_nothing(text)
    assert_allowed(text, PAGE_STYLE + INVENTORY_STYLE)
    assert_allowed(text, SORT_SCRIPT)


def test_every_server_is_a_row_with_its_cost_and_who_made_it() -> None:
    page = Page(render_inventory_html(full_inventory()))
    assert [name for name, _ in page.tags].count("tr") == 1 + len(full_inventory().servers)
    for expected in ("jane@example.com", "39.00", "51.50 per month", "185.14.233.5", "missing"):
        assert expected in page.text


def test_many_warnings_fold() -> None:
    inventory = full_inventory()
    page = Page(render_inventory_html(replace(inventory, warnings=inventory.warnings * 9)))
    assert "6 more warnings" in page.text


@thorough
@given(hostile_inventories)
def test_text_of_others_adds_no_tag_and_no_attribute_to_the_page(inventory: Inventory) -> None:
    text = render_inventory_html(inventory)
    assert_harmless(text)
    page = Page(text)
    plain = Page(render_inventory_html(full_inventory()))
    assert names(page) <= names(plain) | {"strong", "ul", "li", "p", "br"}
    known = ATTRIBUTES | OWN
    for tag, attributes in page.tags:
        for attribute in attributes:
            assert attribute == "class" or (tag, attribute) in known, (tag, attribute)
