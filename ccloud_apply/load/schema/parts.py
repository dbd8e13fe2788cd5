"""What the parts of the JSON Schemas have in common: their type, references, and forms of names."""

from typing import Any

from ccloud_apply.model.limits import MAX_RETIRE_DAYS
from ccloud_apply.model.ownership import (
    KEY_PATTERN,
    KEY_RULE,
    MOVE_PATTERN,
    STACK_PATTERN,
    STACK_RULE,
)

Schema = dict[str, Any]

STACK_NAME: Schema = {
    "type": "string",
    "pattern": f"^{STACK_PATTERN}$",
    "errorMessage": f"must be {STACK_RULE}",
}
KEY: Schema = {
    "type": "string",
    "pattern": f"^{KEY_PATTERN}$",
    "errorMessage": f"must be {KEY_RULE}",
}
TEMPLATE_NAME: Schema = {
    "type": "string",
    "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
    "errorMessage": "must be a name of letters, digits, '_' and '-', at most 64",
}
MOVE_END: Schema = {
    "type": "string",
    "pattern": f"^{MOVE_PATTERN}$",
    "errorMessage": f"must be a key or STACK/KEY; a key is {KEY_RULE}",
}

RETIRE: Schema = {
    "type": ["string", "null"],
    "pattern": "^([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)d$",
    "errorMessage": f"must be days from 1d to {MAX_RETIRE_DAYS}d, such as 7d",
    "examples": ["7d"],
}
"""How long a server that the file gives up waits, switched off, until it is destroyed."""


def ref(name: str) -> Schema:
    """What stands for an entry of `$defs`."""
    return {"$ref": f"#/$defs/{name}"}
