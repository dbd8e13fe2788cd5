"""Opens the documents of `schemas/`.

The one read of package data that the core is allowed. What a document says, and how a value is
checked against it, does not belong here.
"""

from functools import cache
from json import loads
from typing import Any

from ccloud_apply.shipped import shipped_folder


def read_schema_text(name: str) -> str:
    """The document `schemas/<name>` as text. Raises FileNotFoundError where there is none."""
    return (shipped_folder("schemas") / name).read_text(encoding="utf-8")


@cache
def read_schema(name: str) -> dict[str, Any]:
    """The JSON document `schemas/<name>`, parsed once: every caller gets the same value.

    It is not to be changed. Raises FileNotFoundError where there is no such document.
    """
    document: dict[str, Any] = loads(read_schema_text(name))
    return document
