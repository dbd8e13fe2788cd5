"""The rules by which SchemaStore takes a schema: Ajv in strict mode, and its own.

Ajv's strict mode: https://ajv.js.org/strict-mode.html. A type may stand beside null alone; each
keyword for one type needs that type at its place or above; what is required is a property.
"""

from collections.abc import Iterator, Mapping
from typing import Any

DIALECTS = ("http://json-schema.org/draft-07/schema#",)
"""What all editors know; a newer one is refused."""

_EDITORS = {"defaultSnippets", "markdownDescription", "enumDescriptions", "errorMessage"}
"""Words of editors. SchemaStore knows them all but the last, which it takes as an option."""

_CORE = {
    *("$schema", "$id", "$ref", "$defs", "title", "description", "default", "examples", "type"),
    *("enum", "const", "anyOf", "oneOf", "allOf", "not"),
}
_FOR_TYPE: Mapping[str, str] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "multipleOf"), "number"),
    **dict.fromkeys(("pattern", "minLength", "maxLength", "format"), "string"),
    **dict.fromkeys(("items", "minItems", "maxItems", "uniqueItems", "contains"), "array"),
    **dict.fromkeys(("properties", "patternProperties", "required", "propertyNames"), "object"),
    **dict.fromkeys(("additionalProperties", "minProperties", "maxProperties"), "object"),
}


def find_violations(document: Mapping[str, Any], name: str) -> list[str]:
    """What SchemaStore would refuse, each with the way to it; empty if nothing."""
    found = []
    if document.get("$schema") not in DIALECTS:
        found.append(f"#: {document.get('$schema')} is not a dialect that editors know")
    if not str(document.get("$id", "")).startswith("https://"):
        found.append("#: $id is not an address")
    if not str(document.get("$id", "")).endswith(f"/{name}"):
        found.append(f"#: $id does not end with {name}")
    found += _check(document, "#", frozenset())
    for part, inner in document.get("$defs", {}).items():
        found += _check(inner, f"#/$defs/{part}", frozenset())
    return found


def _check(part: Any, path: str, above: frozenset[str]) -> Iterator[str]:
    if not isinstance(part, Mapping):
        return
    for name in part.keys() - _CORE - _EDITORS - _FOR_TYPE.keys():
        yield f"{path}: unknown keyword {name}"
    for name in ("title", "description"):
        if str(part.get(name, "")).endswith(":"):
            yield f"{path}: {name} ends with a colon"
    types = _types(part)
    if len(types - {"null"}) > 1:
        yield f"{path}: a union of types"
    if above and not types <= above:
        yield f"{path}: {sorted(types - above)} is not allowed by what is above"
    types = types or above
    for name in part.keys() & _FOR_TYPE.keys():
        kinds = {_FOR_TYPE[name]} | ({"integer"} if _FOR_TYPE[name] == "number" else set())
        if not kinds & types:
            yield f"{path}: {name} without its type"
    missing = set(part.get("required", ())) - part.get("properties", {}).keys()
    if missing:
        yield f"{path}: required and no property: {sorted(missing)}"
    yield from _check_inner(part, path, types)


def _check_inner(part: Mapping[str, Any], path: str, types: frozenset[str]) -> Iterator[str]:
    for group in ("anyOf", "oneOf", "allOf"):
        for index, inner in enumerate(part.get(group, ())):
            yield from _check(inner, f"{path}/{group}/{index}", types)
    yield from _check(part.get("not"), f"{path}/not", types)
    for name, inner in part.get("properties", {}).items():
        yield from _check(inner, f"{path}/properties/{name}", frozenset())
    for name in ("items", "additionalProperties"):
        yield from _check(part.get(name), f"{path}/{name}", frozenset())
    yield from _check(part.get("propertyNames"), f"{path}/propertyNames", frozenset({"string"}))


def _types(part: Mapping[str, Any]) -> frozenset[str]:
    types = part.get("type", ())
    return frozenset((types,) if isinstance(types, str) else types)
