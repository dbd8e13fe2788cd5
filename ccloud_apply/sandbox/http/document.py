"""The OpenAPI document at run time: routing to operations, and the operations' schemas.

Reads `ccloud-api.openapi.json` and nothing else. Validating requests belongs to checks.py.
"""

from collections.abc import Mapping
from dataclasses import field
from functools import cache
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.schemas import read_schema

Schema = dict[str, Any]
METHODS = ("get", "post", "put", "delete", "patch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation of the document."""

    operation_id: str
    method: str
    path: str
    status: int
    """The status of its documented success."""
    is_public: bool
    path_schemas: Mapping[str, Schema]
    query_schemas: Mapping[str, Schema]
    body_schema: Schema | None
    is_body_required: bool


@dataclass(frozen=True, slots=True)
class _Node:
    """A node in the tree of path segments; a fixed segment wins over a parameter."""

    fixed: dict[str, "_Node"] = field(default_factory=dict)
    parameter: dict[str, "_Node"] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The operations, and the tree that routes a path to them."""

    endpoints: Mapping[str, Endpoint]
    root: _Node

    def match(self, path: str) -> tuple[Mapping[str, Endpoint], dict[str, str]]:
        """The operations of a path by method, and its parameters; both empty for an unknown path.

        `path` begins after `/api/v1`, decoded.
        """
        segments = path.strip("/").split("/")
        found = _walk(self.root, segments)
        if found is None:
            return {}, {}
        node, values = found
        names = _parameter_names(next(iter(node.endpoints.values())).path)
        return node.endpoints, dict(zip(names, values, strict=True))


def _walk(node: _Node, segments: list[str]) -> tuple[_Node, list[str]] | None:
    if not segments:
        return (node, []) if node.endpoints else None
    first, rest = segments[0], segments[1:]
    if first in node.fixed and (found := _walk(node.fixed[first], rest)):
        return found
    if first and "" in node.parameter and (found := _walk(node.parameter[""], rest)):
        return found[0], [first, *found[1]]
    return None


def _parameter_names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


@cache
def read_document() -> Document:
    """The document, prepared for routing; read once per process."""
    raw = read_schema("ccloud-api.openapi.json")
    root = _Node()
    endpoints = {}
    for path, item in raw["paths"].items():
        node = root
        for part in path.strip("/").split("/"):
            children = node.parameter if part.startswith("{") else node.fixed
            node = children.setdefault("" if part.startswith("{") else part, _Node())
        for method in METHODS:
            if method in item:
                endpoint = _read_endpoint(raw, path, method, item)
                endpoints[endpoint.operation_id] = endpoint
                node.endpoints[method.upper()] = endpoint
    return Document(endpoints=endpoints, root=root)


def _read_endpoint(
    raw: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any]
) -> Endpoint:
    operation = item[method]
    parameters = [
        resolve(raw, parameter)
        for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]
    ]
    security = operation.get("security", raw.get("security", [{}]))
    return Endpoint(
        operation_id=operation["operationId"],
        method=method.upper(),
        path=path,
        status=min(int(code) for code in operation["responses"] if code.startswith("2")),
        is_public=operation["operationId"] == "create_token" or security == [],
        path_schemas=_schemas_in(parameters, "path"),
        query_schemas=_schemas_in(parameters, "query"),
        body_schema=_body_schema(raw, operation),
        is_body_required=resolve(raw, operation.get("requestBody", {})).get("required", False),
    )


def _schemas_in(parameters: list[Schema], place: str) -> dict[str, Schema]:
    return {item["name"]: item.get("schema", {}) for item in parameters if item["in"] == place}


def _body_schema(raw: Mapping[str, Any], operation: Mapping[str, Any]) -> Schema | None:
    body = resolve(raw, operation.get("requestBody", {}))
    content = body.get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return schema if isinstance(schema, dict) else None


def resolve(raw: Mapping[str, Any], value: Any) -> Any:
    """A part of the document with every `$ref` replaced by what it points at.

    Raises KeyError for a reference into nothing, RecursionError for a circle.
    """
    if isinstance(value, list):
        return [resolve(raw, item) for item in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str):
        target: Any = raw
        for part in reference.removeprefix("#/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{")
            name = name.replace("%7D", "}")
            target = target[int(name)] if isinstance(target, list) else target[name]
        return resolve(raw, target)
    return {name: resolve(raw, item) for name, item in value.items()}
