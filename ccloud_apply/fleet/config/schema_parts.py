"""Parts of the schema of fleet.yaml that several sections have: names, durations, references."""

from typing import Any

from ccloud_apply.fleet.config.durations import DURATION_PATTERN
from ccloud_apply.load.schema.parts import Schema

NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
"""What accounts, sources and whoever is told are called: it is part of addresses and folders."""

MIN_LEASE_S = 3
"""Seconds of the shortest lease: its margin is 2 s, and something has to be left of it."""

MAX_LEASE_S = 3600
"""Seconds of the longest lease: so long a stack waits whose worker has died."""

NAME: Schema = {
    "type": "string",
    "pattern": f"^{NAME_PATTERN}$",
    "errorMessage": "must be a name of letters, digits, '.', '_' and '-' that begins with a letter"
    " or digit, at most 63",
}
TEXT: Schema = {"type": "string", "minLength": 1}
REFERENCE_RULE = "must be a reference; fleet.yaml never contains a secret"
REFERENCE_HINT = "write {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT]}"


def section(description: str, properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    """A mapping with these keys alone."""
    has_required: Schema = {"required": list(required)} if required else {}
    return {
        "type": "object",
        "description": description,
        **has_required,
        "additionalProperties": False,
        "properties": properties,
    }


def text(description: str, *examples: str) -> Schema:
    """A text that is not empty."""
    return {**TEXT, "description": description, "examples": list(examples)}


def duration(description: str, default: str) -> Schema:
    """A number with its unit."""
    return {
        "type": "string",
        "pattern": f"^{DURATION_PATTERN}$",
        "errorMessage": "must be a number with s, m, h or d, such as 30m, and at most 99999d",
        "description": description,
        "default": default,
        "examples": [default],
    }


def reference(description: str, **example: Any) -> Schema:
    """Where a secret is: a variable, a file, or the output of a command."""
    return {
        **section(
            description,
            {
                "env": {
                    "type": "string",
                    "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
                    "description": "An environment variable of the process that needs the value.",
                },
                "file": {
                    **TEXT,
                    "description": "A file with the value: an absolute path, or one relative to"
                    " fleet.yaml.",
                },
                "command": {
                    "type": "array",
                    "minItems": 1,
                    "description": "A program and its arguments; its output is the value. It runs"
                    " without a shell.",
                    "items": TEXT,
                },
            },
        ),
        "minProperties": 1,
        "maxProperties": 1,
        "examples": [example],
    }
