"""JSON as text that is safe in a terminal and in a build runner's log."""

import json
from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern

_HASH_BEFORE_HASH = lazy_pattern("#(?=#)")


def dump_json(document: Any, *, indent: int | None = 2) -> str:
    """The document as ASCII. Whatever a terminal or a runner would obey is escaped in strings.

    Raises ValueError for numbers that JSON does not have, TypeError for values that are not JSON.
    """
    separators = (",", ": ") if indent else (", ", ": ")
    text = json.dumps(document, indent=indent, allow_nan=False, separators=separators)
    # Both occur only inside strings, where the escapes mean the same.
    text = text.replace("\x7f", "\\u007f")
    return _HASH_BEFORE_HASH.sub(r"\\u0023", text)
