"""Every piece of a fleet.yaml that a page shows is a good one, whole or put into a whole one."""

import pytest

from ccloud_apply.fleet.config.build import load_fleet
from tests.support.docs.pages import find_blocks, find_pages, name_page

WHOLE = {
    "accounts": "accounts: {customer-a: {endpoint: sandbox}}\n",
    "sources": "sources: [{folder: stacks, account: customer-a}]\n",
}
KEYS = {"accounts", "sources", "rules", "notify", "keep", "web", "database", "lease"}
PIECES = [
    (f"{name_page(page)}:{block.line}", block.text)
    for page in find_pages()
    if "fleet" in page.name
    for block in find_blocks(page.read_text(encoding="utf-8"))
    if block.language == "yaml" and block.lines[0].partition(":")[0] in KEYS
]


@pytest.mark.parametrize(("place", "text"), PIECES, ids=[place for place, _ in PIECES])
def test_every_piece_of_a_fleet_file_loads_without_an_error(place: str, text: str) -> None:
    given = {line.partition(":")[0] for line in text.splitlines()}
    whole = text + "".join(piece for key, piece in WHOLE.items() if key not in given)
    _, diagnostics = load_fleet(whole.encode(), path=place)
    assert [one.what for one in diagnostics if one.is_error] == []


def test_the_pages_show_fleet_files() -> None:
    assert {"docs/guides/fleet.md", "docs/guides/fleet-page.md"} <= {
        place.rpartition(":")[0] for place, _ in PIECES
    }
