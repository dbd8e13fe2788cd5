"""References in a stack file: to the file or template of a text, and to a secret."""

import shlex
from collections.abc import Mapping
from typing import Any

from ccloud_apply.model.declared.reference import SECRET_PREFIX, Reference

FILE_REFERENCE: Mapping[str, Any] = {
    "type": "object",
    "description": "The contents of a file, relative to this stack file's folder.",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {"file": {"type": "string", "minLength": 1, "description": "Path of the file."}},
}
_ENV_REFERENCE: Mapping[str, Any] = {
    "type": "object",
    "description": f"An environment variable whose name begins with {SECRET_PREFIX}.",
    "required": ["env"],
    "additionalProperties": False,
    "properties": {
        "env": {
            "type": "string",
            "pattern": f"^{SECRET_PREFIX}[A-Z0-9_]+$",
            "description": "Name of the variable.",
            "errorMessage": f"must be a name that begins with {SECRET_PREFIX}",
        }
    },
}
_COMMAND_REFERENCE: Mapping[str, Any] = {
    "type": "object",
    "description": "The output of a command, such as sops, vault or op. The project file must"
    " allow it under secret_commands. It runs without a shell.",
    "required": ["command"],
    "additionalProperties": False,
    "properties": {
        "command": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "minLength": 1},
            "description": "The program and its arguments.",
            "examples": [["sops", "decrypt", "secrets/token.txt"]],
        }
    },
}
_GENERATE_REFERENCE: Mapping[str, Any] = {
    "type": "object",
    "description": "A new file, to which a generated password is written right before the server"
    " is created. The path is relative to this stack file's folder.",
    "required": ["generate"],
    "additionalProperties": False,
    "properties": {
        "generate": {
            "type": "string",
            "minLength": 1,
            "description": "Path of the file. With count or for_each, it must contain ${key}.",
        }
    },
}
SECRET_REFERENCE: Mapping[str, Any] = {
    "description": "A secret by reference; a stack file never contains its value.",
    "oneOf": [_ENV_REFERENCE, FILE_REFERENCE, _COMMAND_REFERENCE, _GENERATE_REFERENCE],
}
TEMPLATE_REFERENCE: Mapping[str, Any] = {
    "type": "object",
    "description": "The contents of a file. ${...} is filled in as in this file, and"
    " ${secret.NAME} right before the server is created.",
    "required": ["template"],
    "additionalProperties": False,
    "properties": {
        "template": {
            "type": "string",
            "minLength": 1,
            "description": "Path of the file, relative to this stack file's folder.",
        },
        "secrets": {
            "type": ["object", "null"],
            "description": "The secrets that ${secret.NAME} refers to.",
            "examples": [{"TOKEN": {"env": "CCLOUD_SECRET_TOKEN"}}],
            "propertyNames": {
                "type": "string",
                "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$",
                "errorMessage": "must be a name of letters, digits, '_' and '-' that begins with a"
                " letter",
            },
            "additionalProperties": {
                "description": "A secret by reference; a stack file never contains its value.",
                "oneOf": [_ENV_REFERENCE, FILE_REFERENCE, _COMMAND_REFERENCE],
            },
        },
    },
}


def read_secret(value: Mapping[str, Any], base: str) -> Reference:
    """The reference that a valid value says, by its only key."""
    if "env" in value:
        return Reference("env", value["env"], base, is_secret=True)
    if "command" in value:
        return Reference("command", shlex.join(value["command"]), base, is_secret=True)
    if "generate" in value:
        return Reference("generate", value["generate"], base, is_secret=True)
    return Reference("file", value["file"], base, is_secret=True)
