"""The table of operations in docs/reference/sandbox.md, made from the document."""

from collections.abc import Iterator, Mapping
from typing import Any

from ccloud_apply.schemas import read_schema

METHODS = ("get", "post", "put", "delete")
HEADER = (
    "| operation | request | answer | in the words of the document |\n| --- | --- | --- | --- |\n"
)


def operation_table() -> str:
    """The table as it has to stand in the docs: one row per documented operation, in its order."""
    return HEADER + "".join(_rows())


def _rows() -> Iterator[str]:
    for path, item in read_schema("ccloud-api.openapi.json")["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                name = operation["operationId"]
                summary = operation["summary"].strip().rstrip(".")
                answer = _answer(operation["responses"])
                yield f"| `{name}` | `{method.upper()} {path}` | {answer} | {summary} |\n"


def _answer(responses: Mapping[str, Any]) -> str:
    """The documented success: its status, and what it carries where that is not JSON."""
    status = min(code for code in responses if code.startswith("2"))
    is_pdf = "application/pdf" in responses[status].get("content", {})
    return f"{status}, a PDF" if is_pdf else status


if __name__ == "__main__":
    print(operation_table())  # noqa: T201
