"""The API document as values: every operation of `schemas/ccloud-api.openapi.json`.

The one list of operations that a person can call. What a request may hold: `build.py`.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ccloud_apply.model.documented import DocumentedOperation, Parameter, Schema
from ccloud_apply.operations import OPERATIONS, Answer, Operation, Repeat
from ccloud_apply.schemas import read_schema

METHODS = ("get", "post", "put", "delete")
_JSON = "application/json"
_NOTES = ("x-contradiction", "x-note")


@cache
def read_operations() -> Mapping[str, DocumentedOperation]:
    """Every documented operation by its id, in the document's order."""
    document = read_schema("ccloud-api.openapi.json")
    found = (
        _read_operation(document, method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    )
    return {operation.id: operation for operation in found}


def describe_operation(documented: DocumentedOperation) -> Operation:
    """The operation as the client sends it: what the product's own table says of it, if it does."""
    known = OPERATIONS.get(documented.id)
    if known is not None:
        return known
    return Operation(
        id=documented.id,
        label=documented.id.replace("_", " "),
        method=documented.method,
        path=documented.path,
        repeat=documented.repeat,
        answer=documented.answer,
    )


def _read_operation(
    document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]
) -> DocumentedOperation:
    status, success = next(
        (status, _resolve(document, response))
        for status, response in operation["responses"].items()
        if status.startswith("2")
    )
    parameters = tuple(
        _read_parameter(_resolve(document, each)) for each in operation.get("parameters", ())
    )
    request = operation.get("requestBody", {})
    body = request.get("content", {}).get(_JSON)
    answer = success.get("content", {}).get(_JSON, {})
    schema = _resolve(document, answer["schema"]) if "schema" in answer else None
    return DocumentedOperation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"].strip().rstrip("."),
        chapter=operation["tags"][0],
        parameters=parameters,
        body=None if body is None else _resolve(document, body["schema"]),
        needs_body=bool(request.get("required", False)),
        body_example=None if body is None else body.get("example"),
        repeat=_judge_repeat(operation["operationId"], method),
        answer=_name_answer(method, status, success, schema),
        answer_schema=schema,
        answer_example=answer.get("example"),
        is_secret=_has_secret(schema),
        is_list=method == "get" and _is_list(schema),
        is_paged=any(parameter.name == "page" for parameter in parameters),
        notes=(*_notes(operation), *_notes(request)),
    )


def _read_parameter(raw: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=raw["name"],
        place=raw["in"],
        schema=raw["schema"],
        is_required=raw["required"],
        description=raw.get("description", "").strip(),
        example=raw.get("example"),
        notes=tuple(_notes(raw)),
    )


def _notes(raw: Mapping[str, Any]) -> Iterator[str]:
    return (raw[name] for name in _NOTES if name in raw)


def _resolve(document: Mapping[str, Any], value: Any) -> Any:
    """The value with the target of each `$ref` in its place."""
    if isinstance(value, list):
        return [_resolve(document, item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        target: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = {**target, **{name: part for name, part in value.items() if name != "$ref"}}
    return {name: _resolve(document, part) for name, part in value.items()}


def _name_answer(
    method: str, status: str, success: Mapping[str, Any], schema: Schema | None
) -> Answer:
    """What a success brings. A change whose answer has an `id` has started a task."""
    content = success.get("content", {})
    if status == "204" or not content:  # the document does not say of two what they answer
        return "nothing"
    if content and _JSON not in content:
        return "file"
    if schema is not None and method != "get" and "id" in _row_of(schema).get("properties", {}):
        return "task"
    return "value"


def _judge_repeat(operation_id: str, method: str) -> Repeat:
    """As the product's own table judges; of all else, what reads may be sent again."""
    known = OPERATIONS.get(operation_id)
    if known is not None:
        return known.repeat
    return "read" if method == "get" else "never"


def _row_of(schema: Schema) -> Schema:
    while schema.get("type") == "array":
        schema = schema["items"]
    return schema


def _is_list(schema: Schema | None) -> bool:
    """True where a list is meant; the document shows some as one object, or inside `data`."""
    if schema is None:
        return False
    if "anyOf" in schema:
        return any(map(_is_list, schema["anyOf"]))
    data = schema.get("properties", {}).get("data", {})
    is_wrapped = "data" in schema.get("required", ()) and data.get("type") == "array"
    return schema.get("type") == "array" or is_wrapped


def _has_secret(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_has_secret, value))
    if not isinstance(value, Mapping):
        return False
    return value.get("format") == "password" or any(map(_has_secret, value.values()))
