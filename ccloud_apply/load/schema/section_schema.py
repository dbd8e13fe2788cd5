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
                "description": "The most servers that one plan may destroy, replace or take"
                " data from.",
            },
            "max_monthly_cost": {
                "type": "number",
                "minimum": 0,
                "description": "The most that the stack may cost per month.",
            },
            "max_monthly_increase": {
                "type": "number",
                "minimum": 0,
                "description": "The most by which one plan may raise the monthly cost of the"
                " stack.",
            },
            "currency": {
                "enum": list(CURRENCIES),
                "errorMessage": "must be a currency by its ISO 4217 code, such as EUR",
                "description": "The currency of the amounts, as an ISO 4217 code. The API does"
                " not name one.",
                "examples": ["EUR"],
            },
            "retire": {
                **RETIRE,
                "description": "Days from the shutdown of a server that leaves the file until"
                " it is destroyed. A server's lifecycle.retire wins.",
            },
            "keep_tags": {
                "type": "array",
                "description": "Glob patterns of tags set by others that are never removed.",
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


def build_changed_name_schemas() -> Schema:
    """The sections for keys that are renamed or given back, and for the stack's earlier names."""
    return {
        "moved": {
            "type": ["array", "null"],
            "description": "Renamed keys: the live server gets the new key, nothing else "
            "changes. STACK/KEY is a server of another stack of the same run.",
            "examples": [[{"from": "database", "to": "db"}]],
            "items": ref("move"),
        },
        "released": {
            "type": ["array", "null"],
            "description": "Keys whose live servers are given back: they stay, unmanaged.",
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
                "description": "The key that the server had; STACK/KEY if it was another stack's.",
                **MOVE_END,
            },
            "to": {
                "description": "The key that it has in this file; STACK/KEY if it is another "
                "stack's from now on.",
                **MOVE_END,
            },
        },
    }


def _renamed() -> Schema:
    return {
        "type": ["object", "null"],
        "description": "The stack's former name. Live servers under that name are this stack's"
        " own.",
        "required": ["from"],
        "additionalProperties": False,
        "properties": {
            "from": {
                "description": "A name, or all of them.",
                "examples": ["web-old"],
                "anyOf": [
                    STACK_NAME,
                    {"type": "array", "minItems": 1, "items": STACK_NAME},
                ],
            },
        },
    }
