"""docs/reference/json-documents.md: its examples are such documents."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.docs.pages import code_in, find_blocks, page, section, table_rows
from tests.support.documents import validator_of

PAGE = page("docs/reference/json-documents.md")
SECTIONS = {
    "Plan": "plan",
    "Drift": "drift",
    "Explanation": "explain",
    "Apply events": "apply-event",
    "Inventory": "inventory",
    "Resolved stacks": "resolved",
    "Fleet status": "fleet-status",
    "Fleet history": "fleet-history",
}


def examples(title: str) -> Iterator[Any]:
    for block in find_blocks(section(PAGE, title)):
        if block.language == "json":
            yield json.loads(block.text)


@pytest.mark.parametrize("title", SECTIONS)
def test_the_example_of_a_document_fits_its_schema(title: str) -> None:
    found = list(examples(title))
    assert found
    for example in found:
        validator_of(f"{SECTIONS[title]}.schema.json").validate(example)


def test_every_schema_of_a_document_that_is_described_has_its_example_tried() -> None:
    named = {
        schema[1]
        for row in table_rows(PAGE.partition("\n## ")[0])
        for word in code_in(row, 2)
        if (schema := re.fullmatch(r"schemas/([\w-]+)\.schema\.json", word))
    }
    assert named - set(SECTIONS.values()) == {
        "rehearsal",
        "subscriptions",
        "invoices",
        "performance",
    }
