"""The help of one operation: what it takes and answers, in the API document's own words."""

import json
import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.documented import DocumentedOperation, Parameter, Schema

_WIDTH = 88
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "object",
    "null": "null",
}
_ANSWERS = {
    "value": "JSON",
    "task": "the id of a task; --wait waits for it",
    "nothing": "nothing (204)",
    "file": "a file (PDF): to --out FILE or a pipe, never to a terminal",
}
_REPEATS = {
    "read": "changes nothing, so it is sent again after a failure",
    "absolute": "sets a value, so it is sent again after a failure",
    "never": "is never sent again once it may have arrived",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationHelp:
    """An operation, and an example of it as words of a command line."""

    operation: DocumentedOperation
    example: Sequence[str]


def render_operation_help(value: OperationHelp) -> str:
    """All of it as plain text; no part of it comes from an account."""
    operation = value.operation
    parts = [
        [f"{operation.summary}.", f"{operation.method} {operation.path}"],
        list(_describe_parameters(operation)),
        list(_describe_body(operation)),
        list(_describe_answer(operation)),
        list(_describe_behaviour(operation)),
        _describe_example(value),
        list(_describe_notes(operation.notes)),
    ]
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts if part)


def _describe_parameters(operation: DocumentedOperation) -> Iterator[str]:
    if not operation.parameters:
        return
    yield "Parameters (-p NAME=VALUE):"
    rows = [(each.name, _describe_parameter(each)) for each in operation.parameters]
    yield from _columns(rows)


def _describe_parameter(parameter: Parameter) -> str:
    facts = [_name_type(parameter.schema)]
    if parameter.is_required:
        facts.append("required")
    facts += _describe_rules(parameter.schema)
    if parameter.example is not None:
        facts.append(f"such as {parameter.example}")
    return _join_facts(facts, parameter.description, parameter.notes)


def _describe_body(operation: DocumentedOperation) -> Iterator[str]:
    if operation.body is None:
        return
    optional = "" if operation.needs_body else ", may be left out"
    yield f"Body (-f NAME=VALUE, or --input FILE with JSON{optional}):"
    yield from _columns(list(_describe_fields(operation.body, "", operation)))


def _describe_fields(
    schema: Schema, prefix: str, operation: DocumentedOperation
) -> Iterator[tuple[str, str]]:
    required = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        facts = [_name_type(part)]
        if name in required:
            is_known = not prefix and name in operation.parameters_in("path")
            facts.append("taken from the path" if is_known else "required")
        facts += _describe_rules(part)
        is_list = part.get("type") == "array"
        spelled = f"{prefix}{name}[]" if is_list else f"{prefix}{name}"
        notes = tuple(part[key] for key in ("x-contradiction", "x-note") if key in part)
        yield spelled, _join_facts(facts, part.get("description", ""), notes)
        inner = part.get("items", {}) if is_list else part
        if "properties" in inner:
            nested = (
                (f"{spelled}[{key}]", text) for key, text in _describe_fields(inner, "", operation)
            )
            yield from nested


def _name_type(schema: Schema) -> str:
    types = schema.get("type", ())
    names = [types] if isinstance(types, str) else list(types)
    if names == ["array"]:
        return f"list of {_name_type(schema.get('items', {}))}"
    return " or ".join(_TYPES[name] for name in names) or "anything"


def _describe_rules(schema: Schema) -> Iterator[str]:
    unit = schema.get("x-unit", schema.get("items", {}).get("x-unit"))
    if unit == "unknown":
        yield "its unit is not documented"
    elif unit:
        yield f"in {unit}"
    if "enum" in schema:
        yield f"one of {', '.join(map(str, schema['enum']))}"
    if "x-documented-values" in schema:
        yield f"documented: {', '.join(schema['x-documented-values'])}"
    if "minLength" in schema:
        yield f"at least {schema['minLength']} characters"
    if "maxItems" in schema:
        yield f"at most {schema['maxItems']}"
    if schema.get("format") == "password":
        yield "a secret, so from a file: NAME=@FILE, or NAME=@- for standard input"


def _join_facts(facts: Sequence[str], description: str, notes: Sequence[str]) -> str:
    texts = [", ".join(facts)]
    texts += [text for text in (description.strip(), *notes) if text]
    return " ".join(text if text.endswith((".", ")")) else f"{text}." for text in texts)


def _describe_answer(operation: DocumentedOperation) -> Iterator[str]:
    answer = _ANSWERS[operation.answer]
    if operation.answer == "nothing" and not operation.is_change:
        answer = "not documented, JSON or nothing"
    if operation.is_secret:
        answer += ", a secret: to a terminal or to --out FILE alone"
    elif operation.is_list:
        answer += ", a list" + ("; --paginate reads all of its pages" if operation.is_paged else "")
    yield f"Answer: {answer}."
    if operation.answer_example is not None:
        text = json.dumps(_shorten(operation.answer_example), ensure_ascii=False)
        yield from textwrap.wrap(
            text, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
        )


def _shorten(value: Any) -> Any:
    """The example with the first entry alone of each list."""
    if isinstance(value, list):
        return [_shorten(item) for item in value[:1]]
    if isinstance(value, Mapping):
        return {name: _shorten(item) for name, item in value.items()}
    return value


def _describe_behaviour(operation: DocumentedOperation) -> Iterator[str]:
    yield f"It {_REPEATS[operation.repeat]}."
    if operation.is_change:
        yield "A server that a stack owns is not changed without --force."


def _describe_example(value: OperationHelp) -> list[str]:
    words = ["ccloud-apply", "api", value.operation.id, *value.example]
    return ["Example:", f"  {shlex.join(words)}"]


def _describe_notes(notes: Sequence[str]) -> Iterator[str]:
    if not notes:
        return
    yield "The document leaves this open:"
    for note in notes:
        yield from textwrap.wrap(note, _WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _columns(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = min(max(len(name) for name, _ in rows), 24)
    for name, text in rows:
        indent = " " * (width + 4)
        lines = textwrap.wrap(
            text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )
        if len(name) <= width:
            lines[0] = f"  {name:<{width}}  {lines[0].lstrip()}"
        else:
            lines.insert(0, f"  {name}")
        yield from lines
