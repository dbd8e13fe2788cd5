"""The table of operations in docs/reference/sandbox.md, made from the document and the handlers."""

from collections.abc import Iterator

from ccloud_apply.sandbox.handlers import NOT_OFFERED
from ccloud_apply.schemas import read_schema

METHODS = ("get", "post", "put", "delete")
HEADER = "| | operation | request | in the words of the document |\n| --- | --- | --- | --- |\n"


def operation_table() -> str:
    """The table as it has to stand in the docs: one row per documented operation, in its order."""
    return HEADER + "".join(_rows())


def _rows() -> Iterator[str]:
    for path, item in read_schema("ccloud-api.openapi.json")["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                name = operation["operationId"]
                box = "[ ]" if name in NOT_OFFERED else "[x]"
                summary = operation["summary"].strip().rstrip(".")
                yield f"| {box} | `{name}` | `{method.upper()} {path}` | {summary} |\n"


if __name__ == "__main__":
    print(operation_table())  # noqa: T201
