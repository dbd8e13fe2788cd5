"""The schemas as editors get them: nothing else is valid, all is told, and snippets are right."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from ccloud_apply.fleet.config.describe import build_fleet_document
from ccloud_apply.fleet.config.schema import build_fleet_schema
from ccloud_apply.load.editor.describe import (
    DIALECT,
    build_base_document,
    build_project_document,
    build_stack_document,
)
from ccloud_apply.load.editor.documents import PROJECT_DOCUMENT, STACK_DOCUMENT
from ccloud_apply.load.schema.project_schema import build_project_schema
from ccloud_apply.load.schema.stack_schema import build_base_schema, build_file_schema
from ccloud_apply.load.schema.validate import Checker
from ccloud_apply.load.text.node import to_plain
from ccloud_apply.load.text.parse import parse
from ccloud_apply.model.limits import Limits
from tests.conftest import ROOT
from tests.support.schemastore import find_violations

DOCUMENTS = {
    "base": (build_base_document(), build_base_schema()),
    "stack": (build_stack_document(), build_file_schema()),
    "project": (build_project_document(), build_project_schema()),
    "fleet": (build_fleet_document(), build_fleet_schema()),
}
HIDDEN = {
    *("$schema", "$id", "title", "markdownDescription", "defaultSnippets", "examples"),
    "limitedBy",
}
"""What says nothing about what is valid."""
_PLACE = re.compile(r"\$\{\d+(?::((?:\\.|[^}\\])*)|\|([^,|]*)[^|]*\|)\}")


def walk(part: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping of a document, with the way to it."""
    if isinstance(part, dict):
        yield path, part
        for name, inner in part.items():
            if name not in ("examples", "default", "body"):
                yield from walk(inner, f"{path}/{name}")
    elif isinstance(part, list):
        for index, inner in enumerate(part):
            yield from walk(inner, f"{path}/{index}")


def insert(body: Any) -> list[str]:
    """The lines that the YAML language server inserts: texts as they are, lists with dashes."""
    if isinstance(body, dict):
        lines = []
        for name, value in body.items():
            inner = insert(value)
            is_block = isinstance(value, dict | list)
            lines += [f"{name}:", *(f"  {line}" for line in inner)] if is_block else []
            lines += [] if is_block else [f"{name}: {inner[0]}"]
        return lines
    if isinstance(body, list):
        return [line for entry in body for line in with_dash(insert(entry))]
    return [body if isinstance(body, str) else json.dumps(body)]


def with_dash(lines: list[str]) -> list[str]:
    return [f"- {lines[0]}", *(f"  {line}" for line in lines[1:])]


def fill_in(text: str) -> str:
    """The text after each place was left as it is offered."""
    filled = _PLACE.sub(lambda found: found[2] or found[1] or "", text)
    return re.sub(r"\\([\\$}])", r"\1", filled)


def find_snippets() -> Iterator[Any]:
    for kind, (document, _) in DOCUMENTS.items():
        for path, part in walk(document):
            for snippet in part.get("defaultSnippets", ()):
                yield pytest.param(kind, part, snippet, id=f"{kind} {path} {snippet['label']}")


@pytest.mark.parametrize(("kind", "part", "snippet"), list(find_snippets()))
def test_what_a_snippet_inserts_is_yaml_that_fits_its_place(
    kind: str, part: Mapping[str, Any], snippet: Mapping[str, Any]
) -> None:
    lines = insert(snippet["body"])
    if snippet.get("type") == "array":
        lines = with_dash(lines)
    node, mistakes = parse(fill_in("\n".join(lines)), "x.yaml")
    assert mistakes == ()
    assert node is not None
    schema = {k: v for k, v in part.items() if k not in ("$schema", "$id")}
    document, _ = DOCUMENTS[kind]
    checker = Checker({"$defs": document["$defs"], **schema})
    assert list(checker.find_violations(to_plain(node))) == []


def test_places_count_on_and_a_list_has_no_single_snippet() -> None:
    """An editor inserts the only snippet of a list without a dash."""
    for document, _ in DOCUMENTS.values():
        for path, part in walk(document):
            snippets = part.get("defaultSnippets", ())
            assert len([s for s in snippets if s.get("type") == "array"]) != 1, path
            for snippet in snippets:
                numbers = [int(n) for n in re.findall(r"\$\{(\d+)", json.dumps(snippet["body"]))]
                assert numbers == sorted(set(numbers)), snippet["label"]


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_strict_readers_of_schemas_take_the_document(kind: str) -> None:
    document, _ = DOCUMENTS[kind]
    assert find_violations(document, f"{kind}.schema.json") == []
    jsonschema.Draft7Validator.check_schema(document)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_without_what_editors_show_it_is_the_schema_that_the_loader_enforces(kind: str) -> None:
    document, enforced = DOCUMENTS[kind]

    def strip(part: Any) -> Any:
        if isinstance(part, list):
            return [strip(one) for one in part]
        if not isinstance(part, dict):
            return part
        types = part.get("type")
        if isinstance(types, list) and len(set(types) - {"null"}) > 1:
            return "several types"
        if [one.get("type") for one in part.get("anyOf", ())] == ["integer", "string"]:
            return "several types"
        return {
            name: ({n: strip(one) for n, one in value.items()} if name in NAMED else strip(value))
            for name, value in part.items()
            if name not in HIDDEN
        }

    assert strip(document) == strip(enforced)


NAMED = ("properties", "$defs")
"""Keywords whose keys are names, and no keywords."""


def test_every_named_part_has_a_title_a_hover_text_and_a_link_that_leads_somewhere() -> None:
    for kind, page in (("stack", STACK_DOCUMENT), ("project", PROJECT_DOCUMENT)):
        headings = {
            re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in (ROOT / "docs" / page.page).read_text(encoding="utf-8").splitlines()
            if line.startswith("#")
        }
        links = 0
        for path, part in walk(DOCUMENTS[kind][0]):
            if (
                isinstance(part.get("description"), str)
                and path != "#"
                and "defaultSnippets/" not in path
            ):
                text = part["markdownDescription"]
                (section,) = re.findall(r"\[Reference\]\([^)]*#([a-z-]+)\)", text)
                assert section in headings, (path, section)
                links += 1
        assert links > 20


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("memory", "Unit: GB; 1 to 512"),
        ("disks", "Unit: GB; 1 to 5120"),
        ("cores", "1 to 64"),
        ("count", "0 to 1000"),
    ],
)
def test_the_hover_text_of_a_number_says_its_unit_and_its_bounds(name: str, facts: str) -> None:
    assert facts in DOCUMENTS["stack"][0]["$defs"][name]["markdownDescription"]


def test_limits_of_the_platform_and_the_address_of_the_docs_are_those_that_are_given() -> None:
    document = build_stack_document(Limits(memory_gb=1024), "https://git.example/docs/")
    memory = document["$defs"]["memory"]
    assert "1 to 1024" in memory["markdownDescription"]
    assert (
        "(https://git.example/docs/reference/stack-file.md#a-server)"
        in (memory["markdownDescription"])
    )
    assert document["$schema"] == DIALECT


def test_a_description_shows_no_tag_and_no_stress_in_markdown() -> None:
    text = DOCUMENTS["stack"][0]["$defs"]["custom_name"]["markdownDescription"]
    assert "&lt;stack" in text
    assert "<" not in text
