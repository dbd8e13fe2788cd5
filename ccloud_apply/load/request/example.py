"""An example of an operation as a command line, made of the API document's own examples. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from ccloud_apply.load.request.build import is_secret_field
from ccloud_apply.model.documented import DocumentedOperation, Schema


def example_words(operation: DocumentedOperation) -> Iterator[str]:
    """What follows `ccloud-apply api OPERATION`: `-p hostname=vs10000`, `-f size=50`.

    Required parameters, and the required fields of the body, or all where none is.
    """
    for parameter in operation.parameters:
        if parameter.is_required:
            value = parameter.name.upper() if parameter.example is None else parameter.example
            yield from ("-p", f"{parameter.name}={value}")
    required = (operation.body or {}).get("required") or operation.fields
    in_path = operation.parameters_in("path")
    for name, schema in operation.fields.items():
        if name not in required or name in in_path:
            continue
        if is_secret_field(name, schema):
            yield from ("-f", f"{name}=@FILE")
            continue
        for assignment in _assign(name, (operation.body_example or {}).get(name), schema):
            yield from ("-f", assignment)
    if operation.answer == "file":
        yield from ("--out", "FILE")


def _assign(name: str, value: Any, schema: Schema) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _assign(f"{name}[]", item, schema.get("items", {}))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _assign(f"{name}[{key}]", item, schema.get("properties", {}).get(key, {}))
    elif isinstance(value, str):
        yield f"{name}={value}"
    else:
        yield f"{name}={json.dumps(value)}"
