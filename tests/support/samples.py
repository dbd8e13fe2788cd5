"""The document's samples, as they stand in it, and the values that their placeholders stand for."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ccloud_apply.sandbox.http.document import read_document
from tests.conftest import ROOT

SAMPLES = ROOT / "tests" / "agreement" / "vendor-samples.txt"
PREFIX = "/api/v1"
ANY_NAME = ("property", "additionalProperties", "send_persec")
"""Names in examples that stand for others: hostnames, addons, and the values of a metric."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One curl command of the document, and the operation that it calls."""

    operation_id: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


def read_samples() -> Iterator[Sample]:
    """Every sample, in the document's order. Raises ValueError for a line that it does not know."""
    for block in SAMPLES.read_text(encoding="utf-8").strip().split("\n\n"):
        yield _read(shlex.split(block.replace("\\\n", " ")))


def _read(words: list[str]) -> Sample:
    if words[0] != "curl":
        raise ValueError(words[0])
    method = path = ""
    headers: dict[str, str] = {}
    body: Any = None
    for name, value in zip(words[1::2], words[2::2], strict=True):
        if name == "--request":
            method = value
        elif name == "--url":
            path = urlsplit(value).path.removeprefix(PREFIX)
        elif name == "--header":
            header, _, text = value.partition(": ")
            headers[header] = text
        elif name == "--data":
            body = json.loads(value)
        else:
            raise ValueError(name)
    return Sample(
        operation_id=_find_operation(method, path),
        method=method,
        path=path,
        headers=headers,
        body=body,
    )


def _find_operation(method: str, path: str) -> str:
    # `{tag}` and `{date}` are undeclared in the document, so its samples leave them empty.
    filled = f"{path}x" if path.endswith("/") else path
    endpoints, _ = read_document().match(filled)
    return endpoints[method].operation_id


def find_missing(example: Any, value: Any, place: str = "$") -> Iterator[str]:
    """Where the value lacks what the example has: a field, or any row of a list.

    Of lists of rows the first stands for all. Null has no shape; the schema says where it may be.
    """
    if value is None or example is None:
        return
    if isinstance(example, dict):
        yield from _find_missing_fields(example, value, place)
    elif isinstance(example, list):
        rows = value if isinstance(value, list) else [value]
        if example and not rows:
            yield f"{place}: empty"
        elif example:
            yield from find_missing(example[0], rows[0], f"{place}[0]")
    elif isinstance(value, dict | list):
        yield f"{place}: neither text nor number"


def _find_missing_fields(example: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    if isinstance(value, list):  # three operations show one object where a list is meant
        yield from find_missing([example], value, place)
        return
    if not isinstance(value, dict):
        yield f"{place}: no object"
        return
    for name, part in example.items():
        if name.startswith(ANY_NAME):
            if not value:
                yield f"{place}: empty"
            for first in list(value)[:1]:
                yield from find_missing(part, value[first], f"{place}.{first}")
        elif name not in value:
            yield f"{place}.{name}: missing"
        else:
            yield from find_missing(part, value[name], f"{place}.{name}")
