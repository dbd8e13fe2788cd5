"""The text of a first stack file: short, valid, with comments that say how to go on from there."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.load.write.dump import dump_stack
from ccloud_apply.model.declared.first_stack import FirstStack, NewServer

SCHEMA_FILE = "stack.schema.json"
"""Where the file looks for the JSON Schema: beside itself."""

_FIELD_INDENT = " " * 4
_COMMENT_COLUMN = 32

_HEAD = f"""\
# yaml-language-server: $schema={SCHEMA_FILE}
# One file is one stack. The servers and fields that it names are managed; everything else in the
# account stays as it is.
"""

_MORE = """\
    # More fields: addons, custom_name, notes, power, scheduled_snapshots, tags, user_data, ...
    # lifecycle: {prevent_destroy: true}    # remove the first # once it holds data
"""


def write_first_stack(first: FirstStack) -> str:
    """The file's text. Without new servers it has no `servers` yet: adopted ones are inserted."""
    head = f"{_HEAD}{dump_stack({'stack': first.name})}"
    if first.server is None:
        return head
    server = first.server
    body = dump_stack({"servers": {server.key: _fields_of(server)}})
    lines = [_with_comment(line, _comments_of(server)) for line in body.splitlines()]
    return "\n".join([head, *lines, ""]) + _MORE


def _fields_of(server: NewServer) -> Mapping[str, Any]:
    fields = {
        "pool": server.pool,
        "type": server.type,
        "image": server.image,
        "cores": server.cores,
        "memory": server.memory_gb,
        "disks": list(server.disks_gb),
    }
    return fields if server.count == 1 else {"count": server.count, **fields}


def _comments_of(server: NewServer) -> Mapping[str, str]:
    return {
        "count": f"{server.key}-1 to {server.key}-{server.count}",
        "pool": "only set at create",
        "type": "managed or unmanaged; only set at create",
        "image": "only set at create",
        "memory": "GB",
        "disks": "GB, the system disk first",
    }


def _with_comment(line: str, comments: Mapping[str, str]) -> str:
    if not line.startswith(_FIELD_INDENT):
        return line
    comment = comments.get(line.strip().partition(":")[0])
    return line if comment is None else f"{line.ljust(_COMMENT_COLUMN)}  # {comment}"
