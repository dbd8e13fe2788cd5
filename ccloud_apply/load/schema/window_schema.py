"""The parts of a policy's JSON Schema that say when changes may happen: windows and freezes."""

from ccloud_apply.load.schema.parts import Schema
from ccloud_apply.model.classes import CLASSES
from ccloud_apply.model.declared.windows import DAY_NAMES

MAX_RULES = 50
"""Most windows, and most freezes, of one policy: each of them is looked at for every plan."""

_DAY: Schema = {
    "type": "string",
    "pattern": "^2[0-9]{3}-[0-9]{2}-[0-9]{2}$",
    "errorMessage": "must be a day, such as 2026-12-20",
}
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"


def build_window_schemas() -> Schema:
    """The rules `windows` and `freeze`."""
    return {
        "windows": {
            "type": "array",
            "description": "When changes may happen. A class of change that a window names must"
            " wait for such a window; other classes may happen at any time.",
            "examples": [[{"for": ["downtime", "destroy"], "days": ["sat", "sun"]}]],
            "maxItems": MAX_RULES,
            "items": _window(),
        },
        "freeze": {
            "type": "array",
            "description": "Days on which no change may happen.",
            "examples": [[{"from": "2026-12-20", "until": "2027-01-06", "reason": "Christmas"}]],
            "maxItems": MAX_RULES,
            "items": _freeze(),
        },
    }


def _window() -> Schema:
    return {
        "type": "object",
        "description": "A time of the day or week.",
        "additionalProperties": False,
        "properties": {
            "for": _classes(
                "The classes of change that the window is for; every class if left out."
            ),
            "days": {
                "type": "array",
                "description": "The days on which the window opens; every day if left out.",
                "examples": [["sat", "sun"]],
                "minItems": 1,
                "uniqueItems": True,
                "items": {"enum": list(DAY_NAMES), "description": "A day of the week."},
            },
            "from": {
                "type": "string",
                "pattern": f"^{_TIME}$",
                "errorMessage": "must be a time from 00:00 to 23:59, such as 02:00",
                "description": "When the window opens. Without from and to, it is open for the"
                " whole day.",
                "examples": ["02:00"],
            },
            "to": {
                "type": "string",
                "pattern": f"^(?:{_TIME}|24:00)$",
                "errorMessage": "must be a time from 00:00 to 24:00, such as 06:00",
                "description": "When the window closes. A time before from is on the next day.",
                "examples": ["06:00"],
            },
            "zone": _zone(),
        },
    }


def _freeze() -> Schema:
    return {
        "type": "object",
        "description": "A range of days, including the first and the last one.",
        "required": ["from"],
        "additionalProperties": False,
        "properties": {
            "from": {**_DAY, "description": "The first day.", "examples": ["2026-12-20"]},
            "until": {
                **_DAY,
                "description": "The last day. Without it, the freeze has no known end.",
                "examples": ["2027-01-06"],
            },
            "for": _classes(
                "The classes of change that the freeze blocks; every class if left out."
            ),
            "zone": _zone(),
            "reason": {
                "type": "string",
                "pattern": "\\S",
                "errorMessage": "must not be empty",
                "description": "The reason, which the plan shows.",
                "examples": ["Christmas"],
            },
        },
    }


def _classes(description: str) -> Schema:
    return {
        "type": "array",
        "description": description,
        "examples": [["downtime", "destroy"]],
        "minItems": 1,
        "uniqueItems": True,
        "items": {"enum": list(CLASSES), "description": "A class of change, as in --allow."},
    }


def _zone() -> Schema:
    # What a machine has beside the zones of IANA is another thing on the next machine.
    return {
        "type": "string",
        "pattern": "^(?!(?:posix|right)/|(?:localtime|posixrules|Factory)$)"
        "[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*$",
        "errorMessage": "must be a time zone, such as Europe/Berlin",
        "default": "UTC",
        "description": "An IANA time zone.",
        "examples": ["Europe/Berlin"],
    }
