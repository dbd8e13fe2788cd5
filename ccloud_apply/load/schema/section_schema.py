"""The parts of the stack's JSON Schema beside servers: guard rails, the account, changed names."""

from ccloud_apply.load.schema.parts import MOVE_END, RETIRE, STACK_NAME, Schema, ref
from ccloud_apply.load.schema.window_schema import build_window_schemas
from ccloud_apply.model.currencies import CURRENCIES


def build_policy_schema() -> Schema:
    """The section `policy`."""
    return {
        "type": ["object", "null"],
        "description": "Guard rails for every plan of this stack.",
        "additionalProperties": False,
        "properties": {
            "max_destroy": {
                "type": "integer",
                "minimum": 0,
                "description": "The maximum number of servers that one plan may destroy, replace"
                " or take data from.",
            },
            "max_monthly_cost": {
                "type": "number",
                "minimum": 0,
                "description": "The maximum monthly cost of the stack.",
            },
            "max_monthly_increase": {
                "type": "number",
                "minimum": 0,
                "description": "The maximum by which one plan may raise the monthly cost of the"
                " stack.",
            },
            "currency": {
                "enum": list(CURRENCIES),
                "errorMessage": "must be a currency by its ISO 4217 code, such as EUR",
                "description": "The currency of all amounts, as an ISO 4217 code. The API names"
                " no currency.",
                "examples": ["EUR"],
            },
            "retire": {
                **RETIRE,
                "description": "A server that leaves the file is shut down first, and destroyed"
                " after this number of days. lifecycle.retire of a server overrides it.",
            },
            "keep_tags": {
                "type": "array",
                "description": "Glob patterns of tags that are never removed, because other tools"
                " or people set them.",
                "examples": [["backup:*"]],
                "items": {"type": "string", "minLength": 1},
            },
            **build_window_schemas(),
        },
    }


def build_account_schema() -> Schema:
    """The section `account`."""
    return {
        "type": ["object", "null"],
        "description": "Settings of the account itself. Only what is listed here is managed.",
        "additionalProperties": False,
        "properties": {
            "addons": {
                "type": ["object", "null"],
                "description": "The account's own addons: names with a count; 0 deletes an addon.",
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
                            "description": "The display name of the subscription.",
                        }
                    },
                },
            },
        },
    }


def build_changed_name_schemas() -> Schema:
    """The sections for keys that are renamed or given back, and for the stack's earlier names."""
    return {
        "moved": {
            "type": ["array", "null"],
            "description": "Renamed keys. The live server gets the new key, and nothing else"
            " changes. STACK/KEY is a server of another stack in the same run.",
            "examples": [[{"from": "database", "to": "db"}]],
            "items": ref("move"),
        },
        "released": {
            "type": ["array", "null"],
            "description": "Keys whose live servers are given back: they stay, and the stack no"
            " longer owns them.",
            "examples": [["old-web"]],
            "items": ref("key"),
        },
        "renamed": _renamed(),
    }


def build_move_schema() -> Schema:
    """One entry of `moved`."""
    return {
        "type": "object",
        "description": "A renamed key.",
        "required": ["from", "to"],
        "additionalProperties": False,
        "properties": {
            "from": {
                "description": "The earlier key of the server; STACK/KEY if it belonged to"
                " another stack.",
                **MOVE_END,
            },
            "to": {
                "description": "The key of the server in this file; STACK/KEY if it belongs to"
                " another stack from now on.",
                **MOVE_END,
            },
        },
    }


def _renamed() -> Schema:
    return {
        "type": ["object", "null"],
        "description": "The stack's earlier name, under which it also owns live servers.",
        "required": ["from"],
        "additionalProperties": False,
        "properties": {
            "from": {
                "description": "An earlier name, or a list of all earlier names.",
                "examples": ["web-old"],
                "anyOf": [
                    STACK_NAME,
                    {"type": "array", "minItems": 1, "items": STACK_NAME},
                ],
            },
        },
    }
