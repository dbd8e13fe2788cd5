"""Resolved stacks as JSON: each stack as plain values, and the places they came from beside it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.results.resolved import (
    Origin,
    ResolvedStack,
    ResolvedStacks,
    ResolvedValue,
)
from ccloud_apply.render.lib.json_text import dump_json


def render_resolved_json(resolved: ResolvedStacks) -> str:
    """`{"format_version", "stacks": [{"stack", "path", "env", "resolved", "places", "texts"}]}`.

    `places` has an entry for each scalar, list and mapping with a place; `pointer` says which, as a
    JSON Pointer (RFC 6901) into `resolved`. `texts` has what servers get from text templates with
    secrets, each of which stands there by its name.
    """
    stacks = [_encode_stack(stack) for stack in resolved.stacks]
    return dump_json({"format_version": FORMAT_VERSION, "stacks": stacks}) + "\n"


def _encode_stack(stack: ResolvedStack) -> dict[str, Any]:
    return {
        "stack": stack.name,
        "path": stack.path,
        "env": stack.env,
        "resolved": _to_json(stack.root.to_plain()),
        "places": list(_find_places(stack.root, "")),
        "texts": [{"pointer": at, "text": text} for at, text in _find_texts(stack.root, "")],
    }


def _find_texts(part: ResolvedValue, pointer: str) -> Iterator[tuple[str, str]]:
    if part.text is not None:
        yield pointer, part.text
    if isinstance(part.value, Mapping):
        for name, child in part.value.items():
            yield from _find_texts(child, f"{pointer}/{_escape_step(name)}")


def _find_places(part: ResolvedValue, pointer: str) -> Iterator[dict[str, Any]]:
    if part.source is not None:
        found = {"pointer": pointer, **_encode_place(part.source)}
        if part.origins:
            found["origins"] = [_encode_origin(origin) for origin in part.origins]
        yield found
    if isinstance(part.value, Mapping):
        for name, child in part.value.items():
            yield from _find_places(child, f"{pointer}/{_escape_step(name)}")
    elif isinstance(part.value, tuple):
        for index, child in enumerate(part.value):
            yield from _find_places(child, f"{pointer}/{index}")


def _encode_origin(origin: Origin) -> dict[str, Any]:
    place = {"path": None, "line": None, "column": None}
    if origin.source is not None:
        place = _encode_place(origin.source)
    return {"expression": origin.expression, "from": origin.name or None, **place}


def _encode_place(source: SourceRange) -> dict[str, Any]:
    return {"path": source.path, "line": source.line, "column": source.column}


def _escape_step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _to_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _to_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_to_json(part) for part in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
