"""Opens the documents of `schemas/`: from the installed package, else from the checkout beside it.

The one read of package data that the core is allowed. What a document says, and how a value is
checked against it, does not belong here.
"""

from functools import cache
from json import loads
from pathlib import Path  # importlib.resources would bring tempfile and shutil: 5 ms at every start
from typing import Any

_PACKAGE = Path(__file__).parent
_PACKAGED = _PACKAGE / "_schemas"
_CHECKOUT = _PACKAGE.parent / "schemas"


def read_schema_text(name: str) -> str:
    """The document `schemas/<name>` as text. Raises FileNotFoundError where there is none."""
    folder = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    return (folder / name).read_text(encoding="utf-8")


@cache
def read_schema(name: str) -> dict[str, Any]:
    """The JSON document `schemas/<name>`, parsed once: every caller gets the same value.

    It is not to be changed. Raises FileNotFoundError where there is no such document.
    """
    document: dict[str, Any] = loads(read_schema_text(name))
    return document
