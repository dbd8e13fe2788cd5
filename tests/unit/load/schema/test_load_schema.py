"""The schema: one object for editors and loader, and two validators that agree on it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.load.editor.describe import build_stack_document
from ccloud_apply.load.schema.server_schema import SERVER_ONLY
from ccloud_apply.load.schema.stack_schema import build_file_schema, build_strict_schema
from ccloud_apply.load.schema.validate import Checker, file_checker, policy_checker, server_checker
from ccloud_apply.schemas import read_schema_text
from tests.conftest import ROOT
from tests.support.examples import examples
from tests.unit.load.conftest import Load

EXAMPLES = ROOT / "examples" / "stacks"


def test_the_document_is_the_schema_that_the_loader_enforces() -> None:
    expected = json.dumps(build_stack_document(), indent=2) + "\n"
    assert read_schema_text("stack.schema.json") == expected
    assert file_checker().schema == build_file_schema()


@pytest.mark.parametrize("build", [build_file_schema, build_strict_schema])
def test_both_variants_are_valid_schemas(build: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(build())


def find_properties(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        for name, part in schema.get("properties", {}).items():
            if isinstance(part, dict):
                yield f"{path}/{name}", part
        for name, part in schema.items():
            yield from find_properties(part, f"{path}/{name}")
    elif isinstance(schema, list):
        for part in schema:
            yield from find_properties(part, path)


def test_editors_can_describe_every_field() -> None:
    definitions = build_stack_document()["$defs"]
    for name in ("server", "defaults", "policy", "lifecycle", *ASPECTS):
        assert definitions[name]["description"].strip(), name
    for path, part in find_properties(build_stack_document()):
        described = "$ref" in part or "description" in part
        assert described or "/addons/" in path or "create_only" in path or _is_leaf(part), path


def _is_leaf(part: dict[str, Any]) -> bool:
    return "anyOf" in part or "type" in part or "enum" in part


def test_every_aspect_is_a_property_of_server_and_defaults() -> None:
    definitions = build_stack_document()["$defs"]
    for name in ASPECTS:
        assert definitions["server"]["properties"][name] == {"$ref": f"#/$defs/{name}"}
        assert definitions["defaults"]["properties"][name] == {"$ref": f"#/$defs/{name}"}


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_examples_load(example: Path, load: Load) -> None:
    assert load(example.read_bytes()).diagnostics == ()


NAMES = st.sampled_from(
    [
        "stack",
        "servers",
        "defaults",
        "policy",
        "moved",
        "released",
        "variables",
        "web",
        "from",
        "to",
        "size",
        "id",
        "env",
        "file",
        "frequency",
        "name",
        "count",
        "for_each",
        "max_destroy",
        "keep_tags",
        "lifecycle",
        "resize",
        "hostname",
        "depends_on",
        "extends",
        "templates",
        "template",
        "enabled",
        *sorted(ASPECTS),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 70)
    | st.sampled_from([1.5, 10_000, "", "web", "web\n", "Web", "off", "${var.x}", "managed", "a-b"])
    | st.sampled_from(["CCLOUD_SECRET_A", "CCLOUD_SECRET_a", "2027-01-01 03:00", "offline"])
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
SERVERS = st.dictionaries(NAMES, VALUES, max_size=4)
STACKS = st.fixed_dictionaries(
    {"stack": st.just("w") | SCALARS},
    optional={
        "servers": st.dictionaries(
            st.sampled_from(["a", "B", "c", "${var.x}", "a-${stack}", "${key}"]),
            SERVERS,
            max_size=3,
        ),
        "extends": VALUES,
        "variables": st.fixed_dictionaries({"x": VALUES}),
        "templates": st.dictionaries(st.sampled_from(["web", "a-b", ""]), SERVERS, max_size=2),
        "released": VALUES,
        "defaults": SERVERS,
        "policy": VALUES,
        "moved": VALUES,
        "depends": VALUES,
    },
)


def check_agreement(checker: Checker, value: Any) -> None:
    """The fast answer, jsonschema's own and the steered search for violations are the same."""
    plain = jsonschema.Draft202012Validator(checker.schema)
    violations = list(checker.find_violations(value))
    assert checker.fits(value) == (not violations)
    assert all(violation.keyword != "schema" for violation in violations)
    if "\n" not in repr(value).replace("\\n", "\n"):  # Python's $ takes one line feed too many
        assert checker.fits(value) == plain.is_valid(value)


@settings(max_examples=examples(300))
@given(VALUES | STACKS)
def test_both_validators_agree_about_files(value: Any) -> None:
    check_agreement(file_checker(), value)


@settings(max_examples=examples(300))
@given(VALUES | SERVERS)
def test_both_validators_agree_about_servers_and_policies(value: Any) -> None:
    check_agreement(server_checker(), value)
    check_agreement(policy_checker(), value)


def test_what_the_strict_schema_takes_the_file_schema_takes_too() -> None:
    server = {"cores": 2, "disks": [50, {"size": 10}], "power": "off", "tags": None}
    assert server_checker().fits(server)
    assert file_checker().fits({"stack": "w", "servers": {"a": server}})


def test_only_the_file_schema_takes_expressions() -> None:
    server = {"cores": "${var.x}", "disks": ["${var.x}"], "power": "${var.p}"}
    assert file_checker().fits({"stack": "w", "servers": {"a": server}})
    assert not server_checker().fits(server)


def test_a_secret_takes_no_expression_but_its_name_does() -> None:
    def fits(password: Any) -> bool:
        return file_checker().fits({"stack": "w", "servers": {"a": {"password": password}}})

    assert not fits("${var.x}")
    assert fits({"env": "CCLOUD_SECRET_${var.x}"})


@pytest.mark.parametrize(
    ("word", "name"),
    [
        *[(word, name) for name, aspect in ASPECTS.items() for word in aspect.synonyms],
        ("host", "hostname"),
        ("SSH-Key", "sshkey"),
    ],
)
def test_another_tools_word_for_a_key_gets_the_key_as_a_hint(
    load: Load, word: str, name: str
) -> None:
    loaded = load(f"stack: w\nservers:\n  a:\n    {word}: x\n")
    assert [found.hint for found in loaded.diagnostics] == [f'did you mean "{name}"?']


def test_no_word_is_a_synonym_of_two_fields_or_a_key_itself() -> None:
    words = [word for aspect in ASPECTS.values() for word in aspect.synonyms]
    assert {"cpu", "ram", "name"} <= set(words)
    assert len(set(words)) == len(words)
    assert not {*words} & {*ASPECTS, *SERVER_ONLY, "lifecycle"}
    assert all(word == word.lower().replace("-", "_") for word in words)


WHOLE = jsonschema_rs.Draft202012Validator(build_file_schema())


@settings(max_examples=examples(200))
@given(st.lists(VALUES | STACKS, min_size=2, max_size=4))
def test_what_was_validated_first_makes_no_difference(values: list[Any]) -> None:
    """The first value's sections alone are compiled, until one has others."""
    checker = Checker(build_file_schema())
    plain = [Checker(build_file_schema()).fits(value) for value in values]
    assert [checker.fits(value) for value in values] == plain
    assert plain == [WHOLE.is_valid(value) for value in values]


def test_a_section_that_only_the_second_file_has_is_checked_too() -> None:
    checker = Checker(build_file_schema())
    assert checker.fits({"stack": "w"})
    assert not checker.fits({"stack": "w", "servers": {"a": {"cores": "two"}}})
    assert not checker.fits({"stack": "w", "depends": None})
