"""The JSON Schema of the project file, `ccloud-apply.yaml`.

What stands under every stack (`defaults`, `policy`, `variables`) has the form that it has in a
stack file: those parts come from `stack_schema.py`. Validation belongs to `validate.py`.
"""

from functools import cache

from ccloud_apply.load.schema.parts import Schema, ref
from ccloud_apply.load.schema.stack_schema import build_file_schema
from ccloud_apply.load.schema.variable_schema import VARIABLE_NAME
from ccloud_apply.model.declared.project import ALL_ENVIRONMENTS, PROJECT_FILE
from ccloud_apply.model.limits import LIMIT_KEYS, MAX_LIMIT
from ccloud_apply.model.ownership import KEY_PATTERN, KEY_RULE

ENVIRONMENT_RULE = f"{KEY_RULE}, and not {ALL_ENVIRONMENTS}"
"""What an environment's name is: it is part of stacks' names, as `${env}`."""

_LIMIT_TEXTS = {
    "disks": "The maximum number of disks of one server.",
    "disk_gb": "The maximum size of one disk, in GB.",
    "snapshots": "The maximum number of snapshots of one server.",
    "snapshot_pause_s": "The minimum number of seconds between two snapshots of one server.",
    "creates": "The maximum number of servers in creation at the same time in one account.",
    "cores": "The maximum number of cores of one server.",
    "memory_gb": "The maximum memory of one server, in GB.",
}


@cache
def build_project_schema() -> Schema:
    """The schema of a project file. Cached: callers must not change it."""
    stack = build_file_schema()
    return {
        "$schema": stack["$schema"],
        "title": "ccloud-apply project",
        "description": f"The file {PROJECT_FILE} at the top of a repository: what its stacks share,"
        " and its environments. It contains no credentials, and nothing connects with it.",
        "type": "object",
        "required": ["project"],
        "additionalProperties": False,
        "properties": _root_properties(),
        "$defs": {
            **stack["$defs"],
            "variables": _variables("Variables and their values."),
            "var_files": _var_files(),
            "expected_account": _expected_account(),
            "limits": _limits(),
            "environment": _environment(),
        },
    }


def _root_properties() -> Schema:
    return {
        "project": {
            "type": "string",
            "description": "The project's name, which only people use.",
            "examples": ["shop"],
            "pattern": f"^{KEY_PATTERN}$",
            "errorMessage": f"must be {KEY_RULE}",
        },
        "account": ref("expected_account"),
        "stacks": {
            "type": "array",
            "description": "The files that are stacks if a command gets no PATH: files, folders"
            " and glob patterns in this file's folder. If left out, every stack in that folder.",
            "examples": [["stacks/**/*.yaml"]],
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1},
        },
        "variables": {
            **_variables(
                "Variables of every stack; a stack's own variables override them. null"
                " means that there is no default."
            ),
            "examples": [{"size": 2}],
        },
        "defaults": ref("defaults"),
        "policy": ref("policy"),
        "limits": ref("limits"),
        "secret_commands": {
            "type": "array",
            "description": "How the commands that a secret may come from must begin.",
            "examples": [[["sops", "decrypt"], ["op", "read"]]],
            "items": {
                "type": "array",
                "description": "A program and its first arguments, each as one text.",
                "minItems": 1,
                "items": {"type": "string", "minLength": 1},
            },
        },
        "environments": {
            "type": ["object", "null"],
            "description": "Environments by name. --env or CCLOUD_ENV chooses one, and ${env} is"
            " its name.",
            "examples": [{"prod": {"var_files": ["env/prod.yaml"]}, "staging": None}],
            "propertyNames": {
                "type": "string",
                "pattern": f"^(?!{ALL_ENVIRONMENTS}$){KEY_PATTERN}$",
                "errorMessage": f"must be {ENVIRONMENT_RULE}",
            },
            "additionalProperties": ref("environment"),
        },
    }


def _variables(description: str) -> Schema:
    return {
        "type": ["object", "null"],
        "description": description,
        "propertyNames": VARIABLE_NAME,
    }


def _var_files() -> Schema:
    return {
        "type": "array",
        "description": "Files of NAME: VALUE lines, relative to the project file. Later files"
        " override earlier ones, and all of them override variables.",
        "examples": [["env/prod.yaml"]],
        "items": {"type": "string", "minLength": 1},
    }


def _expected_account() -> Schema:
    return {
        "type": ["object", "null"],
        "description": "The expected account. It is compared, and never used to connect: a"
        " different account is an error before anything is planned.",
        "additionalProperties": False,
        "properties": {
            "customer_id": {
                "type": "string",
                "minLength": 1,
                "description": "The customer's number, in quotes.",
                "examples": ["K12345"],
            },
            "endpoint": {
                "type": "string",
                "pattern": r"^(https?://[^\s?#@]+|sandbox)$",
                "errorMessage": "must be the address of an API, such as"
                " https://ccenter.internet1.de/api/v1, or sandbox",
                "description": "The address of the API.",
                "examples": ["https://ccenter.internet1.de/api/v1"],
            },
        },
    }


def _limits() -> Schema:
    return {
        "type": ["object", "null"],
        "description": "The platform's limits, if they differ from the built-in ones."
        " CCLOUD_LIMIT_... overrides them.",
        "additionalProperties": False,
        "properties": {
            key: {
                "type": "integer",
                "minimum": 0 if name == "snapshot_pause_s" else 1,
                "maximum": MAX_LIMIT,
                "description": _LIMIT_TEXTS[name],
            }
            for name, key in LIMIT_KEYS.items()
        },
    }


def _environment() -> Schema:
    return {
        "type": ["object", "null"],
        "description": "The values of one environment.",
        "additionalProperties": False,
        "properties": {
            "variables": {
                **_variables("Values that override the stacks' own defaults."),
                "examples": [{"size": 4}],
            },
            "var_files": ref("var_files"),
            "account": ref("expected_account"),
            "policy": ref("policy"),
        },
    }
