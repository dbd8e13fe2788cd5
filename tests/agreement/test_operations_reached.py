"""The page of operations says the truth: the API document and what the code calls agree with it."""

import re
from collections import Counter
from pathlib import Path

import pytest

from ccloud_apply.aspects.registry import ASPECTS, EFFECTS_BY_OPERATION
from ccloud_apply.cli.command_table import COMMANDS
from ccloud_apply.load.request.document import read_operations
from ccloud_apply.operations import OPERATIONS
from ccloud_apply.workflows.catalog import KINDS
from tests.conftest import RunCli
from tests.support.docs.pages import code_in, page, table_rows
from tests.support.docs.reach import WAYS, fields_that_send, operations_page, ways_of
from tests.support.stacks import BOX, write_stack

COMMAND = re.compile(r"^`([a-z]+)[ `]")
CATALOG = re.compile(r"`catalog ([a-z]+)`")


def test_the_page_of_operations_is_what_is_made_of_the_document() -> None:
    """If not: `python -m tests.support.docs.reach > docs/reference/operations.md`."""
    assert page("docs/reference/operations.md") == operations_page()


def test_the_page_has_a_row_for_every_operation_that_ends_with_api() -> None:
    rows = table_rows(page("docs/reference/operations.md"))
    assert [code_in(row, 0)[0] for row in rows] == list(read_operations())
    assert len(rows) == 79
    assert all(row[2].rstrip(" |").endswith("`api`") for row in rows)


def test_what_the_product_sends_has_a_way_and_all_else_has_none() -> None:
    assert WAYS.keys() <= read_operations().keys()
    assert {name for name in read_operations() if ways_of(name)} == OPERATIONS.keys()


def test_every_command_that_is_named_is_there() -> None:
    named = {name for ways in WAYS.values() for way in ways for name in COMMAND.findall(way)}
    assert named <= set(COMMANDS)
    assert len(named) > 10


def test_a_change_is_reached_by_a_field_or_by_a_command_that_changes() -> None:
    assert fields_that_send().keys() <= EFFECTS_BY_OPERATION.keys()
    assert {field for fields in fields_that_send().values() for field in fields} <= ASPECTS.keys()


def test_every_kind_of_catalog_is_named() -> None:
    named = {kind for name in read_operations() for way in ways_of(name) for kind in kinds_in(way)}
    assert named == KINDS.keys()


def kinds_in(way: str) -> list[str]:
    return [kind for kind in CATALOG.findall(way) if kind in KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_catalog_reads_what_the_page_says(kind: str, call_cli: RunCli) -> None:
    named = {name for name in read_operations() if any(kind in kinds_in(w) for w in ways_of(name))}
    assert named
    assert named <= requests_of(call_cli("-v", "catalog", kind).err).keys()


def requests_of(told: str) -> Counter[str]:
    """The requests that `-v` tells, by operation."""
    line = next(line for line in told.splitlines() if re.match(r"\d+ requests: ", line))
    pairs = (part.rsplit(" ", 1) for part in line.partition(": ")[2].split(", "))
    return Counter({name: int(number) for name, number in pairs})


@pytest.mark.parametrize(
    ("words", "operation"),
    [
        (["tasks"], "list_tasks"),
        (["drift", "examples.yaml"], "list_servers"),
        (["plan", "examples.yaml"], "create_quote"),
    ],
)
def test_a_command_calls_what_the_page_says(
    words: list[str], operation: str, call_cli: RunCli, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = folder / write_stack(folder, BOX, "examples.yaml")
    given = [str(path) if word == "examples.yaml" else word for word in words]
    assert operation in requests_of(call_cli("-v", *given).err)
    assert any(f"`{words[0]}" in way for way in ways_of(operation))


def test_export_reads_all_that_the_page_says(call_cli: RunCli) -> None:
    named = {name for name in WAYS if any("`export`" in way for way in ways_of(name))}
    assert len(named) > 5
    assert named <= requests_of(call_cli("-v", "export", "--all").err).keys()


def test_what_the_account_declares_is_read_by_a_plan(call_cli: RunCli, tmp_path: Path) -> None:
    names = "subscriptions: {S328100-001: {display_name: Main}}"
    write_stack(tmp_path, f"stack: org\naccount: {{addons: {{report: 1}}, {names}}}\n")
    named = {name for name in WAYS if any("`plan`, `apply`, `drift` for" in w for w in WAYS[name])}
    assert named == {"list_subscriptions", "list_customer_addons"}
    assert named <= requests_of(call_cli("-v", "plan", "web.yaml").err).keys()
