"""docs/threat-model.md: every row has a proof that exists, every part has its remaining risks."""

import re

import pytest

from tests.conftest import ROOT
from tests.docs.test_reliability import FUNCTIONS
from tests.fuzz.targets.registry import TARGETS
from tests.support.docs.pages import page, section, table_rows

PAGE = page("docs/threat-model.md")
ROWS = [row for row in table_rows(PAGE) if re.fullmatch(r"[A-Z]\d+", row[0])]
TITLES = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
PARTS = [title for title in TITLES if title not in ("Fuzzing", "Mutation")]
_PROOF = re.compile(r"(test_\w+\.py)::(test_\w+)")


@pytest.mark.parametrize("proof", sorted(set(_PROOF.findall(PAGE))), ids="::".join)
def test_every_test_that_the_page_names_exists(proof: tuple[str, str]) -> None:
    name, function = proof
    assert function in FUNCTIONS[name]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_threat_has_a_proof(row: tuple[str, ...]) -> None:
    assert _PROOF.search(row[3])


def test_no_threat_is_listed_twice_and_every_table_is_read() -> None:
    names = [row[0] for row in ROWS]
    assert len(names) == len(set(names))
    assert len(names) == len(re.findall(r"^\| [A-Z]\d+ \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("title", PARTS)
def test_every_part_says_what_is_not_prevented(title: str) -> None:
    assert "**Not prevented.**" in section(PAGE, title)


def test_a_target_that_the_page_names_is_fuzzed() -> None:
    named = set(re.findall(r"the target `([\w-]+)`", PAGE))
    named |= set(re.findall(r"--jobs 1 (.+?)\s+#", PAGE)[0].split())
    assert named <= set(TARGETS)


def test_the_gate_fuzzes() -> None:
    assert "\n.ci/fuzz 30 --seed " in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
