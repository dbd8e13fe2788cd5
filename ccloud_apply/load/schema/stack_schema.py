"""The JSON Schema of a stack file, put together of its parts.

There are two variants. The strict one describes values after interpolation. The file's one is
derived from it, for editors and for the file as written: it also accepts `${...}` where a value may
be interpolated. Validation belongs to `validate.py`.

`errorMessage` is no keyword of JSON Schema: YAML editors show it, and so do our messages. Nor is
`limitedBy`, which names the limit of `model/limits.py` that a maximum comes from.
"""

from functools import cache

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.load.schema.interpolation_schema import EXPRESSION, allow_interpolation
from ccloud_apply.load.schema.lifecycle import build_lifecycle_schema
from ccloud_apply.load.schema.parts import KEY, STACK_NAME, Schema, ref
from ccloud_apply.load.schema.section_schema import (
    build_account_schema,
    build_changed_name_schemas,
    build_move_schema,
    build_policy_schema,
)
from ccloud_apply.load.schema.server_schema import (
    SERVER_ONLY,
    build_defaults_schema,
    build_server_only_schemas,
    build_server_schema,
    build_templates_schema,
)
from ccloud_apply.load.schema.variable_schema import (
    VARIABLE_NAME,
    variable_definitions,
    variable_types,
)

BASE_KEYS = ("extends", "variables", "variable_types", "templates", "defaults", "policy")
"""Keys of a file that others extend."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INTERPOLATED = (
    *(*SERVER_ONLY, "lifecycle"),
    *("stack", "policy", "account", "moved", "move", "released", "renamed"),
)
"""Parts of a file beside the fields whose values may be interpolated."""


@cache
def build_strict_schema() -> Schema:
    """The schema of a stack after interpolation. Cached: callers must not change it."""
    return {
        "$schema": _DIALECT,
        "title": "ccloud-apply stack",
        "description": "One stack of servers of the centron ccloud, in one YAML document.",
        "type": "object",
        "required": ["stack"],
        "additionalProperties": False,
        "properties": _root_properties(),
        "$defs": {
            **{name: dict(aspect.schema) for name, aspect in sorted(ASPECTS.items())},
            **build_server_only_schemas(),
            "lifecycle": build_lifecycle_schema(),
            "policy": build_policy_schema(),
            "account": build_account_schema(),
            "stack": {
                "description": "The stack's name, by which it owns its servers. They carry it as"
                " a tag.",
                "examples": ["web-prod"],
                **STACK_NAME,
            },
            "extends": _extends(),
            "key": {"description": "A server's key.", **KEY},
            "server": build_server_schema(),
            "defaults": build_defaults_schema(),
            "templates": build_templates_schema(),
            "move": build_move_schema(),
            **variable_definitions(),
            **build_changed_name_schemas(),
        },
    }


@cache
def build_file_schema() -> Schema:
    """The schema of a stack file as written. Cached: callers must not change it."""
    strict = build_strict_schema()
    definitions: Schema = dict(strict["$defs"])
    for name in (*ASPECTS, *_INTERPOLATED):
        is_inner = name == "move" or (name in ASPECTS and ASPECTS[name].is_sensitive)
        if name in ASPECTS and ASPECTS[name].merge == "deep":
            definitions[name] = _allow_parts(definitions[name])
        definitions[name] = allow_interpolation(definitions[name], is_secret=is_inner)
    definitions["interpolation"] = EXPRESSION
    properties = dict(strict["properties"])
    names = {"anyOf": [KEY, ref("interpolation")], "errorMessage": KEY["errorMessage"]}
    properties["servers"] = {**properties["servers"], "propertyNames": names}
    return {**strict, "properties": properties, "$defs": definitions}


@cache
def build_base_schema() -> Schema:
    """The schema of a file that others extend, as written. Cached: callers must not change it."""
    whole = build_file_schema()
    return {
        "$schema": _DIALECT,
        "title": "ccloud-apply base",
        "description": "A base file: what all stack files that extend it share.",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: whole["properties"][name] for name in BASE_KEYS},
        "$defs": whole["$defs"],
    }


def _allow_parts(schema: Schema) -> Schema:
    """The schema of a mapping of which other layers say the rest: what is missing in the end is
    told of the merged value."""
    part = {word: value for word, value in schema.items() if word != "required"}
    if "anyOf" in part:
        part["anyOf"] = [_allow_parts(branch) for branch in part["anyOf"]]
    return part


def _root_properties() -> Schema:
    return {
        "stack": ref("stack"),
        "renamed": ref("renamed"),
        "extends": ref("extends"),
        "variables": {
            "type": ["object", "null"],
            "description": "Variables and their defaults. null means that a value is required."
            " --var, --var-file and CCLOUD_VAR_<name> override the default, in that order.",
            "examples": [{"size": 2}],
            "propertyNames": VARIABLE_NAME,
        },
        "variable_types": variable_types(),
        "templates": ref("templates"),
        "defaults": ref("defaults"),
        "policy": ref("policy"),
        "account": ref("account"),
        "servers": {
            "type": ["object", "null"],
            "description": "The stack's servers by key.",
            "propertyNames": KEY,
            "additionalProperties": ref("server"),
        },
        "moved": ref("moved"),
        "released": ref("released"),
    }


def _extends() -> Schema:
    file: Schema = {
        "type": "string",
        "maxLength": 1024,
        "pattern": r"^[^\u0000-\u001f\u007f]+$",  # a bound in here takes 3 ms to compile
        "errorMessage": "must be the path of a file, relative to this one",
    }
    return {
        "description": "Files whose variables, templates, defaults and policy this file uses."
        " Later files override earlier ones, and this file overrides all of them. Paths are"
        " relative to this file.",
        "examples": ["../base.yaml", ["../base.yaml", "../sizes.yaml"]],
        "anyOf": [file, {"type": "array", "items": file, "uniqueItems": True}, {"type": "null"}],
    }
