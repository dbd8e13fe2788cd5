"""The JSON Schema of fleet.yaml: rules, notifications, and how long things are kept."""

from ccloud_apply.fleet.config.schema_parts import NAME, TEXT, duration, reference, section
from ccloud_apply.fleet.model.config import NOTIFIED
from ccloud_apply.load.schema.parts import Schema
from ccloud_apply.load.schema.window_schema import build_window_schemas
from ccloud_apply.model.classes import CLASSES

MATCHED = ("account", "stack")
"""Keys of `match` that are no labels."""

_LABEL = "[A-Za-z][A-Za-z0-9_.-]{0,62}"
_SPAN = "(?:[A-Za-z]{3} )?[0-9]{2}:[0-9]{2}/(?:[A-Za-z]{3} )?[0-9]{2}:[0-9]{2}"


def label_names() -> Schema:
    """What a label may be called."""
    return {
        "type": "string",
        "pattern": f"^(?!(?:{'|'.join(MATCHED)})$){_LABEL}$",
        "errorMessage": "must be a name of letters, digits, '_', '.' and '-' that begins with a"
        " letter, and neither account nor stack",
    }


def rules_schema() -> Schema:
    """The section `rules`."""
    return {
        "type": "array",
        "description": "What happens to stacks. The first rule that matches a stack applies to"
        " it, and the last rule has no match. Without rules, every stack is reported.",
        "examples": [[{"mode": "report"}]],
        "minItems": 1,
        "maxItems": 200,
        "items": {**_rule(), "examples": [{"mode": "report"}]},
    }


def _rule() -> Schema:
    windows = build_window_schemas()
    return section(
        "One rule.",
        {
            "match": {
                "type": "object",
                "description": "The labels, account and stack that the rule is for. Values are"
                " patterns with *, and all of them must match.",
                "examples": [{"tier": "production"}],
                "minProperties": 1,
                "propertyNames": {
                    "type": "string",
                    "pattern": f"^{_LABEL}$",
                    "errorMessage": "must be account, stack or the name of a label",
                },
                "additionalProperties": TEXT,
            },
            "mode": {
                "enum": ["report", "propose", "apply"],
                "description": "report: differences are reported. propose: a plan waits for an"
                " approval. apply: the plan is applied.",
                "examples": ["report"],
            },
            "every": duration("How often a stack runs.", "30m"),
            "allow": {
                "type": "array",
                "description": "Classes of change that are applied without an approval. A plan"
                " with any other class becomes a proposal. Without it, all classes are allowed.",
                "examples": [["create", "update"]],
                "uniqueItems": True,
                "items": {
                    "enum": list(CLASSES),
                    "description": "A class of change, as in --allow.",
                },
            },
            "rehearse": {
                "type": "boolean",
                "description": "true: each plan is first tried on a copy of the account, and held"
                " if that fails.",
                "default": False,
            },
            "window": _short_window(),
            "windows": windows["windows"],
            "freeze": windows["freeze"],
        },
        ("mode",),
    )


def _short_window() -> Schema:
    return section(
        "Spans of the week in which changes may or may not happen.",
        {
            "allow": _spans("Spans in which changes may happen.", "Mon 06:00/Fri 14:00"),
            "deny": _spans("Spans in which changes may not happen.", "Fri 14:00/Mon 06:00"),
            "timezone": {
                "type": "string",
                "minLength": 1,
                "description": "An IANA time zone.",
                "default": "UTC",
                "examples": ["Europe/Berlin"],
            },
        },
    )


def _spans(description: str, example: str) -> Schema:
    return {
        "type": "array",
        "description": description,
        "examples": [[example]],
        "minItems": 1,
        "maxItems": 50,
        "items": {
            "type": "string",
            "pattern": f"^{_SPAN}$",
            "errorMessage": f"must be a span such as {example}, or 22:00/06:00 for every day",
        },
    }


def notify_schema() -> Schema:
    """The section `notify`."""
    return {
        "type": "array",
        "description": "Who is notified when the state of a stack changes.",
        "examples": [[{"webhook": {"env": "ALERT_URL"}}]],
        "maxItems": 50,
        "items": section(
            "One receiver: a webhook that gets CloudEvents, or an address of Apprise.",
            {
                "name": {
                    **NAME,
                    "description": "The name of the receiver; default: its reference.",
                    "examples": ["pager"],
                },
                "webhook": reference("A reference to the address of a webhook.", env="ALERT_URL"),
                "apprise": reference("A reference to an address of Apprise.", env="APPRISE_URL"),
                "on": {
                    "type": "array",
                    "description": "The states to report; default: all except clean.",
                    "examples": [["drift", "failed"]],
                    "minItems": 1,
                    "uniqueItems": True,
                    "items": {"enum": list(NOTIFIED), "description": "A state of a stack."},
                },
            },
        ),
    }


def keep_schema() -> Schema:
    """The section `keep`."""
    return section(
        "How long history is kept.",
        {
            "runs": duration("How long runs and their plans are kept.", "90d"),
            "reports": duration("How long drift reports are kept.", "30d"),
            "journals": {
                "enum": ["forever-open"],
                "description": "A journal with something open is never deleted.",
                "default": "forever-open",
            },
        },
    )
