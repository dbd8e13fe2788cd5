"""Holds parameters and a body against the API document. Pure.

No message quotes a value of the body, which may be a secret; those of parameters are quoted.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.request.fields import types_of
from ccloud_apply.load.text.format_values import did_you_mean, escape, join_words, spell_path
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.documented import DocumentedOperation, Parameter, Schema
from ccloud_apply.model.text import count_of

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_SLASHES = lazy_pattern(r"[/\\]")

_TRUTH = {"true": "1", "1": "1", "false": "0", "0": "0"}
"""How a boolean is spelled in a query: as Laravel's own rule takes it."""


def report(where: str, what: str, hint: str = "") -> Diagnostic:
    """What is wrong with one part of a request."""
    return Diagnostic(code="api-request", where=where, what=what, hint=hint)


def help_hint(operation: DocumentedOperation) -> str:
    """The command that shows all that the operation takes."""
    return f"ccloud-apply api {operation.id} --help"


def describe_types(schema: Schema) -> str:
    """`a whole number`, `a text or null`; `anything` where the schema does not say."""
    return join_words([_TYPES[name] for name in _TYPES if name in types_of(schema)]) or "anything"


def check_parameter(parameter: Parameter, text: str) -> tuple[str, str]:
    """The value as it is sent, and what is wrong with it (empty if nothing is)."""
    types = types_of(parameter.schema)
    enum: Sequence[str] = parameter.schema.get("enum", ())
    if enum and text not in enum:
        return text, f'must be {join_words(enum)}, not "{escape(text)}"'
    if "integer" in types and not _is_whole(text):
        return text, f'must be a whole number, not "{escape(text)}"'
    if "boolean" in types:
        sent = _TRUTH.get(text.lower())
        return sent or text, "" if sent else f'must be true or false, not "{escape(text)}"'
    if parameter.place == "path" and not {"", ".", ".."}.isdisjoint(_SLASHES.split(text)):
        # Whoever stands before the API may decode the slashes, and then it is another path.
        return text, f'cannot be "{escape(text)}" in a path'
    if not text.isprintable():
        return text, "has a character that cannot be sent"
    return text, ""


def _is_whole(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 20


def check_body(operation: DocumentedOperation, body: Any) -> Iterator[Diagnostic]:
    """What the document's schema finds wrong with a body, and the fields that it does not name."""
    schema = operation.body or {}
    yield from _find_unknown(operation, schema, body, ())
    yield from _find_unsendable(operation, schema, body, ())
    import jsonschema_rs

    if jsonschema_rs.validator_for(dict(schema)).is_valid(body):
        return
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(schema).iter_errors(body):
        path = tuple(error.absolute_path)
        yield _explain(operation, path, str(error.validator), error.schema, error.instance)


def _find_unknown(
    operation: DocumentedOperation, schema: Schema, value: Any, path: tuple[str | int, ...]
) -> Iterator[Diagnostic]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_unknown(operation, schema.get("items", {}), item, (*path, index))
    properties: Mapping[str, Any] = schema.get("properties", {})
    if not isinstance(value, dict) or not properties:
        return
    for name, item in value.items():
        if name in properties:
            yield from _find_unknown(operation, properties[name], item, (*path, name))
            continue
        hint = did_you_mean(name, properties) or help_hint(operation)
        taken = ", ".join(properties)
        what = f"no such field; {_spell(path) if path else operation.id} takes {taken}"
        yield report(_spell((*path, name)), what, hint)


def _find_unsendable(
    operation: DocumentedOperation, schema: Schema, value: Any, path: tuple[str | int, ...]
) -> Iterator[Diagnostic]:
    """What JSON Schema takes and the API may not: 8.0 for a whole number, and halves of characters,
    such as a file of another encoding leaves on the command line."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_unsendable(operation, schema.get("items", {}), item, (*path, index))
    elif isinstance(value, dict):
        properties: Mapping[str, Any] = schema.get("properties", {})
        for name, item in value.items():
            yield from _find_unsendable(operation, properties.get(name, {}), item, (*path, name))
    elif isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        yield report(_spell(path), "is not UTF-8 text", help_hint(operation))
    elif isinstance(value, float) and value.is_integer():
        types = types_of(schema)
        if "integer" in types and "number" not in types:
            what = "must be a whole number, written without a point or an exponent"
            yield report(_spell(path), what, help_hint(operation))


def _explain(
    operation: DocumentedOperation,
    path: tuple[str | int, ...],
    keyword: str,
    schema: Schema,
    value: Any,
) -> Diagnostic:
    hint = help_hint(operation)
    if keyword == "required":
        missing = [name for name in schema["required"] if name not in value]
        return report(_spell(path), f"{join_words(missing, 'and')} must be given", hint)
    if keyword == "type":
        what = f"must be {describe_types(schema)}"
        if "array" in types_of(schema) and len(path) == 1 and not isinstance(value, dict):
            hint = f"-f '{path[0]}[]=VALUE' adds to a list"
        return report(_spell(path), what, hint)
    words = {
        "enum": lambda: f"must be {join_words(list(map(str, schema['enum'])))}",
        "minLength": lambda: f"must have at least {count_of(schema[keyword], 'character')}",
        "maxItems": lambda: f"must have at most {count_of(schema[keyword], 'entry', 'entries')}",
        "pattern": lambda: f"must look like {_find_example(operation.body_example, path)}",
    }
    what = words[keyword]() if keyword in words else f"does not fit the document ({keyword})"
    return report(_spell(path), what, hint)


def _find_example(example: Any, path: tuple[str | int, ...]) -> Any:
    """What the document's example has at this place of the body."""
    for step in path:
        example = example[0 if isinstance(step, int) else step]
    return example


def _spell(path: tuple[str | int, ...]) -> str:
    return spell_path(path) or "the body"
