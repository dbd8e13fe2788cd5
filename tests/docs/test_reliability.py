"""docs/reliability.md: every proof that it names exists, and nothing that can change is missing."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from ccloud_apply.cli.main import run
from ccloud_apply.operations import OPERATIONS
from tests.conftest import ROOT
from tests.support.docs.pages import code_in, first_codes, page, section, table_rows

PAGE = page("docs/reliability.md")
FAULTS = [row for row in table_rows(PAGE) if re.fullmatch(r"[THKP]\d+b?", row[0])]
LEFT_OUT = {row[0] for row in table_rows(section(PAGE, "Left out, and why"))}
PROVEN = [row for row in FAULTS if row[0] not in LEFT_OUT]
_PROOF = re.compile(r"(test_\w+\.py)::(test_\w+)")
CATALOGUE = {"T": 16, "H": 24, "K": 18, "P": 16}
"""How many faults of each kind were thought of."""


def functions_by_file() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        found[path.name] |= set(re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE))
    return found


FUNCTIONS = functions_by_file()


@pytest.mark.parametrize("proof", sorted(set(_PROOF.findall(PAGE))), ids="::".join)
def test_every_test_that_the_page_names_exists(proof: tuple[str, str]) -> None:
    name, function = proof
    assert function in FUNCTIONS[name]


@pytest.mark.parametrize("row", PROVEN, ids=lambda row: row[0])
def test_every_fault_has_a_proof(row: tuple[str, ...]) -> None:
    assert _PROOF.search(row[3]) or "simulator" in row[3].lower()


def test_every_fault_of_the_catalogue_is_in_the_page_once() -> None:
    named = [row[0] for row in FAULTS]
    expected = {f"{kind}{n}" for kind, count in CATALOGUE.items() for n in range(1, count + 1)}
    assert expected <= set(named)
    assert len(named) == len(set(named))


def test_the_simulator_is_where_the_page_says() -> None:
    assert list((ROOT / "tests" / "simulator").glob("*.py"))


def test_every_operation_that_changes_something_has_its_row() -> None:
    told = section(PAGE, "Why a repeat is safe, operation by operation")
    rows = [name for row in table_rows(told) for name in code_in(row, 0)]
    changing = {name for name, operation in OPERATIONS.items() if operation.repeat != "read"}
    assert sorted(rows) == sorted(changing)


def test_what_the_page_sends_again_is_what_the_table_of_operations_allows() -> None:
    told = section(PAGE, "Why a repeat is safe, operation by operation")
    again = {row[0].strip("`") for row in table_rows(told) if row[1] == "sent again"}
    assert again == {name for name, o in OPERATIONS.items() if o.repeat == "absolute"}


def test_every_setting_of_the_page_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "--help"]) == 0
    known = {*first_codes(page("docs/reference/environment.md"))}
    known |= set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert set(first_codes(section(PAGE, "Settings"))) <= known


def test_names_of_test_files_are_unambiguous() -> None:
    named = {name for name, _ in _PROOF.findall(PAGE)}
    paths: list[Path] = sorted((ROOT / "tests").rglob("test_*.py"))
    names = [path.name for path in paths]
    assert {name for name in named if names.count(name) != 1} == set()
