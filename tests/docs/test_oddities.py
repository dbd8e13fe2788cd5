"""docs/reference/api-oddities.md: what the code cites is there."""

import re
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from tests.support.docs.pages import find_headings, page, section

PAGE = "docs/reference/api-oddities.md"
HEADINGS = find_headings(page(PAGE))[1:]
_CITATION = re.compile(
    r'api-oddities\.md,((?:(?:,| and| the row of)?\s*(?:"[^"]+"|(?<=row of) `[^`]+`))+)'
)
_NAME = re.compile(r'"([^"]+)"|(`[^`]+`)')
_COMMENT = re.compile(r'# Oddity: (?:(?:docs/reference/)?api-oddities\.md, ")?(.+)')


def modules(folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "ccloud_apply" / folder).rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def citations_of_the_sandbox() -> Iterator[tuple[str, str]]:
    for name, text in modules("sandbox"):
        flat = re.sub(r"\s+(?:# )?", " ", text)
        for found in _CITATION.finditer(flat):
            for quoted, row in _NAME.findall(found[1]):
                yield name, quoted or row


def citations_of_the_client() -> Iterator[tuple[str, str]]:
    for name, text in modules("api"):
        for cited in _COMMENT.findall(text):
            yield name, cited


CITED_BY_SANDBOX = sorted(set(citations_of_the_sandbox()))
CITED_BY_CLIENT = sorted(set(citations_of_the_client()))


@pytest.mark.parametrize(("module", "cited"), CITED_BY_SANDBOX)
def test_every_heading_that_the_sandbox_cites_exists(module: str, cited: str) -> None:
    assert cited in HEADINGS


@pytest.mark.parametrize(("module", "cited"), CITED_BY_CLIENT)
def test_every_comment_of_the_client_begins_with_a_heading(module: str, cited: str) -> None:
    assert [heading for heading in HEADINGS if cited.startswith(heading)] != []


def test_no_citation_of_the_sandbox_is_overlooked() -> None:
    mentions = sum(text.count("api-oddities.md") for _, text in modules("sandbox"))
    found = sum(
        len(_CITATION.findall(re.sub(r"\s+(?:# )?", " ", text))) for _, text in modules("sandbox")
    )
    assert found == mentions > 0


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_oddity_says_what_the_document_says(heading: str) -> None:
    assert "*Says:*" in section(page(PAGE), heading)
