"""Validates a request against the API document's schemas, with Laravel's messages.

Covers what the document uses: types, required fields, minimum lengths, enums. What a value means (a
pool that exists, a disk that does not shrink) is checked by the handlers.
"""

from functools import lru_cache
from typing import Any

import jsonschema_rs

from ccloud_apply.sandbox.http.document import Endpoint, Schema, read_document
from ccloud_apply.sandbox.http.errors import Invalid, not_found

CHECKS_ITS_BODY = frozenset(
    {
        "create_token",  # answers in OAuth's own shapes
        "set_server_custom_name",  # a raw string or an object
        "add_server_dvd",
        "update_server_dvd",
        "set_server_snapshot_schedule",  # one enum lacks 24; number or numeric string
        "set_server_boot_order",  # its schema is broken in the document
    }
)
"""Operations whose handler checks the body: the documented schema is loose or contradictory."""

CHECKS_ITS_ADDON = frozenset(
    {"set_server_addon", "delete_server_addon", "set_customer_addon", "delete_customer_addon"}
)
"""Operations whose handler checks the addon: the document allows one, the catalogue has many."""

MAX_DIGITS = 15

_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an array",  # PHP has one word for both
}


def trim_strings(value: Any, key: str = "") -> Any:
    """The value with trimmed strings, and None for empty ones, like Laravel's input.

    Passwords stay as they are. Oddity: docs/reference/api-oddities.md, "texts (notes, names)".
    """
    if isinstance(value, dict):
        return {name: trim_strings(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [trim_strings(item) for item in value]
    if isinstance(value, str) and key != "password":
        return value.strip() or None
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 8.0 passes as an integer
    return value


def check_path(endpoint: Endpoint, values: dict[str, str]) -> None:
    """Raises Refusal (404) for an invalid number, Invalid for a word that is not in the enum."""
    for name, value in values.items():
        schema = endpoint.path_schemas.get(name, {})
        if schema.get("type") == "integer" and not _is_number(value):
            raise not_found(f"{name} {value}")
        allowed = schema.get("enum")
        if allowed and value not in allowed and endpoint.operation_id not in CHECKS_ITS_ADDON:
            raise Invalid({name: f"The selected {name} is invalid."})


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS


def check_query(endpoint: Endpoint, values: dict[str, str]) -> None:
    """Raises Invalid for an invalid number or boolean."""
    errors = {}
    for name, value in values.items():
        kind = endpoint.query_schemas.get(name, {}).get("type")
        if kind == "integer" and not _is_number(value):
            errors[name] = f"The {name} must be an integer."
        elif kind == "integer" and int(value) < 1:
            errors[name] = f"The {name} must be at least 1."
        elif kind == "boolean" and value.lower() not in ("true", "false", "1", "0"):
            errors[name] = f"The {_words(name)} field must be true or false."
    if errors:
        raise Invalid(errors)


def check_body(endpoint: Endpoint, body: Any) -> Any:
    """The validated body: an object without nulls, or None if the operation has no body.

    Laravel reads a malformed or missing body as an empty one, so its required fields are missing.
    An operation without required fields refuses such a body too: it could empty a list.
    """
    if endpoint.body_schema is None or endpoint.operation_id in CHECKS_ITS_BODY:
        return body
    given = body if isinstance(body, dict) else {}
    given = {name: value for name, value in given.items() if value is not None}
    errors: dict[str, list[str]] = {}
    for error in _validator(endpoint.operation_id).iter_errors(given):
        where = [str(part) for part in error.instance_path]
        rule = str(error.schema_path[-1])
        if rule == "required":
            where.append(error.message.split('"')[1])
        name = ".".join(where) or "body"
        errors.setdefault(name, []).append(_word(rule, name, error.schema_path, endpoint))
    if not errors and body is None and endpoint.is_body_required:
        errors["body"] = ["The body field is required."]
    if not errors and body is not None and not isinstance(body, dict):
        errors["body"] = ["The body must be an array."]
    if errors:
        raise Invalid(errors)
    return given


@lru_cache(maxsize=128)
def _validator(operation_id: str) -> Any:
    schema = read_document().endpoints[operation_id].body_schema or {}
    return jsonschema_rs.validator_for(schema)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _word(rule: str, name: str, path: list[str | int], endpoint: Endpoint) -> str:
    if rule == "required":
        return f"The {_words(name)} field is required."
    limit = _at(endpoint.body_schema or {}, path)
    if rule == "type":
        kinds = limit if isinstance(limit, list) else [limit]
        known = [_TYPES.get(str(kind), str(kind)) for kind in kinds if kind != "null"]
        return f"The {_words(name)} must be {' or '.join(known)}."
    if rule == "minLength":
        return f"The {_words(name)} must be at least {limit} characters."
    return f"The selected {_words(name)} is invalid."


def _at(schema: Schema, path: list[str | int]) -> Any:
    value: Any = schema
    for part in path:
        value = value[part]
    return value
