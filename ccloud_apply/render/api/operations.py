"""Every operation of the API document, one a line, or as JSON."""

from collections.abc import Sequence

from ccloud_apply.model.documented import DocumentedOperation
from ccloud_apply.render.lib.json_text import dump_json
from ccloud_apply.render.lib.table import pad


def render_operations(operations: Sequence[DocumentedOperation]) -> str:
    """A line for each: id, method, path."""
    ids = max((len(operation.id) for operation in operations), default=0)
    methods = max((len(operation.method) for operation in operations), default=0)
    return "".join(
        f"{pad(operation.id, ids)}  {pad(operation.method, methods)}  {operation.path}\n"
        for operation in operations
    )


def render_operations_json(operations: Sequence[DocumentedOperation]) -> str:
    """A list of `{"id", "method", "path", "summary"}`."""
    rows = [
        {
            "id": operation.id,
            "method": operation.method,
            "path": operation.path,
            "summary": operation.summary,
        }
        for operation in operations
    ]
    return dump_json(rows) + "\n"
