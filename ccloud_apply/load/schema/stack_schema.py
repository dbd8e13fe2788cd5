"""The JSON Schema of a stack file. Each aspect contributes the part of its field.

There are two variants. The strict one describes values after interpolation. The file's one is
derived from it, for editors and for the file as written: it also accepts `${...}` where a value may
be interpolated. Validation belongs to `validate.py`.

`errorMessage` is no keyword of JSON Schema: YAML editors show it, and so do our messages. Nor is
`limitedBy`, which names the limit of `model/limits.py` that a maximum comes from.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.load.schema.lifecycle import build_lifecycle_schema
from ccloud_apply.load.schema.variable_schema import (
    VARIABLE_NAME,
    variable_definitions,
    variable_types,
)
from ccloud_apply.model.currencies import CURRENCIES
from ccloud_apply.model.limits import MAX_COUNT
from ccloud_apply.model.ownership import (
    KEY_PATTERN,
    KEY_RULE,
    MOVE_PATTERN,
    STACK_PATTERN,
    STACK_RULE,
)

Schema = dict[str, Any]

INTERPOLATION = "#/$defs/interpolation"
SERVER_ONLY = ("enabled", "count", "for_each", "template", "hostname", "depends_on")
"""Keys of a server that cannot stand in `defaults` or in a template."""
BASE_KEYS = ("extends", "variables", "variable_types", "templates", "defaults", "policy")
"""Keys of a file that others extend."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INTERPOLATED = (
    *("enabled", "count", "for_each", "template", "hostname", "depends_on", "lifecycle"),
    *("stack", "policy", "account", "moved", "move", "released", "renamed"),
)
"""Parts of a file beside the fields whose values may be interpolated."""
_ANNOTATIONS = ("title", "description", "examples", "default", "errorMessage")
_STACK_NAME: Schema = {
    "type": "string",
    "pattern": f"^{STACK_PATTERN}$",
    "errorMessage": f"must be {STACK_RULE}",
}
_KEY: Schema = {
    "type": "string",
    "pattern": f"^{KEY_PATTERN}$",
    "errorMessage": f"must be {KEY_RULE}",
}
_TEMPLATE_NAME: Schema = {
    "type": "string",
    "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
    "errorMessage": "must be a name of letters, digits, '_' and '-', at most 64",
}
_MOVE_END: Schema = {
    "type": "string",
    "pattern": f"^{MOVE_PATTERN}$",
    "errorMessage": f"must be a key or STACK/KEY; a key is {KEY_RULE}",
}


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
            **_server_only(),
            "lifecycle": build_lifecycle_schema(),
            "policy": _policy(),
            "account": _account(),
            "stack": {
                "description": "The stack's name and identity. Its servers carry it as a tag.",
                "examples": ["web-prod"],
                **_STACK_NAME,
            },
            "extends": _extends(),
            "key": {"description": "A server's key.", **_KEY},
            "server": _server(),
            "defaults": _defaults(),
            "templates": _templates(),
            "move": _move(),
            **variable_definitions(),
            "moved": {
                "type": ["array", "null"],
                "description": "Renamed keys: the live server gets the new key, nothing else "
                "changes. STACK/KEY is a server of another stack of the same run.",
                "examples": [[{"from": "database", "to": "db"}]],
                "items": _ref("move"),
            },
            "released": {
                "type": ["array", "null"],
                "description": "Keys whose live servers are given back: they stay, unmanaged.",
                "examples": [["old-web"]],
                "items": _ref("key"),
            },
            "renamed": _renamed(),
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
    definitions["interpolation"] = {
        "type": "string",
        "pattern": "\\$\\{",
        "description": "A value with ${var.NAME}, ${stack}, ${env}, ${key}, ${index} or"
        " ${each.value}.",
    }
    properties = dict(strict["properties"])
    names = {"anyOf": [_KEY, _ref("interpolation")], "errorMessage": _KEY["errorMessage"]}
    properties["servers"] = {**properties["servers"], "propertyNames": names}
    return {**strict, "properties": properties, "$defs": definitions}


@cache
def build_base_schema() -> Schema:
    """The schema of a file that others extend, as written. Cached: callers must not change it."""
    whole = build_file_schema()
    return {
        "$schema": _DIALECT,
        "title": "ccloud-apply base",
        "description": "What stack files share that extend this file.",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: whole["properties"][name] for name in BASE_KEYS},
        "$defs": whole["$defs"],
    }


def _allow_parts(schema: Mapping[str, Any]) -> Schema:
    """The schema of a mapping of which other layers say the rest: what is missing in the end is
    told of the merged value."""
    part = {word: value for word, value in schema.items() if word != "required"}
    if "anyOf" in part:
        part["anyOf"] = [_allow_parts(branch) for branch in part["anyOf"]]
    return part


