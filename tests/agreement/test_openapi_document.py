"""The OpenAPI document: valid, complete, true to its own examples, one with the operation table."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.operations import OPERATIONS
from ccloud_apply.schemas import read_schema

DOCUMENT = read_schema("ccloud-api.openapi.json")
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
METHODS = ("get", "post", "put", "delete")
BY_ID: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in METHODS
}
VENDOR_OPERATIONS = Path(__file__).with_name("vendor-operations.txt")

TASK_ACTIONS = [
    "create-server",
    "resize-server",
    "start-server",
    "stop-server",
    "restart-server",
    "delete-server",
    "add-networkadpater",  # the vendor's spelling
    "set-networkadapter",
    "delete-networkadapter",
    "add-disk-server",
    "delete-disk-server",
]

REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:document", DRAFT202012.create_resource(DOCUMENT)
)


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """The node that a `$ref` names, or the node itself."""
    while "$ref" in node:
        target: Any = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def examples(node: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    """Each example with a label and the JSON pointer of its schema."""
    if isinstance(node, dict):
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in place)
        if "example" in node and "schema" in node:
            yield " ".join(place), f"{pointer}/schema", node["example"]
        for example in node.get("examples", []):
            yield " ".join(place), pointer, example
        for key, value in node.items():
            if key not in ("example", "examples"):
                yield from examples(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from examples(value, (*place, str(index)))


EXAMPLES = list(examples(DOCUMENT))


def errors_of(pointer: str, value: Any) -> list[str]:
    """What the schema at the pointer finds wrong with the value."""
    reference = "urn:document#" + pointer.replace("{", "%7B").replace("}", "%7D")
    validator = Draft202012Validator(
        {"$ref": reference},
        registry=REGISTRY,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def json_schema(operation_id: str, status: str) -> dict[str, Any]:
    """The schema of an operation's reply."""
    _, _, operation = BY_ID[operation_id]
    schema: dict[str, Any] = operation["responses"][status]["content"]["application/json"]["schema"]
    return schema


def request_schema(operation_id: str) -> dict[str, Any]:
    """The schema of an operation's request body."""
    _, _, operation = BY_ID[operation_id]
    return resolve(operation["requestBody"]["content"]["application/json"]["schema"])


# The document as a whole


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_no_operation_of_the_vendor_is_lost_and_none_is_invented() -> None:
    vendor = VENDOR_OPERATIONS.read_text(encoding="utf-8").splitlines()
    assert len(vendor) == 79
    assert sorted(f"{method} {path}" for method, path, _ in BY_ID.values()) == sorted(vendor)


def test_paths_stand_in_the_vendors_order() -> None:
    vendor = VENDOR_OPERATIONS.read_text(encoding="utf-8").splitlines()
    assert list(DOCUMENT["paths"]) == list(dict.fromkeys(line.split()[1] for line in vendor))


