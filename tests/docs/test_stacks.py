"""Every whole stack that a page shows is a good one, and so is every example."""

from pathlib import Path

import pytest

from ccloud_apply.load.stack.build import Loaded, VariableSources, check_stacks, load_stack
from ccloud_apply.schemas import read_schema_text
from tests.conftest import ROOT
from tests.support.docs.pages import find_blocks, find_pages, name_page

EXAMPLES = sorted((ROOT / "examples/stacks").glob("*.yaml"))
STACKS = [
    (f"{name_page(page)}:{block.line}", block.text)
    for page in find_pages()
    for block in find_blocks(page.read_text(encoding="utf-8"))
    if block.language == "yaml" and any(line.startswith("stack:") for line in block.lines)
    if not (block.file and "/" in block.file)
]
"""Without those in a folder: a stack of a project is loaded with it by the page's commands."""


def load(text: str, path: str) -> Loaded:
    return load_stack(
        text.encode(), path=path, variables=VariableSources(), look=lambda reference: None
    )


@pytest.mark.parametrize(("place", "text"), STACKS, ids=[place for place, _ in STACKS])
def test_every_stack_of_a_page_loads_without_a_word(place: str, text: str) -> None:
    assert load(text, place).diagnostics == ()


def test_the_pages_show_stacks() -> None:
    assert {"README.md", "docs/reference/stack-file.md"} <= {
        place.rpartition(":")[0] for place, _ in STACKS
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_loads_without_a_word(path: Path) -> None:
    loaded = load(path.read_text(encoding="utf-8"), str(path))
    assert loaded.diagnostics == ()
    assert loaded.stack is not None
    assert loaded.stack.servers


def test_the_examples_can_be_used_together() -> None:
    loaded = [load(path.read_text(encoding="utf-8"), str(path)).stack for path in EXAMPLES]
    assert check_stacks([stack for stack in loaded if stack is not None]) == ()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_names_the_schema_for_editors(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/stack.schema.json"
    assert read_schema_text("stack.schema.json")