def allow_interpolation(schema: Mapping[str, Any], *, is_secret: bool = False) -> Schema:
    """The schema of the same value before interpolation.

    The value and all parts of it may also be `${...}`, unless free text allows that already. For
    a secret only the parts may: a secret is a reference, never a variable's value.
    """
    inner: Schema = dict(schema)
    for keyword in ("properties", "patternProperties"):
        if keyword in inner:
            inner[keyword] = {k: allow_interpolation(v) for k, v in inner[keyword].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(inner.get(keyword), Mapping):
            inner[keyword] = allow_interpolation(inner[keyword])
    if "propertyNames" in inner:
        inner["propertyNames"] = _forbid_interpolation(inner["propertyNames"])
    for keyword in ("anyOf", "oneOf"):
        if keyword in inner:
            # The union gets the alternative once, its branches do not.
            inner[keyword] = [allow_interpolation(b, is_secret=True) for b in inner[keyword]]
    if is_secret or _takes_any_text(schema):
        return inner
    outer = {word: inner.pop(word) for word in _ANNOTATIONS if word in inner}
    alternative = {"$ref": INTERPOLATION}
    if set(inner) == {"anyOf"}:
        return {**outer, "anyOf": [*inner["anyOf"], alternative]}
    if "errorMessage" in outer:
        inner["errorMessage"] = outer.pop("errorMessage")
    if "description" in outer:  # it also names the unit, which messages need
        inner["description"] = outer["description"]
    return {**outer, "anyOf": [inner, alternative]}


def _forbid_interpolation(names: Mapping[str, Any]) -> Schema:
    """The schema of keys in which nothing is filled in: a `${` would stay there unnoticed."""
    pattern = names.get("pattern")
    if pattern is not None and not re.search(pattern, "${var.x}"):
        return dict(names)
    return {**names, "not": {"pattern": "\\$\\{"}}


def _takes_any_text(schema: Mapping[str, Any]) -> bool:
    if {"enum", "const", "pattern", "maxLength", "format"} & schema.keys():
        return False
    types = schema.get("type", ())
    if types == "string" or (not isinstance(types, str) and "string" in types):
        return True
    return any(_takes_any_text(branch) for branch in schema.get("anyOf", ()))


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _root_properties() -> Schema:
    return {
        "stack": _ref("stack"),
        "renamed": _ref("renamed"),
        "extends": _ref("extends"),
        "variables": {
            "type": ["object", "null"],
            "description": "Variables and their defaults; null: a value is required. --var, "
            "--var-file and CCLOUD_VAR_<name> win over the default, in that order.",
            "examples": [{"size": 2}],
            "propertyNames": VARIABLE_NAME,
        },
        "variable_types": variable_types(),
        "templates": _ref("templates"),
        "defaults": _ref("defaults"),
        "policy": _ref("policy"),
        "account": _ref("account"),
        "servers": {
            "type": ["object", "null"],
            "description": "The stack's servers by key.",
            "propertyNames": _KEY,
            "additionalProperties": _ref("server"),
        },
        "moved": _ref("moved"),
        "released": _ref("released"),
    }


def _server() -> Schema:
    names = (*SERVER_ONLY, *sorted(ASPECTS), "lifecycle")
    needed = ", ".join(name for name, aspect in ASPECTS.items() if aspect.is_needed_to_create)
    return {
        "type": ["object", "null"],
        "description": "A server, or several with count and for_each. A field left out is not "
        f"managed. To create one: {needed}.",
        "additionalProperties": False,
        "properties": {name: _ref(name) for name in names},
    }


def _defaults() -> Schema:
    return {
        "type": ["object", "null"],
        "description": "Merged under every server: mappings deep, tags united, else replaced.",
        "additionalProperties": False,
        "properties": {name: _ref(name) for name in (*sorted(ASPECTS), "lifecycle")},
    }


def _templates() -> Schema:
    fields = _defaults()["properties"]
    return {
        "type": ["object", "null"],
        "description": "Named sets of fields, which servers name with template.",
        "examples": [{"small": {"cores": 2, "memory": 4, "disks": [50]}}],
        "propertyNames": _TEMPLATE_NAME,
        "additionalProperties": {
            "type": ["object", "null"],
            "description": "Fields of each server that names the template.",
            "additionalProperties": False,
            "properties": fields,
        },
    }


def _extends() -> Schema:
    file: Schema = {
        "type": "string",
        "pattern": r"^[^\u0000-\u001f\u007f]{1,1024}$",
        "errorMessage": "must be the path of a file, relative to this one",
    }
    return {
        "description": "Files whose variables, templates, defaults and policy this one takes "
        "over. Later files win, this one last. Paths are relative to this file.",
        "examples": ["../base.yaml", ["../base.yaml", "../sizes.yaml"]],
        "anyOf": [file, {"type": "array", "items": file, "uniqueItems": True}, {"type": "null"}],
    }


def _server_only() -> Schema:
    return {
        "enabled": {
            "type": "boolean",
            "default": True,
            "description": "false: the server is not declared, as if its entry were deleted.",
        },
        "template": {
            "description": "The name of a set of fields under templates:, or several. They are "
            "merged over defaults in this order, under the server's own fields.",
            "examples": ["small", ["small", "public"]],
            "anyOf": [
                _TEMPLATE_NAME,
                {"type": "array", "items": _TEMPLATE_NAME, "uniqueItems": True},
                {"type": "null"},
            ],
        },
        "count": {
            "type": "integer",
            "minimum": 0,
            "maximum": MAX_COUNT,
            "description": "How many servers: KEY-1, KEY-2, ... with ${index} from 1.",
        },
        "for_each": {
            "description": "One server for each entry: a list of words or a mapping; its key "
            "ends the server's key. ${each.key} and ${each.value} name the entry. With count: "
            "so many servers for each entry, KEY-ENTRY-1, KEY-ENTRY-2, ...",
            "examples": [["a", "b"], {"small": {"cores": 1}}],
            "anyOf": [
                {"type": "array", "items": {"type": "string", "minLength": 1}},
                {"type": "object"},
            ],
        },
        "hostname": {
            "type": "string",
            "pattern": "^[A-Za-z0-9._-]{1,253}$",
            "errorMessage": "must be a server's hostname, such as vs10042",
            "description": "Hostname of an existing server, which is adopted.",
            "examples": ["vs10042"],
        },
        "depends_on": {
            "type": ["array", "null"],
            "description": "Keys of servers that are made before this one and destroyed after it.",
            "examples": [["db"]],
            "uniqueItems": True,
            "items": _ref("key"),
        },
    }


def _policy() -> Schema:
    return {
        "type": ["object", "null"],
        "description": "Guard rails for every plan of this stack.",
        "additionalProperties": False,
        "properties": {
            "max_destroy": {
                "type": "integer",
                "minimum": 0,
                "description": "Most servers that one plan may destroy, replace or take data from.",
            },
            "max_monthly_cost": {
                "type": "number",
                "minimum": 0,
                "description": "Most that the stack may cost per month.",
            },
            "max_monthly_increase": {
                "type": "number",
                "minimum": 0,
                "description": "Most by which one plan may raise the monthly cost of the stack.",
            },
            "currency": {
                "enum": list(CURRENCIES),
                "errorMessage": "must be a currency by its ISO 4217 code, such as EUR",
                "description": "What the amounts are in: an ISO 4217 code. The API names none.",
                "examples": ["EUR"],
            },
            "keep_tags": {
                "type": "array",
                "description": "Glob patterns of others' tags that are never removed.",
                "examples": [["backup:*"]],
                "items": {"type": "string", "minLength": 1},
            },
        },
    }


def _account() -> Schema:
    return {
        "type": ["object", "null"],
        "description": "What belongs to the account itself. Only what is named is managed.",
        "additionalProperties": False,
        "properties": {
            "addons": {
                "type": ["object", "null"],
                "description": "The account's own addons: name and count, 0 to delete one.",
                "examples": [{"report": 1}],
                "propertyNames": {"type": "string", "pattern": "^[A-Za-z0-9._-]+$"},
                "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 1000},
            },
            "subscriptions": {
                "type": ["object", "null"],
                "description": "Subscriptions by name.",
                "examples": [{"S328100-001": {"display_name": "Main"}}],
                "propertyNames": {"type": "string", "minLength": 1},
                "additionalProperties": {
                    "type": "object",
                    "required": ["display_name"],
                    "additionalProperties": False,
                    "properties": {
                        "display_name": {
                            "type": "string",
                            "pattern": r"\S",
                            "errorMessage": "must be a name; the API cannot delete one",
                            "description": "The name that is shown.",
                        }
                    },
                },
            },
        },
    }


def _move() -> Schema:
    return {
        "type": "object",
        "description": "A renamed key.",
        "required": ["from", "to"],
        "additionalProperties": False,
        "properties": {
            "from": {
                "description": "The key that the server had; STACK/KEY if it was another stack's.",
                **_MOVE_END,
            },
            "to": {
                "description": "The key that it has in this file; STACK/KEY if it is another "
                "stack's from now on.",
                **_MOVE_END,
            },
        },
    }


def _renamed() -> Schema:
    return {
        "type": ["object", "null"],
        "description": "The stack's earlier name: live servers under it are the stack's own.",
        "required": ["from"],
        "additionalProperties": False,
        "properties": {
            "from": {
                "description": "A name, or all of them.",
                "examples": ["web-old"],
                "anyOf": [
                    _STACK_NAME,
                    {"type": "array", "minItems": 1, "items": _STACK_NAME},
                ],
            },
        },
    }