def test_operation_ids_are_unique_and_snake_case() -> None:
    operations = [m for item in DOCUMENT["paths"].values() for m in item if m in METHODS]
    assert len(BY_ID) == len(operations)
    assert [name for name in BY_ID if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []


def test_every_operation_stands_in_one_chapter_of_the_document() -> None:
    chapters = [tag["name"] for tag in DOCUMENT["tags"]]
    used = [operation["tags"] for _, _, operation in BY_ID.values()]
    assert all(len(tags) == 1 for tags in used)
    assert {tags[0] for tags in used} == set(chapters)


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_the_operation_table_agrees_with_the_document(operation_id: str) -> None:
    row = OPERATIONS[operation_id]
    assert row.id == operation_id
    assert (row.method, row.path) == BY_ID[operation_id][:2]


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_what_an_operation_answers_agrees_with_the_document(operation_id: str) -> None:
    answers = BY_ID[operation_id][2]["responses"]
    assert ("204" in answers) == (OPERATIONS[operation_id].answer == "nothing")


# Each operation


@pytest.mark.parametrize("operation_id", BY_ID)
def test_every_parameter_of_a_path_is_declared_and_no_other(operation_id: str) -> None:
    _, path, operation = BY_ID[operation_id]
    parameters = [resolve(parameter) for parameter in operation.get("parameters", [])]
    in_path = [parameter for parameter in parameters if parameter["in"] == "path"]
    assert [parameter["name"] for parameter in in_path] == re.findall(r"{(\w+)}", path)
    assert all(parameter["required"] for parameter in in_path)
    assert {parameter["in"] for parameter in parameters} <= {"path", "query"}


@pytest.mark.parametrize("operation_id", BY_ID)
def test_every_operation_has_one_success(operation_id: str) -> None:
    _, _, operation = BY_ID[operation_id]
    successes = [status for status in operation["responses"] if status.startswith("2")]
    assert successes in (["200"], ["204"])
    assert ("content" in operation["responses"][successes[0]]) == (
        successes == ["200"] and operation_id not in ("get_translations", "get_config")
    )


@pytest.mark.parametrize(("label", "pointer", "example"), EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_an_example_satisfies_its_own_schema(label: str, pointer: str, example: Any) -> None:
    assert errors_of(pointer, example) == []


def test_every_json_body_and_reply_of_the_vendor_has_an_example() -> None:
    bare = []
    for operation_id, (_, _, operation) in BY_ID.items():
        carriers = [operation.get("requestBody", {}), *operation["responses"].values()]
        for carrier in carriers:
            for media in carrier.get("content", {}).values():
                if "schema" in media and "example" not in media:
                    bare.append((operation_id, media["schema"]))
    failure = {"$ref": "#/components/schemas/LaravelValidationFailure"}
    assert [entry for entry in bare if entry[1] != failure] == []


def test_a_value_that_breaks_its_schema_is_found() -> None:
    pointer = "/paths/~1ccloud~1servers/post/requestBody/content/application~1json/schema"
    assert errors_of(pointer, {"cores": "four"}) != []
    assert errors_of("/components/schemas/TaskID", {"id": "7"}) == [
        "$.id: '7' is not of type 'integer'"
    ]


# What is the vendor's word, and what is ours


def test_only_the_errors_that_the_vendor_documents_stand_unmarked() -> None:
    documented = {
        operation_id: sorted(
            status
            for status, reply in operation["responses"].items()
            if not status.startswith("2") and "x-undocumented" not in resolve(reply)
        )
        for operation_id, (_, _, operation) in BY_ID.items()
    }
    assert {key: value for key, value in documented.items() if value} == {
        "create_token": ["400", "401"],
        "create_server": ["422"],
        "delete_server": ["422"],
        "redeploy_server": ["422"],
        "delete_server_disk": ["422"],
        "set_server_tags": ["422"],
    }


@pytest.mark.parametrize("operation_id", [name for name in BY_ID if name != "create_token"])
def test_every_operation_but_the_token_names_the_usual_errors(operation_id: str) -> None:
    _, path, operation = BY_ID[operation_id]
    assert {"401", "403", "429", "5XX"} <= set(operation["responses"])
    assert ("404" in operation["responses"]) == ("{" in path)


def test_only_the_token_is_asked_for_without_one() -> None:
    without = [name for name, (_, _, operation) in BY_ID.items() if operation.get("security") == []]
    assert without == ["create_token"]
    assert DOCUMENT["security"]


def test_every_undocumented_path_parameter_is_marked() -> None:
    marked = [
        operation_id
        for operation_id, (_, _, operation) in BY_ID.items()
        for parameter in operation.get("parameters", [])
        if "x-undocumented" in resolve(parameter)
    ]
    assert marked == ["get_pool", "get_report"]


def test_tasks_have_all_documented_actions_and_statuses() -> None:
    task = SCHEMAS["TasksGetStatus"]["properties"]
    assert task["action"]["enum"] == TASK_ACTIONS
    assert task["status"]["enum"] == ["processing", "failed", "done"]


def test_a_disk_is_added_in_bytes_and_changed_in_gb_and_read_without_a_unit() -> None:
    assert request_schema("add_server_disk")["properties"]["size"]["x-unit"] == "bytes"
    assert request_schema("resize_server_disk")["properties"]["size"]["x-unit"] == "GB"
    assert request_schema("create_server")["properties"]["disks"]["items"]["x-unit"] == "GB"
    assert SCHEMAS["VMDiskModel"]["properties"]["size"]["x-unit"] == "unknown"


def test_a_create_needs_exactly_what_the_vendor_requires() -> None:
    needed = {"pool", "cores", "memory", "disks", "image", "type"}
    assert set(request_schema("create_server")["required"]) == needed
    assert {name for name, aspect in ASPECTS.items() if aspect.is_needed_to_create} == needed


def test_deleting_a_server_takes_a_body_with_its_hostname() -> None:
    assert BY_ID["delete_server"][2]["requestBody"]["required"] is True
    assert request_schema("delete_server")["required"] == ["hostname"]


@pytest.mark.parametrize("operation_id", ["list_server_isos", "list_os", "list_rollouts"])
def test_a_list_that_is_shown_as_one_object_may_be_either(operation_id: str) -> None:
    single, several = sorted(json_schema(operation_id, "200")["anyOf"], key=len)
    assert several == {"type": "array", "items": single}


def test_addons_beyond_the_documented_one_are_not_forbidden() -> None:
    for operation_id in ("set_server_addon", "delete_server_addon"):
        (addon,) = [p for p in BY_ID[operation_id][2]["parameters"] if p.get("name") == "addon"]
        assert "enum" not in addon["schema"]
        assert addon["schema"]["x-documented-values"] == ["monitoring"]


@pytest.mark.parametrize("frequency", [1, 3, 6, 12, 24])
def test_every_documented_frequency_is_allowed_though_one_list_omits_24(frequency: int) -> None:
    schedule = {"frequency": frequency, "next_run": "2023-11-30 15:00"}
    assert errors_of("/components/schemas/SnapshotSchedule", schedule) == []
    text = {"frequency": str(frequency), "next_run": "2023-11-30T15:00:00Z"}
    assert errors_of("/components/schemas/ScheduledServer", text) == []


def test_no_request_forbids_a_field_that_the_vendor_may_know() -> None:
    bodies = [name for name, (_, _, operation) in BY_ID.items() if "requestBody" in operation]
    closed = [name for name in bodies if "additionalProperties" in request_schema(name)]
    assert closed == []


@pytest.mark.parametrize(
    "operation_id",
    ["set_server_custom_name", "add_server_dvd", "update_server_dvd"],
)
def test_a_name_is_sent_as_an_object_and_the_contradiction_is_noted(operation_id: str) -> None:
    assert list(request_schema(operation_id)["properties"]) == ["name"]
    assert "x-contradiction" in BY_ID[operation_id][2]["requestBody"]
